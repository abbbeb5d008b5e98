package io.thalweg.objectstore.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.objectstore.ObjectStoreException;
import io.thalweg.objectstore.ObjectStoreException.Kind;
import io.thalweg.objectstore.s3.ScriptedS3.Reaction;
import io.thalweg.objectstore.s3.ScriptedS3.Request;
import io.thalweg.runtime.SeededRandom;
import io.thalweg.runtime.SystemClock;
import io.thalweg.runtime.config.Settings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How the store handles the answers of a service that misbehaves in every known way. */
@Timeout(60)
class S3ObjectStoreTest {
  private static final List<ByteBuffer> TEN =
      List.of(ByteBuffer.wrap("0123456789".getBytes(StandardCharsets.UTF_8)));

  private static final Reaction TOO_MANY = ScriptedS3.error(429, "SlowDown");

  private final Map<String, String> settings = new HashMap<>();
  private ScriptedS3 service;
  private S3ObjectStore store;

  private void open(Reaction... reactions) throws IOException {
    service = new ScriptedS3(reactions);
    connect(service.endpoint());
  }

  private void connect(String endpoint) {
    settings.put("objectstore.s3.bucket", "bucket");
    settings.put("objectstore.s3.endpoint", endpoint);
    settings.put("objectstore.s3.path-style", "true");
    settings.put("objectstore.s3.access-key", "the-key");
    settings.put("objectstore.s3.secret-key", "the-secret");
    settings.putIfAbsent("objectstore.s3.timeout", "5s");
    settings.put("objectstore.s3.retry.backoff.min", "1ms");
    settings.put("objectstore.s3.retry.backoff.max", "2ms");
    store =
        new S3ObjectStore(
            S3ObjectStoreConfig.from(Settings.of(settings)),
            new SystemClock(),
            new SeededRandom(3));
  }

  @AfterEach
  void close() throws IOException {
    if (store != null) {
      if (service != null) {
        service.close();
      }
      store.close();
    }
  }

  private static <T> T await(CompletableFuture<T> future) throws Exception {
    return future.get(30, TimeUnit.SECONDS);
  }

  private static ObjectStoreException failure(CompletableFuture<?> future) throws Exception {
    Throwable thrown = await(future.handle((value, failure) -> failure));
    assertThat(thrown).isInstanceOf(ObjectStoreException.class);
    assertThat(thrown.getMessage()).doesNotContain("the-secret");
    return (ObjectStoreException) thrown;
  }

  private void assertFails(Kind kind, CompletableFuture<?> future, int requests) throws Exception {
    ObjectStoreException failure = failure(future);
    assertThat(failure.kind()).as("%s", failure).isEqualTo(kind);
    assertThat(service.requests()).hasSize(requests);
  }

  /** Answers a HEAD with the metadata of the put before it. */
  private Reaction headOfPut(int size) {
    return (request, client) -> {
      assertThat(request.method()).isEqualTo("HEAD");
      Map<String, String> first = service.requests().get(0).headers();
      Map<String, String> headers = new HashMap<>();
      headers.put("Content-Length", Integer.toString(size));
      first.forEach(
          (name, value) -> {
            if (name.startsWith("x-amz-meta-")) {
              headers.put(name, value);
            }
          });
      return ScriptedS3.answer(200, headers, "").react(request, client);
    };
  }

  @Test
  void aPutSaysItsChecksumAndThatItNeverReplaces() throws Exception {
    open(ScriptedS3.ok());

    await(store.put("wal/0a/1", TEN));

    Request put = service.requests().get(0);
    assertThat(put.method()).isEqualTo("PUT");
    assertThat(put.target()).isEqualTo("/bucket/wal/0a/1");
    assertThat(put.headers())
        .containsEntry("if-none-match", "*")
        // Of "0123456789", by the definition of CRC32C.
        .containsEntry("x-amz-checksum-crc32c", "KAwGng==")
        .containsEntry("content-length", "10")
        .doesNotContainKeys("expect", "transfer-encoding", "x-amz-trailer");
    assertThat(put.body()).isEqualTo("0123456789");
  }

