package io.thalweg.server.kv.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.state.BucketWriters;
import io.thalweg.coordinator.state.Limits;
import io.thalweg.format.batch.EncodedBatch;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.row.BinaryList;
import io.thalweg.format.row.KeyCodec;
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
import io.thalweg.server.api.Fetched;
import io.thalweg.server.kv.rows.ChangelogApplier;
import io.thalweg.server.kv.rows.KvRules;
import io.thalweg.server.kv.rows.RowBudget;
import io.thalweg.server.kv.rows.RowCache;
import io.thalweg.server.kv.rows.TableCodecs;
import io.thalweg.server.kv.store.KvCursor;
import io.thalweg.server.kv.store.KvStore;
import io.thalweg.server.kv.store.KvStoreException;
import io.thalweg.server.kv.store.KvView;
import io.thalweg.server.kv.store.memory.MemoryKvDisk;
import io.thalweg.server.kv.store.memory.MemoryKvStores;
import io.thalweg.server.meter.CacheMeters;
import io.thalweg.server.write.OwnedWrite;
import java.util.ArrayList;
import java.util.Arrays;
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

/** A bucket whose log answers as the test says: late, out of order, or with a failure. */
class KvBucketTest {
  private static final TableBucket B = new TableBucket(1, 0);

  private final SimScheduler scheduler = new SimScheduler(1);
  private final SimEventLoop loop = scheduler.newLoop("rows");
  private final BufferAllocator allocator = new RootAllocator(16 << 20);
  private TableInfo table = table(Map.of());
  private final KvStore store = new MemoryKvStores(new MemoryKvDisk(scheduler.random())).open(B);
  private final HeldLog log = new HeldLog();
  private KvBucket bucket = open();

