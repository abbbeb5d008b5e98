package io.thalweg.server.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.coordinator.command.Payload;
import io.thalweg.coordinator.command.Run;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.runtime.EventLoop;
import io.thalweg.runtime.meter.Meters;
import io.thalweg.server.ServerUnderTest;
import io.thalweg.server.api.AppendResult;
import io.thalweg.server.cache.TailCache;
import io.thalweg.server.read.SharedLoader.Loaded;
import io.thalweg.server.read.SharedLoader.Wanted;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Runs of many buckets in one object are read together; a damaged run fails alone. */
class SharedLoaderTest {
  private static final int BUCKETS = 5;

  private final ServerUnderTest test = new ServerUnderTest(Map.of());
  private final EventLoop loop = test.scheduler.newLoop("loader");
  private final TailCache tail = new TailCache(1 << 20, Meters.NONE);
  private final SharedLoader loader =
      new SharedLoader(loop, tail, new RunLoader(test.coordinator(), test.store, test.allocator));

  private List<Wanted> append(String mode) {
    TableInfo table =
        test.createTable(
            "t",
            "id BIGINT NOT NULL, name STRING",
            BUCKETS,
            List.of(),
            Map.of("table.write.mode", mode));
    List<CompletableFuture<AppendResult>> appends = new ArrayList<>();
    for (int i = 0; i < BUCKETS; i++) {
      appends.add(test.append(table, OptionalInt.of(i), WriterStamp.NONE, i * 10L, 10));
    }
    appends.forEach(test::await);
    List<Wanted> wanted = new ArrayList<>();
    for (int i = 0; i < BUCKETS; i++) {
      for (Run run : test.truth.bucket(table.bucket(i)).orElseThrow().log().runs()) {
        wanted.add(new Wanted(table.bucket(i), run));
      }
    }
    return wanted;
  }

  private List<Loaded> load(List<Wanted> wanted) {
    CompletableFuture<List<Loaded>> loaded = new CompletableFuture<>();
    loop.execute(
        () -> loop.handle(loader.load(wanted), (found, failure) -> loaded.complete(found)));
    return test.await(loaded);
  }

  private void close() {
    loop.execute(tail::close);
    test.close();
  }

  private static long payloads(List<Wanted> wanted) {
    return wanted.stream().map(each -> each.run().payload()).distinct().count();
  }

  private static void isWhole(List<Wanted> wanted, List<Loaded> loaded) {
    assertThat(loaded).hasSameSizeAs(wanted);
    for (int i = 0; i < wanted.size(); i++) {
      Loaded each = loaded.get(i);
      assertThat(each.failure()).isNull();
      assertThat(each.wanted()).isEqualTo(wanted.get(i));
      assertThat(each.batches().get(0).encoded().header().bucket())
          .isEqualTo(wanted.get(i).bucket());
      assertThat(each.batches().get(each.batches().size() - 1).endOffset())
          .isEqualTo(wanted.get(i).run().endOffset());
    }
  }

  @Test
  void eachObjectAndEachLogEntryIsReadOnce() {
    for (String mode : List.of("object", "inline")) {
      SharedLoaderTest fresh = new SharedLoaderTest();
      List<Wanted> wanted = fresh.append(mode);
      assertThat(payloads(wanted)).isLessThan(BUCKETS);
      List<Loaded> loaded = fresh.load(wanted);
      isWhole(wanted, loaded);
      assertThat(fresh.loader.reads()).as(mode).isEqualTo(payloads(wanted));
      loaded.forEach(Loaded::close);
      fresh.close();
    }
    close();
  }

  @Test
  void whatIsInTheTailIsNotRead() {
    List<Wanted> wanted = append("object");
    List<Loaded> loaded = load(wanted);
    long before = loader.reads();
    loop.execute(
        () ->
            loaded.forEach(
                each ->
                    each.batches()
                        .forEach(batch -> tail.add(batch.encoded(), batch.baseOffset()))));
    List<Loaded> again = load(wanted);
    isWhole(wanted, again);
    assertThat(loader.reads()).isEqualTo(before);
    assertThat(loader.fromTail()).isEqualTo(wanted.size());
    loaded.forEach(Loaded::close);
    again.forEach(Loaded::close);
    close();
  }

  @Test
  void aDamagedRunFailsAlone() {
    List<Wanted> wanted = append("object");
    Run damaged = wanted.get(2).run();
    String key = ((Payload.Stored) damaged.payload()).key();
    int size = (int) test.await(test.store.head(key)).orElseThrow().size();
    ByteBuffer bytes = test.await(test.store.get(key, 0, size));
    int at = damaged.position() + damaged.length() - 1;
    bytes.put(at, (byte) (bytes.get(at) ^ 1));
    test.await(test.store.delete(List.of(key)));
    test.await(test.store.put(key, List.of(bytes)));
    List<Loaded> loaded = load(wanted);
    for (int i = 0; i < wanted.size(); i++) {
      assertThat(loaded.get(i).failure() != null).as("run %s", i).isEqualTo(i == 2);
    }
    assertThat(((ThalwegException) loaded.get(2).failure()).code())
        .isEqualTo(ErrorCode.CORRUPT_DATA);
    loaded.forEach(Loaded::close);
    close();
  }

  @Test
  void anObjectThatIsGoneFailsEachOfItsRuns() {
    List<Wanted> wanted = append("object");
    wanted.stream()
        .map(each -> ((Payload.Stored) each.run().payload()).key())
        .distinct()
        .forEach(key -> test.await(test.store.delete(List.of(key))));
    List<Loaded> loaded = load(wanted);
    for (int i = 0; i < wanted.size(); i++) {
      assertThat(loaded.get(i).failure())
          .hasMessageContaining("of bucket " + wanted.get(i).bucket().bucket() + " in object");
      assertThat(loaded.get(i).batches()).isEmpty();
    }
    close();
  }
}
