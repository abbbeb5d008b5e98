package io.thalweg.server.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.coordinator.state.BucketWriters;
import io.thalweg.coordinator.state.Limits;
import io.thalweg.coordinator.state.Reply;
import io.thalweg.format.batch.EncodedBatch;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.type.TypeText;
import io.thalweg.runtime.config.Settings;
import io.thalweg.runtime.sim.SimEventLoop;
import io.thalweg.runtime.sim.SimScheduler;
import io.thalweg.server.kv.store.KvStore;
import io.thalweg.server.kv.store.memory.MemoryKvDisk;
import io.thalweg.server.kv.store.memory.MemoryKvStores;
import io.thalweg.server.write.OwnedWrite;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A bucket whose log answers as the test says: late, out of order, or not as hoped. */
class KvBucketTest {
  private static final TableBucket B = new TableBucket(1, 0);

  private final SimScheduler scheduler = new SimScheduler(1);
  private final SimEventLoop loop = scheduler.newLoop("rows");
  private final BufferAllocator allocator = new RootAllocator(16 << 20);
  private final TableInfo table = table();
  private final KvStore store = new MemoryKvStores(new MemoryKvDisk(scheduler.random())).open(B);
  private final HeldLog log = new HeldLog();
  private final KvBucket bucket =
      new KvBucket(
          loop,
          scheduler,
          log,
          Limits.STANDARD,
          B,
          1,
          store,
          new RowCache(1 << 20),
          new BucketWriters(),
          new ChangelogEncoder(table, 1 << 20, allocator),
          new Merger(new EngineMerge(table, null), true, KvRules.STANDARD),
          null,
          KvConfig.from(Settings.of(Map.of())),
          KvRules.STANDARD);

  private static TableInfo table() {
    Schema schema =
        Schema.first(
            TypeText.parseColumns("id BIGINT, value BIGINT").stream()
                .map(field -> Column.of(field.name(), field.type()))
                .toList(),
            List.of("id"));
    return new TableInfo(
        1, TablePath.parse("t"), new TableDescriptor(schema, 1, List.of(), Map.of(), ""), 0);
  }

  /** Holds on to every outcome until it is told. */
  private final class HeldLog implements KvBucket.Log {
    final List<Held> held = new ArrayList<>();
    KvBucket.Standing standing;
    CompletableFuture<Void> owned = CompletableFuture.completedFuture(null);
    int behind;

    record Held(OwnedWrite write, CompletableFuture<Reply.Stored> outcome) {}

    @Override
    public CompletableFuture<Reply.Stored> append(EncodedBatch batch, OwnedWrite write) {
      if (batch != null) {
        batch.close();
      }
      held.add(new Held(write, new CompletableFuture<>()));
      return held.get(held.size() - 1).outcome;
    }

    @Override
    public CompletableFuture<Long> allocateIds(TableBucket id, int count) {
      return CompletableFuture.failedFuture(new AssertionError("nothing is numbered"));
    }

    @Override
    public CompletableFuture<Void> owned(TableBucket id, int epoch) {
      return owned;
    }

    @Override
    public CompletableFuture<KvBucket.Standing> standing(TableBucket id, int epoch) {
      return CompletableFuture.completedFuture(standing);
    }

    @Override
    public void behind() {
      behind++;
    }

    void replaced() {
      owned.completeExceptionally(new ThalwegException(ErrorCode.STALE_OWNER, "as the test says"));
      scheduler.runFor(1);
    }

    void store(int number) {
      held.get(number)
          .outcome
          .complete(new Reply.Stored(held.get(number).write.claim().baseOffset(), false));
      scheduler.runFor(1);
    }

    void fail(int number, ErrorCode code) {
      held.get(number)
          .outcome
          .completeExceptionally(new ThalwegException(code, "as the test says"));
      scheduler.runFor(1);
    }
  }

  @AfterEach
  void close() {
    loop.execute(bucket::close);
    scheduler.runFor(1);
    allocator.close();
  }

