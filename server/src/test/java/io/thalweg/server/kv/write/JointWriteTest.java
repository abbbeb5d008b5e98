package io.thalweg.server.kv.write;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.state.BucketWriters;
import io.thalweg.coordinator.state.Limits;
import io.thalweg.format.batch.EncodedBatch;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.type.TypeText;
import io.thalweg.runtime.meter.Meters;
import io.thalweg.runtime.sim.SimEventLoop;
import io.thalweg.runtime.sim.SimScheduler;
import io.thalweg.server.kv.rows.KvRules;
import io.thalweg.server.kv.rows.RowBudget;
import io.thalweg.server.kv.rows.RowCache;
import io.thalweg.server.kv.rows.TableCodecs;
import io.thalweg.server.kv.store.KvStoreException;
import io.thalweg.server.kv.store.KvStores;
import io.thalweg.server.kv.store.memory.MemoryKvDisk;
import io.thalweg.server.kv.store.memory.MemoryKvStores;
import io.thalweg.server.meter.CacheMeters;
import io.thalweg.server.write.OwnedWrite;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Writes into two buckets, each of which belongs to a loop of its own. */
class JointWriteTest {
  private static final long KEYS = 16;

  private final SimScheduler scheduler = new SimScheduler(3);
  private final BufferAllocator allocator = new RootAllocator(64 << 20);
  private final KvStores stores = new MemoryKvStores(new MemoryKvDisk(scheduler.random()));
  private final List<SimEventLoop> loops =
      List.of(scheduler.newLoop("rows-0"), scheduler.newLoop("rows-1"));
  private final TableInfo table = table();
  private final List<String> sent = new ArrayList<>();
  private final List<KvBucket> buckets = List.of(bucket(0), bucket(1));

  private static TableInfo table() {
    Schema schema =
        Schema.first(
            TypeText.parseColumns("id BIGINT, value BIGINT").stream()
                .map(field -> Column.of(field.name(), field.type()))
                .toList(),
            List.of("id"));
    return TableInfo.created(
        1,
        new TableBucket(1, 0).storage(),
        TablePath.parse("t"),
        new TableDescriptor(schema, 2, List.of(), Map.of(), ""),
        0);
  }

  private KvBucket bucket(int number) {
    SimEventLoop loop = loops.get(number);
    return new KvBucket(
        new WriteContext(
            loop,
            scheduler,
            scheduler::wallMillis,
            known -> known,
            Limits.STANDARD,
            new RowCache(loop, new RowBudget(1 << 20), new CacheMeters(Meters.NONE, "rows")),
            allocator,
            1 << 20,
            64 << 20,
            KvRules.STANDARD),
        table,
        new TableBucket(1, number),
        1,
        new Log(),
        stores.open(new TableBucket(1, number)),
        new BucketWriters());
  }

  /** Stores everything at once. */
  private final class Log implements OwnedLog {
    @Override
    public CompletableFuture<Reply.Stored> append(List<EncodedBatch> batches, OwnedWrite write) {
      batches.forEach(EncodedBatch::close);
      sent.add(write.bucket().bucket() + "@" + write.claim().baseOffset());
      return CompletableFuture.completedFuture(new Reply.Stored(write.claim().baseOffset(), false));
    }

    @Override
    public CompletableFuture<Long> allocateIds(TableBucket id, int count) {
      return CompletableFuture.failedFuture(new AssertionError("nothing is numbered"));
    }

    @Override
    public CompletableFuture<Long> owned(TableBucket id, int epoch) {
      return CompletableFuture.completedFuture(0L);
    }

    @Override
    public CompletableFuture<OwnedLog.Standing> standing(TableBucket id, int epoch) {
      return CompletableFuture.failedFuture(new AssertionError("nothing is refused"));
    }

    @Override
    public void behind() {}

    @Override
    public void damaged(KvStoreException what) {}
  }

  @AfterEach
  void close() {
    buckets.forEach(bucket -> bucket.loop().execute(bucket::close));
    run();
    allocator.close();
  }

  private void run() {
    scheduler.runFor(Duration.ofSeconds(10).toNanos());
  }