  private KvBucket open() {
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
        B,
        1,
        log,
        store,
        new BucketWriters());
  }

  /** The bucket's rows end ten seconds after their last write. */
  private void expiring() {
    table = table(Map.of("table.row.ttl", "10s"));
    bucket = open();
  }

  private static TableInfo table(Map<String, String> properties) {
    Schema schema =
        Schema.first(
            TypeText.parseColumns("id BIGINT, value BIGINT").stream()
                .map(field -> Column.of(field.name(), field.type()))
                .toList(),
            List.of("id"));
    return TableInfo.created(
        1,
        B.storage(),
        TablePath.parse("t"),
        new TableDescriptor(schema, 1, List.of(), properties, ""),
        0);
  }

  /** Holds every outcome until the test completes it. */
  private final class HeldLog implements OwnedLog {
    final List<Held> held = new ArrayList<>();
    OwnedLog.Standing standing;
    CompletableFuture<Long> owned = CompletableFuture.completedFuture(0L);
    int behind;
    int damaged;

    /** If set, gets the changes as a replay of the log would. */
    KvStore replica;

    record Held(OwnedWrite write, CompletableFuture<Reply.Stored> outcome) {}

    @Override
    public CompletableFuture<Reply.Stored> append(List<EncodedBatch> batches, OwnedWrite write) {
      long offset = write.claim().baseOffset();
      for (EncodedBatch batch : batches) {
        try (Fetched.LogBatch made = new Fetched.LogBatch(offset, batch)) {
          offset = made.endOffset();
          if (replica != null) {
            new ChangelogApplier(table, known -> known, allocator)
                .apply(new Fetched(List.of(made), made.endOffset(), 0, made.endOffset()), replica);
          }
        }
      }
      held.add(new Held(write, new CompletableFuture<>()));
      return held.get(held.size() - 1).outcome;
    }

    @Override
    public CompletableFuture<Long> allocateIds(TableBucket id, int count) {
      return CompletableFuture.failedFuture(new AssertionError("nothing is numbered"));
    }

    @Override
    public CompletableFuture<Long> owned(TableBucket id, int epoch) {
      return owned;
    }

    @Override
    public CompletableFuture<OwnedLog.Standing> standing(TableBucket id, int epoch) {
      return CompletableFuture.completedFuture(standing);
    }

    @Override
    public void behind() {
      behind++;
    }

    @Override
    public void damaged(KvStoreException what) {
      damaged++;
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
          new UpsertEncoder(table, new TableCodecs(table, known -> known, allocator), allocator)
              .encode(table, OptionalInt.of(0), writer, new VectorSchemaRoot(List.of(ids, values)));
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
    log.standing = new OwnedLog.Standing(new BucketWriters(), 1);
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
    log.standing = new OwnedLog.Standing(new BucketWriters(), 3);
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
    log.standing = new OwnedLog.Standing(new BucketWriters(), 3);
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

    log.owned = CompletableFuture.completedFuture(0L);
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

  private CompletableFuture<Upserted> expire(long... ids) {
    try (BigIntVector keys = new BigIntVector("id", allocator)) {
      for (int i = 0; i < ids.length; i++) {
        keys.setSafe(i, ids[i]);
      }
      keys.setValueCount(ids.length);
      BinaryList encoded = new BinaryList();
      KeyCodec.of(table.schema()).encode(List.of(keys), ids.length, encoded);
      return run(() -> bucket.expire(encoded));
    }
  }

  /** The stored rows, byte for byte. */
  private static List<String> rows(KvStore store) {
    BinaryList keys = new BinaryList();
    BinaryList values = new BinaryList();
    try (KvView view = store.view();
        KvCursor cursor = view.scan(new byte[0], new byte[0])) {
      assertThat(cursor.next(1_000, 1 << 20, keys, values)).isFalse();
    }
    List<String> rows = new ArrayList<>();
    for (int i = 0; i < keys.count(); i++) {
      rows.add(Arrays.toString(keys.get(i)) + Arrays.toString(values.get(i)));
    }
    return rows;
  }

  @Test
  void whoReplaysTheLogGetsTheSameRowsAndTimes() {
    expiring();
    log.replica = new MemoryKvStores(new MemoryKvDisk(scheduler.random())).open(B);
    for (int i = 0; i < 20; i++) {
      assertThat(put(i % 7, i / 7)).isNotDone();
      log.store(i);
      scheduler.runFor(900_000_000);
    }
    assertThat(rows(store)).hasSize(7).isEqualTo(rows(log.replica));
    scheduler.runFor(5_000_000_000L);
    assertThat(expire(0, 1, 2, 3, 4, 5, 6)).isNotDone();
    log.store(20);
    assertThat(rows(store)).hasSizeBetween(1, 6).isEqualTo(rows(log.replica));
    assertThat(log.replica.offset()).isEqualTo(store.offset());
    log.replica.close();
  }

  @Test
  void aRowThatIsWrittenMeanwhileDoesNotExpire() {
    expiring();
    CompletableFuture<Upserted> first = put(1, 10);
    CompletableFuture<Upserted> second = put(2, 20);
    log.store(0);
    log.store(1);
    assertThat(first).isCompleted();
    assertThat(second).isCompleted();
    scheduler.runFor(10_000_000_000L);
    CompletableFuture<Upserted> renewed = put(1, 10);
    assertThat(renewed).as("on its way").isNotDone();
    CompletableFuture<Upserted> expired = expire(1, 2, 3);
    log.store(2);
    log.store(3);
    assertThat(renewed.join()).isEqualTo(new Upserted(2, false));
    assertThat(expired.join()).isEqualTo(new Upserted(4, false));
    assertThat(store.offset()).as("-U +U -D").isEqualTo(5);
    assertThat(rows(store)).hasSize(1);
    assertThat(expire(1, 2, 3).join()).as("nothing is too old").isEqualTo(new Upserted(5, false));
    assertThat(log.held).hasSize(4);
  }

  @Test
  void rowsWhoseExpiryIsRefusedAreThereAgain() {
    expiring();
    CompletableFuture<Upserted> first = put(1, 10);
    log.store(0);
    assertThat(first).isCompleted();
    scheduler.runFor(10_000_000_000L);
    CompletableFuture<Upserted> expired = expire(1);
    log.standing = new OwnedLog.Standing(new BucketWriters(), 1);
    log.fail(1, ErrorCode.UNAVAILABLE);
    failed(expired, ErrorCode.UNAVAILABLE);
    assertThat(rows(store)).hasSize(1);
    CompletableFuture<Upserted> again = expire(1);
    log.store(2);
    assertThat(again.join()).isEqualTo(new Upserted(1, false));
    assertThat(rows(store)).isEmpty();
  }

  private CompletableFuture<String> lookup(long id, long logEnd) {
    try (BigIntVector keys = new BigIntVector("id", allocator)) {
      keys.setSafe(0, id);
      keys.setValueCount(1);
      BinaryList encoded = new BinaryList();
      KeyCodec.of(table.schema()).encode(List.of(keys), 1, encoded);
      return run(
          () ->
              bucket
                  .reaches(logEnd)
                  .thenApply(
                      reached -> {
                        BinaryList found = bucket.lookup(encoded);
                        return found.isAbsent(0) ? "none" : "found at " + store.offset();
                      }));
    }
  }

  @Test
  void aReadWaitsForWhatTheLogHadWhenItBegan() {
    CompletableFuture<Upserted> write = put(1, 10);
    CompletableFuture<String> before = lookup(1, 0);
    CompletableFuture<String> after = lookup(1, 1);
    assertThat(before.join()).isEqualTo("none");
    assertThat(after).as("the feed told of the write before its outcome came").isNotDone();
    log.store(0);
    assertThat(write).isCompleted();
    assertThat(after.join()).isEqualTo("found at 1");
  }

  @Test
  void aReadOfRowsBehindTheLogIsNotAnsweredAndTheyAreOpenedAnew() {
    log.standing = new OwnedLog.Standing(new BucketWriters(), 1);
    CompletableFuture<String> read = lookup(1, 1);
    assertThat(read).isNotDone();
    assertThat(log.behind).isOne();
    scheduler.runFor(3_000_000_000L);
    failed(read, ErrorCode.UNAVAILABLE);
  }

  @Test
  void damagedRowsAreNotReadAgain() {
    CompletableFuture<Upserted> write = put(1, 10);
    loop.execute(() -> bucket.failed(new KvStoreException("flipped", null, true)));
    scheduler.runFor(1);
    assertThat(log.damaged).as("a write is under way").isZero();
    failed(put(1, 11), ErrorCode.STALE_OWNER);
    log.store(0);
    assertThat(write).isCompleted();
    assertThat(log.damaged).isOne();
    assertThat(log.behind).isZero();
  }

  @Test
  void rowsBehindTheLogDoNotSayThatAWriteChangesNothing() {
    CompletableFuture<Upserted> rows = put(1, 10);
    log.store(0);
    assertThat(rows).isCompleted();
    log.standing = new OwnedLog.Standing(new BucketWriters(), 3);
    log.owned = CompletableFuture.completedFuture(3L);
    failed(put(1, 10), ErrorCode.UNAVAILABLE);
    assertThat(log.behind).isOne();
  }
}