  @Test
  void aPutWhoseAnswerWasLostRecognisesItsOwnObject() throws Exception {
    open(ScriptedS3.drop(), ScriptedS3.error(412, "PreconditionFailed"), headOfPut(10));

    await(store.put("k", TEN));

    List<Request> requests = service.requests();
    assertThat(requests).extracting(Request::method).containsExactly("PUT", "PUT", "HEAD");
    assertThat(requests.get(1).headers().get("x-amz-checksum-crc32c"))
        .isEqualTo(requests.get(0).headers().get("x-amz-checksum-crc32c"));
    assertThat(requests.get(1).body()).isEqualTo(requests.get(0).body());
  }

  @Test
  void aPutOverOtherContentIsInvalid() throws Exception {
    open(ScriptedS3.error(412, "PreconditionFailed"), headOfPut(11));
    assertFails(Kind.INVALID, store.put("k", TEN), 2);
  }

  @Test
  void aPutOverContentOfTheSameSizeButAnotherChecksumIsInvalid() throws Exception {
    open(
        ScriptedS3.error(412, "PreconditionFailed"),
        ScriptedS3.answer(
            200, Map.of("Content-Length", "10", "x-amz-meta-thalweg-crc32c", "AAAAAA=="), ""));
    assertFails(Kind.INVALID, store.put("k", TEN), 2);
  }

  @Test
  void putIfAbsentKnowsItsOwnLostTryFromAnothersObject() throws Exception {
    open(ScriptedS3.drop(), ScriptedS3.error(412, "PreconditionFailed"), headOfPut(10));
    assertThat(await(store.putIfAbsent("k", TEN))).isTrue();
    close();

    open(
        ScriptedS3.drop(),
        ScriptedS3.error(412, "PreconditionFailed"),
        ScriptedS3.answer(
            200, Map.of("Content-Length", "10", "x-amz-meta-thalweg-put", "another"), ""));
    assertThat(await(store.putIfAbsent("k", TEN))).isFalse();
    close();

    open(
        ScriptedS3.drop(),
        ScriptedS3.error(412, "PreconditionFailed"),
        ScriptedS3.answer(404, Map.of(), ""));
    assertThat(failure(store.putIfAbsent("k", TEN)).kind()).isEqualTo(Kind.UNKNOWN_OUTCOME);
  }

  @Test
  void slowDownIsThrottled() throws Exception {
    settings.put("objectstore.s3.retry.attempts", "1");
    open(ScriptedS3.error(503, "SlowDown"));
    assertFails(Kind.THROTTLED, store.put("k", TEN), 1);
  }

  // After a 5xx the client closes the connection, and may notice that only with the next request.
  // So tests that count requests use 429.

  @Test
  void throttledCallsAreRepeated() throws Exception {
    open(TOO_MANY);
    assertFails(Kind.THROTTLED, store.put("k", TEN), 4);
    close();

    open(TOO_MANY, TOO_MANY, TOO_MANY, ScriptedS3.ok());
    await(store.put("k", TEN));
    assertThat(service.requests()).hasSize(4);
  }

  @Test
  void deniedAndFullAreNotRepeated() throws Exception {
    open(ScriptedS3.error(403, "AccessDenied"));
    assertFails(Kind.DENIED, store.put("k", TEN), 1);
    assertFails(Kind.DENIED, store.get("k", 0, 1), 2);
    close();

    open(ScriptedS3.error(507, "XMinioStorageFull"));
    assertFails(Kind.NO_SPACE, store.put("k", TEN), 1);
  }

  @Test
  void afterALostAnswerNoLaterRefusalMakesTheOutcomeKnown() throws Exception {
    open(ScriptedS3.drop(), ScriptedS3.error(403, "AccessDenied"));
    assertFails(Kind.UNKNOWN_OUTCOME, store.put("k", TEN), 2);
    close();

    open(ScriptedS3.drop(), TOO_MANY);
    assertFails(Kind.UNKNOWN_OUTCOME, store.delete(List.of("k")), 4);
  }

