package io.thalweg.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.chaos.FaultProxy.Mix;
import io.thalweg.objectstore.ObjectStoreException;
import io.thalweg.objectstore.ObjectStoreException.Kind;
import io.thalweg.objectstore.s3.S3ObjectStore;
import io.thalweg.objectstore.s3.S3ObjectStoreConfig;
import io.thalweg.runtime.SeededRandom;
import io.thalweg.runtime.SystemClock;
import io.thalweg.runtime.config.Settings;
import io.thalweg.s3server.S3Server;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each fault is what it says, as the S3 store and the server behind the proxy see it. */
@Timeout(60)
class FaultProxyTest {
  private static final List<ByteBuffer> CONTENT =
      List.of(ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5, 6, 7, 8}));

  private static S3Server s3;
  private static int prefixes;

  private final FaultCounts counts = new FaultCounts();
  private FaultProxy proxy;
  private S3ObjectStore store;

  /** Asks the server itself. */
  private S3ObjectStore behind;

  @BeforeAll
  static void startS3() {
    s3 = S3Server.start();
  }

  @AfterAll
  static void stopS3() {
    s3.close();
  }

  @BeforeEach
  void open() throws IOException {
    proxy = new FaultProxy(s3.port(), 5, counts);
    Map<String, String> direct = s3.settings("p" + prefixes++);
    Map<String, String> settings = new HashMap<>(direct);
    settings.put("objectstore.s3.endpoint", "http://127.0.0.1:" + proxy.port());
    settings.put("objectstore.s3.retry.attempts", "1");
    store = open(settings);
    behind = open(direct);
    store.verify();
  }

  private static S3ObjectStore open(Map<String, String> settings) {
    return new S3ObjectStore(
        S3ObjectStoreConfig.from(Settings.of(settings)), new SystemClock(), new SeededRandom(1));
  }

  @AfterEach
  void close() throws IOException {
    proxy.close();
    store.close();
    behind.close();
  }

  private void always(StoreFault fault) {
    proxy.become(new Mix(1, List.of(fault), 20));
  }

  private static <T> T await(CompletableFuture<T> future) throws Exception {
    return future.get(30, TimeUnit.SECONDS);
  }

  private static Kind kind(CompletableFuture<?> future) throws Exception {
    Throwable thrown = await(future.handle((value, failure) -> failure));
    assertThat(thrown).isInstanceOf(ObjectStoreException.class);
    return ((ObjectStoreException) thrown).kind();
  }

  /**
   * Whether the server has the object. The client of the store with faults closes its connection
   * after an answer like 503, and without retries its next request may meet that.
   */
  private boolean stands(String key) throws Exception {
    return await(behind.head(key)).isPresent();
  }

  @Test
  void aResetBeforeKeepsTheRequestFromTheStore() throws Exception {
    always(StoreFault.RESET_BEFORE);
    assertThat(kind(store.put("k", CONTENT))).isEqualTo(Kind.UNKNOWN_OUTCOME);
    assertThat(stands("k")).isFalse();
  }

  @Test
  void aDroppedAnswerComesAfterTheEffect() throws Exception {
    always(StoreFault.ANSWER_DROPPED);
    assertThat(kind(store.put("k", CONTENT))).isEqualTo(Kind.UNKNOWN_OUTCOME);
    assertThat(stands("k")).isTrue();
    proxy.become(Mix.NONE);
    await(store.put("k", CONTENT));
  }

  @Test
  void slowDownKeepsTheRequestFromTheStore() throws Exception {
    always(StoreFault.SLOW_DOWN);
    assertThat(kind(store.put("k", CONTENT))).isEqualTo(Kind.THROTTLED);
    assertThat(stands("k")).isFalse();
  }

  @Test
  void slowOnesPass() throws Exception {
    always(StoreFault.SLOW);
    await(store.put("k", CONTENT));
    assertThat(await(store.get("k", 0, 8))).isEqualTo(CONTENT.get(0));
    assertThat(counts.of("store fault SLOW")).isEqualTo(2);
  }

  @Test
  void readsAreTornOrFlippedAndPutsAreNot() throws Exception {
    always(StoreFault.TORN);
    await(store.put("k", CONTENT));
    assertThat(kind(store.get("k", 0, 8))).isEqualTo(Kind.UNAVAILABLE);

    always(StoreFault.FLIPPED);
    ByteBuffer flipped = await(store.get("k", 0, 8));
    int bits = 0;
    for (int i = 0; i < 8; i++) {
      bits += Integer.bitCount((flipped.get(i) ^ CONTENT.get(0).get(i)) & 0xff);
    }
    assertThat(bits).isEqualTo(1);
    proxy.become(Mix.NONE);
    assertThat(await(store.get("k", 0, 8))).isEqualTo(CONTENT.get(0));
  }

  @Test
  void aLieStoresNothing() throws Exception {
    always(StoreFault.LIE);
    await(store.put("k", CONTENT));
    assertThat(stands("k")).isFalse();
  }
}