  private <T> CompletableFuture<T> run(Supplier<CompletableFuture<T>> work) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    loop.execute(
        () ->
            loop.handle(
                work.get(),
                (value, failure) -> {
                  if (failure == null) {
                    answer.complete(value);
                  } else {
                    answer.completeExceptionally(failure);
                  }
                }));
    scheduler.runFor(1);
    return answer;
  }

  private CompletableFuture<Upserted> put(WriterStamp writer, long key, long value) {
    try (BigIntVector ids = new BigIntVector("id", allocator);
        BigIntVector values = new BigIntVector("value", allocator)) {
      ids.setSafe(0, key);
      ids.setValueCount(1);
      values.setSafe(0, value);
      values.setValueCount(1);
      List<UpsertRows> rows =
          new UpsertEncoder(table, allocator)
              .encode(OptionalInt.of(0), writer, new VectorSchemaRoot(List.of(ids, values)));
      return run(() -> bucket.upsert(rows.get(0)));
    }
  }

  private CompletableFuture<Upserted> put(long key, long value) {
    return put(WriterStamp.NONE, key, value);
  }

  private static void failed(CompletableFuture<?> answer, ErrorCode code) {
    assertThatThrownBy(answer::join)
        .cause()
        .isInstanceOfSatisfying(
            ThalwegException.class, thrown -> assertThat(thrown.code()).isEqualTo(code));
  }

  @Test
  void outcomesHeardOutOfOrderAreAppliedInTheLogsOrder() {
    CompletableFuture<Upserted> first = put(1, 10);
    CompletableFuture<Upserted> second = put(1, 11);
    log.store(1);
    assertThat(store.offset()).isZero();
    assertThat(second).isNotDone();
    log.store(0);
    assertThat(first.join()).isEqualTo(new Upserted(0, false));
    assertThat(second.join()).isEqualTo(new Upserted(1, false));
    assertThat(store.offset()).isEqualTo(3);
  }

  @Test
  void aRefusalThatIsHeardFirstLosesNothingThatCameBefore() {
    CompletableFuture<Upserted> first = put(1, 10);
    CompletableFuture<Upserted> second = put(2, 20);
    log.standing = new KvBucket.Standing(new BucketWriters(), 1);
    log.fail(1, ErrorCode.UNAVAILABLE);
    failed(second, ErrorCode.UNAVAILABLE);
    log.store(0);
    assertThat(first.join()).isEqualTo(new Upserted(0, false));
    assertThat(store.offset()).isEqualTo(1);

    CompletableFuture<Upserted> third = put(2, 21);
    log.store(2);
    assertThat(third.join()).isEqualTo(new Upserted(1, false));
  }

  @Test
  void whatIsStoredBehindARefusedWriteWithoutChangesIsApplied() {
    CompletableFuture<Upserted> rows = put(1, 10);
    log.store(0);
    assertThat(rows).isCompleted();
    CompletableFuture<Upserted> nothing = put(new WriterStamp(5, (short) 0, 0), 1, 10);
    CompletableFuture<Upserted> behind = put(1, 11);
    log.standing = new KvBucket.Standing(new BucketWriters(), 3);
    log.fail(1, ErrorCode.UNAVAILABLE);
    log.store(2);
    failed(nothing, ErrorCode.UNAVAILABLE);
    assertThat(behind.join()).isEqualTo(new Upserted(1, false));
    assertThat(store.offset()).isEqualTo(3);
  }

  @Test
  void aSecondTryWaitsForTheWriteThatItRepeats() {
    CompletableFuture<Upserted> rows = put(1, 10);
    log.store(0);
    assertThat(rows).isCompleted();
    WriterStamp writer = new WriterStamp(5, (short) 0, 0);
    CompletableFuture<Upserted> nothing = put(new WriterStamp(6, (short) 0, 0), 1, 10);
    CompletableFuture<Upserted> first = put(writer, 1, 11);
    CompletableFuture<Upserted> again = put(writer, 1, 11);
    assertThat(log.held).hasSize(3);
    log.store(1);
    assertThat(nothing).isCompleted();
    assertThat(again).as("begins at the same offset as the write before it").isNotDone();
    log.store(2);
    assertThat(first.join()).isEqualTo(new Upserted(1, false));
    assertThat(again.join()).isEqualTo(new Upserted(1, true));
  }

  @Test
  void rowsThatLackWhatIsCommittedAreOpenedAnew() {
    CompletableFuture<Upserted> first = put(1, 10);
    CompletableFuture<Upserted> second = put(1, 11);
    log.standing = new KvBucket.Standing(new BucketWriters(), 3);
    log.store(1);
    log.fail(0, ErrorCode.UNKNOWN_OUTCOME);
    failed(first, ErrorCode.UNKNOWN_OUTCOME);
    failed(second, ErrorCode.UNKNOWN_OUTCOME);
    assertThat(store.offset()).isZero();
    assertThat(log.behind).isOne();
    failed(put(1, 12), ErrorCode.OVERLOADED);
  }

  @Test
  void anOwnerThatWasReplacedSaysSoInsteadOfRefusingAWrite() {
    log.owned = new CompletableFuture<>();
    CompletableFuture<Upserted> unknown = put(new WriterStamp(5, (short) 0, 17), 1, 10);
    assertThat(unknown).as("it may be known to a later owner").isNotDone();
    log.replaced();
    failed(unknown, ErrorCode.STALE_OWNER);

    log.owned = CompletableFuture.completedFuture(null);
    failed(put(new WriterStamp(5, (short) 0, 17), 1, 10), ErrorCode.UNKNOWN_WRITER);
  }

  @Test
  void anOwnerThatWasReplacedDoesNotAcknowledgeThatNothingChanged() {
    CompletableFuture<Upserted> rows = put(1, 10);
    log.store(0);
    assertThat(rows).isCompleted();
    log.owned = new CompletableFuture<>();
    CompletableFuture<Upserted> same = put(1, 10);
    assertThat(same).as("a later owner may have changed the row").isNotDone();
    log.replaced();
    failed(same, ErrorCode.STALE_OWNER);
  }
}