  @Test
  void serverErrorsLeaveTheOutcomeOfAChangeUnknownButNotOfARead() throws Exception {
    open(ScriptedS3.error(500, "InternalError"));
    assertThat(failure(store.put("k", TEN)).kind()).isEqualTo(Kind.UNKNOWN_OUTCOME);
    assertThat(failure(store.get("k", 0, 1)).kind()).isEqualTo(Kind.UNAVAILABLE);
  }

  @Test
  void aBucketThatIsGoneIsNotAnObjectThatIsGone() throws Exception {
    open(ScriptedS3.error(404, "NoSuchBucket"));
    assertFails(Kind.UNAVAILABLE, store.get("k", 0, 1), 4);
    close();

    open(ScriptedS3.error(404, "NoSuchKey"));
    assertFails(Kind.NOT_FOUND, store.get("k", 0, 1), 1);
  }

  @Test
  void noAnswerInTimeIsUnknownForAChangeAndUnavailableForARead() throws Exception {
    settings.put("objectstore.s3.timeout", "200ms");
    settings.put("objectstore.s3.retry.attempts", "2");
    open(ScriptedS3.hang());
    ObjectStoreException failure = failure(store.put("k", TEN));
    assertThat(failure.kind()).isEqualTo(Kind.UNKNOWN_OUTCOME);
    assertThat(failure).hasMessageContainingAll("put of 'k'", "objectstore.s3.timeout", "2 attem");
    assertThat(failure(store.get("k", 0, 1)).kind()).isEqualTo(Kind.UNAVAILABLE);
  }

  @Test
  void aConnectionThatIsResetWhileTheBodyIsSentLeavesTheOutcomeUnknown() throws Exception {
    settings.put("objectstore.s3.retry.attempts", "2");
    open(ScriptedS3.ok());
    service.cutBodiesAfter(100_000);
    List<ByteBuffer> large = List.of(ByteBuffer.allocate(8 << 20));
    assertThat(failure(store.put("k", large)).kind()).isEqualTo(Kind.UNKNOWN_OUTCOME);
    service.cutBodiesAfter(Long.MAX_VALUE);
    await(store.put("k", large));
    assertThat(service.requests().get(0).body()).hasSize(8 << 20);
  }