  /** All keys, by bucket. */
  private List<UpsertRows> rows(long value) {
    try (BigIntVector ids = new BigIntVector("id", allocator);
        BigIntVector values = new BigIntVector("value", allocator)) {
      for (int i = 0; i < KEYS; i++) {
        ids.setSafe(i, i);
        values.setSafe(i, value);
      }
      ids.setValueCount((int) KEYS);
      values.setValueCount((int) KEYS);
      List<UpsertRows> rows =
          new UpsertEncoder(table, new TableCodecs(table, known -> known, allocator), allocator)
              .encode(
                  table,
                  OptionalInt.empty(),
                  WriterStamp.NONE,
                  new VectorSchemaRoot(List.of(ids, values)));
      assertThat(rows).hasSize(2);
      return rows;
    }
  }

  private List<CompletableFuture<Upserted>> begin(long value) {
    List<JointWrite.Part> parts =
        rows(value).stream()
            .map(
                rows ->
                    new JointWrite.Part(
                        buckets.get(rows.bucket().bucket()), rows, new CompletableFuture<>()))
            .toList();
    JointWrite.begin(parts);
    return parts.stream().map(JointWrite.Part::answer).toList();
  }

  private CompletableFuture<Upserted> single(int number, long value) {
    UpsertRows rows =
        rows(value).stream()
            .filter(each -> each.bucket().bucket() == number)
            .findFirst()
            .orElseThrow();
    CompletableFuture<Upserted> answer = new CompletableFuture<>();
    KvBucket bucket = buckets.get(number);
    bucket
        .loop()
        .execute(
            () ->
                bucket
                    .loop()
                    .handle(
                        bucket.upsert(rows),
                        (stored, failure) -> {
                          if (failure != null) {
                            answer.completeExceptionally(failure);
                          } else {
                            answer.complete(stored);
                          }
                        }));
    return answer;
  }

  @Test
  void nothingIsSentBeforeEveryLoopHasMergedAndLaterWritesWait() {
    loops.get(1).pause(Duration.ofSeconds(5).toNanos());
    List<CompletableFuture<Upserted>> joint = begin(1);
    CompletableFuture<Upserted> later = single(0, 2);
    scheduler.runFor(Duration.ofSeconds(1).toNanos());
    assertThat(sent).isEmpty();
    assertThat(later).isNotDone();
    run();
    assertThat(joint).allMatch(answer -> answer.join().baseOffset() == 0);
    assertThat(sent).hasSize(3).contains("0@0", "1@0");
    assertThat(later.join().baseOffset()).as("it was merged on top").isPositive();
  }

  @Test
  void aRefusalTakesBackWhatOtherLoopsMerged() {
    buckets.get(1).loop().execute(buckets.get(1)::close);
    loops.get(1).pause(Duration.ofSeconds(5).toNanos());
    List<CompletableFuture<Upserted>> joint = begin(1);
    CompletableFuture<Upserted> later = single(0, 2);
    run();
    assertThat(joint).allMatch(CompletableFuture::isCompletedExceptionally);
    assertThat(later.join().baseOffset()).as("nothing was stored before").isZero();
    assertThat(sent).containsExactly("0@0");
  }

  @Test
  void aBucketThatIsLostWhileItHoldsRowsSendsNothing() {
    loops.get(1).pause(Duration.ofSeconds(5).toNanos());
    List<CompletableFuture<Upserted>> joint = begin(1);
    scheduler.runFor(Duration.ofSeconds(1).toNanos());
    buckets.get(0).loop().execute(buckets.get(0)::close);
    run();
    assertThat(joint.stream().filter(CompletableFuture::isCompletedExceptionally)).hasSize(1);
    assertThat(sent).containsExactly("1@0");
  }

  @Test
  void manyJointWritesNeverWaitForEachOther() {
    List<CompletableFuture<Upserted>> answers = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      switch (scheduler.random().nextInt(4)) {
        case 0 -> answers.add(single(scheduler.random().nextInt(2), i));
        case 1 -> {
          loops.get(scheduler.random().nextInt(2)).pause(scheduler.random().nextInt(1_000));
          scheduler.runFor(scheduler.random().nextInt(500));
        }
        default -> answers.addAll(begin(i));
      }
    }
    run();
    assertThat(answers).allMatch(CompletableFuture::isDone);
    assertThat(answers).noneMatch(CompletableFuture::isCompletedExceptionally);
    assertThat(sent).as("one place in the log for each").doesNotHaveDuplicates();
  }
}