  @Test
  void whereNobodyListensNothingHappened() throws Exception {
    int free;
    try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = probe.getLocalPort();
    }
    // A later attempt may run into the timeout; still, nothing was sent.
    settings.put("objectstore.s3.timeout", "400ms");
    settings.put("objectstore.s3.retry.attempts", "4");
    for (int i = 0; i < 50; i++) {
      connect("http://127.0.0.1:" + free);
      ObjectStoreException each = failure(store.put("k", TEN));
      assertThat(each.kind()).as("%s", each).isEqualTo(Kind.UNAVAILABLE);
      assertThat(each).hasMessageContainingAll("refused", "after 4 attempts");
      store.close();
    }
  }

  @Test
  void aTornBodyIsReadAgain() throws Exception {
    open(ScriptedS3.range(3), ScriptedS3.drop(), ScriptedS3.range(100));
    assertThat(await(store.get("k", 5, 10)))
        .isEqualTo(ByteBuffer.wrap("xxxxxxxxxx".getBytes(StandardCharsets.UTF_8)));
    assertThat(service.requests()).hasSize(3);
    close();

    open(ScriptedS3.range(3));
    assertFails(Kind.UNAVAILABLE, store.get("k", 5, 10), 4);
  }

  @Test
  void anAnswerOfAnotherLengthIsRefused() throws Exception {
    open(ScriptedS3.answer(200, Map.of(), "the whole object, as if no range had been asked for"));
    assertFails(Kind.UNAVAILABLE, store.get("k", 5, 10), 4);
    close();

    open(ScriptedS3.answer(206, Map.of("Content-Range", "bytes 5-14/100"), "longer than it says"));
    assertFails(Kind.UNAVAILABLE, store.get("k", 5, 10), 4);
    close();

    open(ScriptedS3.answer(206, Map.of("Content-Range", "bytes 6-15/100"), "0123456789"));
    assertFails(Kind.UNAVAILABLE, store.get("k", 5, 10), 4);
  }

  @Test
  void whatCouldNotBeDeletedSurfaces() throws Exception {
    open(
        ScriptedS3.answer(
            200,
            Map.of("Content-Type", "application/xml"),
            "<?xml version=\"1.0\"?><DeleteResult><Error><Key>b</Key><Code>AccessDenied</Code>"
                + "<Message>no</Message></Error></DeleteResult>"));
    ObjectStoreException failure = failure(store.delete(List.of("a", "b")));
    assertThat(failure.kind()).isEqualTo(Kind.DENIED);
    assertThat(failure).hasMessageContainingAll("1 keys", "'b'", "AccessDenied");
  }

  @Test
  void theBudgetBoundsTheRetriesOfAllCalls() throws Exception {
    settings.put("objectstore.s3.retry.budget", "5");
    open(TOO_MANY);
    for (int i = 0; i < 20; i++) {
      ObjectStoreException failure = failure(store.put("k" + i, TEN));
      assertThat(failure.kind()).as("%s", failure).isEqualTo(Kind.THROTTLED);
    }
    assertThat(service.requests()).hasSize(20 + 5);
  }

  @Test
  void failuresLeakNoConnection() throws Exception {
    settings.put("objectstore.s3.max-connections", "2");
    settings.put("objectstore.s3.retry.attempts", "1");
    settings.put("objectstore.s3.timeout", "1s");
    List<Reaction> bad =
        List.of(
            ScriptedS3.drop(),
            ScriptedS3.range(3),
            ScriptedS3.error(500, "InternalError"),
            ScriptedS3.answer(200, Map.of(), "no range"),
            ScriptedS3.error(404, "NoSuchKey"),
            ScriptedS3.hang());
    open(
        (request, client) -> {
          String key = request.target().substring("/bucket/".length());
          return (key.equals("good") ? ScriptedS3.range(100) : bad.get(Integer.parseInt(key)))
              .react(request, client);
        });
    for (int i = 0; i < 60; i++) {
      int key = i < 2 ? bad.size() - 1 : i % (bad.size() - 1);
      assertThat(failure(store.get(Integer.toString(key), 5, 10)).kind())
          .isIn(Kind.UNAVAILABLE, Kind.NOT_FOUND);
    }
    List<CompletableFuture<ByteBuffer>> later = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      later.add(store.get("good", 5, 10));
    }
    for (CompletableFuture<ByteBuffer> each : later) {
      assertThat(await(each).remaining()).isEqualTo(10);
    }
    service.awaitOpenAtMost(2);
  }

  @Test
  void callsBeyondTheQueueAreThrottledAtOnce() throws Exception {
    settings.put("objectstore.s3.max-connections", "1");
    settings.put("objectstore.s3.queue.limit", "1");
    open(ScriptedS3.hang());
    CompletableFuture<Void> running = store.put("a", TEN);
    CompletableFuture<Void> waiting = store.put("b", TEN);
    assertThat(failure(store.put("c", TEN)).kind()).isEqualTo(Kind.THROTTLED);
    assertThat(running).isNotDone();
    assertThat(waiting).isNotDone();
  }

  @Test
  void plainPutsForServicesWithoutConditionalOnes() throws Exception {
    settings.put("objectstore.s3.conditional-puts", "false");
    open(ScriptedS3.ok());
    await(store.put("k", TEN));
    assertThat(service.requests().get(0).headers()).doesNotContainKey("if-none-match");
    assertFails(Kind.INVALID, store.putIfAbsent("k", TEN), 1);
  }
}
