package io.thalweg.server.kv.write;

import io.thalweg.coordinator.state.BucketWriters;
import io.thalweg.coordinator.state.Limits;
import io.thalweg.coordinator.state.OwnerClaim;
import io.thalweg.coordinator.state.Reply;
import io.thalweg.format.batch.EncodedBatch;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.row.BinaryList;
import io.thalweg.format.row.RowTime;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.kv.rows.KvRules;
import io.thalweg.server.kv.rows.OpenReaders;
import io.thalweg.server.kv.rows.RowCache;
import io.thalweg.server.kv.rows.RowTable;
import io.thalweg.server.kv.rows.UntimedView;
import io.thalweg.server.kv.rows.WaitingReads;
import io.thalweg.server.kv.store.KvCheckpoint;
import io.thalweg.server.kv.store.KvStore;
import io.thalweg.server.kv.store.KvStoreException;
import io.thalweg.server.kv.store.KvView;
import io.thalweg.server.write.OwnedWrite;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One bucket of a table with a primary key, while this server owns it in one epoch: merges writes
 * into changes, sends them into the log, and applies them to the rows once they are committed.
 * Owned by the rows' loop.
 *
 * <p>Writes are pipelined: one is merged on top of those before it, committed or not. Should the
 * log refuse one, it refuses all after it that were made for a later offset. Then the bucket waits
 * until none is under way, forgets what was not committed, and goes on.
 */
public final class KvBucket {
  private static final Logger log = LoggerFactory.getLogger(KvBucket.class);

  /** How long a read waits for rows that the log has and that are on their way here. */
  private static final long READ_WAIT_NANOS = Duration.ofSeconds(2).toNanos();

  private static final CompletableFuture<Void> REACHED = CompletableFuture.completedFuture(null);

  private final EventLoop loop;
  private final Clock clock;
  private final OwnedLog changelog;
  private final Limits limits;
  private final TableBucket id;
  private final int epoch;
  private final KvStore store;
  private final ChangelogEncoder encoder;
  private final Merger merger;
  private final NumberedWrites numbered;
  private final WaitingReads reads;
  private final OpenReaders readers;
  private final BucketRefusals refusals;
  private final long underWayMax;
  private final KvRules rules;
  private final RowCache cache;
  private final RowTable rows;
  private final ArrayDeque<Uncommitted> underWay = new ArrayDeque<>();

  /** Writes that the log refused, whose rows are in the table still. */
  private final List<Uncommitted> refused = new ArrayList<>();

  private BucketWriters writers;
  private long nextOffset;
  private long underWayBytes;
  private boolean rewinding;
  private boolean broken;
  private KvStoreException damage;
  private boolean closed;

  /**
   * A bucket whose rows are complete.
   *
   * @param store has applied everything up to the end of the bucket's log; closed with the bucket
   * @param writers the log's idempotent writers; the bucket's own from now on
   */
  public KvBucket(
      WriteContext shared,
      TableInfo table,
      TableBucket id,
      int epoch,
      OwnedLog changelog,
      KvStore store,
      BucketWriters writers) {
    this.loop = shared.loop();
    this.clock = shared.clock();
    this.changelog = changelog;
    this.limits = shared.limits();
    this.id = id;
    this.epoch = epoch;
    this.store = store;
    this.writers = writers;
    this.encoder = new ChangelogEncoder(table, shared.batchMax(), shared.allocator());
    AutoIds ids = AutoIds.of(table).orElse(null);
    this.merger = Merger.of(table, ids, shared);
    this.underWayMax = shared.underWayMax();
    this.numbered = ids == null ? null : new NumberedWrites(loop, changelog, id, ids, underWayMax);
    this.reads = new WaitingReads(loop);
    this.readers = new OpenReaders(loop, store);
    this.refusals = new BucketRefusals(id);
    this.rules = shared.rules();
    this.cache = shared.cache();
    this.rows = new RowTable(cache, store.offset(), store.offset() == 0);
    this.nextOffset = store.offset();
  }

  /** Writes rows; completes once their changes are committed and seen by lookups. */
  public CompletableFuture<Upserted> upsert(UpsertRows rows) {
    loop.assertInLoop();
    if (!mustAwaitNumbers(rows)) {
      return write(rows, merger.engine());
    }
    if (!hasRoomToWait(rows)) {
      return CompletableFuture.failedFuture(refusals.overloaded());
    }
    return numbers(rows)
        .thenCompose(
            written -> {
              CompletableFuture<Upserted> answer = write(rows, merger.engine());
              written.run();
              return answer;
            });
  }

  /** Whether rows need auto-increment numbers that are not there, or come after such rows. */
  boolean mustAwaitNumbers(UpsertRows rows) {
    return numbered != null && !closed && numbered.mustWait(rows);
  }

  /** Whether rows may wait for numbers. */
  boolean hasRoomToWait(UpsertRows rows) {
    return numbered == null || numbered.hasRoom(rows);
  }

  /** As {@link NumberedWrites#turn}; at once in a table without auto-increment column. */
  CompletableFuture<Runnable> numbers(UpsertRows rows) {
    return numbered == null ? CompletableFuture.completedFuture(() -> {}) : numbered.turn(rows);
  }

  /**
   * Ends rows of a table with a row time to live, as far as their latest versions, committed or
   * not, are too old; completes once that is committed.
   */
  public CompletableFuture<Upserted> expire(BinaryList keys) {
    loop.assertInLoop();
    BinaryList none = new BinaryList(keys.count(), 0);
    for (int i = 0; i < keys.count(); i++) {
      none.addAbsent();
    }
    return write(
        new UpsertRows(id, WriterStamp.NONE, keys.count(), keys, none, null), merger.expiry());
  }

  /** What it says when it cannot do what it is asked for. */
  BucketRefusals refusals() {
    return refusals;
  }

  /** Why the bucket takes no rows at the moment; null if it does. */
  ThalwegException obstacle(UpsertRows rows) {
    if (closed) {
      return refusals.lost();
    }
    if (rewinding) {
      return refusals.rewinding();
    }
    boolean full = underWayBytes + rows.bytes() > underWayMax && !underWay.isEmpty();
    return full ? refusals.overloaded() : null;
  }

  private CompletableFuture<Upserted> write(UpsertRows rows, RowMerge by) {
    WriterStamp stamp = rows.writer();
    if (stamp.present() && !closed && !rewinding) {
      BucketWriters.Verdict verdict = writers.judge(stamp, rows.rowCount());
      if (verdict instanceof BucketWriters.Verdict.Duplicate duplicate) {
        return duplicateOf(stamp, duplicate.baseOffset());
      }
      if (verdict instanceof BucketWriters.Verdict.Refuse refuse) {
        return refused(new ThalwegException(refuse.code(), refuse.message()));
      }
    }
    ThalwegException obstacle = obstacle(rows);
    if (obstacle != null) {
      return CompletableFuture.failedFuture(obstacle);
    }
    Merged merged;
    try {
      merged = merge(rows, by);
    } catch (ThalwegException refusal) {
      return refusal.code() == ErrorCode.UNAVAILABLE
          ? CompletableFuture.failedFuture(refusal)
          : refused(refusal);
    }
    return send(merged);
  }

  /** Answers once the try that came first is committed. */
  private CompletableFuture<Upserted> duplicateOf(WriterStamp stamp, long baseOffset) {
    for (Uncommitted each : underWay) {
      if (each.writer.equals(stamp)) {
        return each.answer.thenApply(stored -> new Upserted(baseOffset, true));
      }
    }
    return CompletableFuture.completedFuture(new Upserted(baseOffset, true));
  }

  /** What rows come to, that are merged and neither sent nor undone yet. */
  record Merged(UpsertRows rows, Merger.Result result, List<EncodedBatch> changes) {}

  /**
   * Merges what a client writes. It is to be sent or undone before anything else happens to the
   * bucket. Fails with what stands against the rows, UNAVAILABLE when the stored ones cannot be
   * read.
   */
  Merged merge(UpsertRows rows) {
    return merge(rows, merger.engine());
  }

  private Merged merge(UpsertRows rows, RowMerge by) {
    long now = clock.wallMillis();
    try {
      Merger.Result merged = merger.merge(by, rows, store, this.rows, nextOffset, now);
      return new Merged(rows, merged, encode(merged, rows.writer(), now));
    } catch (KvStoreException unreadable) {
      loop.execute(() -> failed(unreadable));
      throw refusals.unreadable(unreadable);
    } finally {
      cache.trim();
    }
  }

  /** Takes merged rows back. */
  void undo(Merged merged) {
    merged.changes.forEach(EncodedBatch::close);
    rows.undo(merged.result.locations(), merged.result.keys().count());
  }

  /** Sends the changes into the log; completes once they are committed. */
  CompletableFuture<Upserted> send(Merged merged) {
    WriterStamp writer = merged.rows.writer();
    if (merged.changes.isEmpty() && !writer.present()) {
      return nothingChanged();
    }
    long base = nextOffset;
    Uncommitted write =
        new Uncommitted(writer, base, base + merged.result.changes().count(), merged.result);
    nextOffset = write.endOffset;
    if (writer.present()) {
      // No writer is forgotten here for being idle: the log decides that, by cluster time.
      writers.accepted(writer, merged.rows.rowCount(), base, 0, limits);
    }
    underWay.addLast(write);
    underWayBytes += bytes(write);
    if (rules.mayApply(false)) {
      store.write(write.keys, write.values, write.endOffset);
      rows.written(write.endOffset);
    }
    OwnerClaim claim = new OwnerClaim(epoch, base, merged.rows.rowCount());
    loop.handle(
        changelog.append(merged.changes, new OwnedWrite(id, claim, writer)),
        (stored, failure) -> decided(write, stored, failure));
    return write.answer;
  }

  /** The changes as batches of the log; none if there are none. */
  private List<EncodedBatch> encode(Merger.Result merged, WriterStamp writer, long nowMillis) {
    if (merged.changes().count() == 0) {
      return List.of();
    }
    try {
      return encoder.encode(id, merged.changes(), nowMillis, writer);
    } catch (RuntimeException | Error failure) {
      rows.undo(merged.locations(), merged.keys().count());
      throw failure;
    }
  }

  private static long bytes(Uncommitted write) {
    return (long) write.keys.byteCount() + write.values.byteCount();
  }

  /**
   * The owner confirms that it still is the owner, and that its rows lack nothing, before it tells
   * what it found against a write.
   */
  CompletableFuture<Upserted> refused(ThalwegException refusal) {
    return confirmed().thenCompose(sure -> CompletableFuture.<Upserted>failedFuture(refusal));
  }

  /** There is nothing to commit, but what the rows were compared with must be, and be current. */
  private CompletableFuture<Upserted> nothingChanged() {
    Upserted nothing = new Upserted(nextOffset, false);
    return underWay.isEmpty()
        ? confirmed().thenApply(sure -> nothing)
        : underWay.getLast().answer.thenApply(before -> nothing);
  }

  /** Completes when the bucket is still owned, and the log has nothing that was not merged here. */
  private CompletableFuture<Void> confirmed() {
    CompletableFuture<Void> confirmed = new CompletableFuture<>();
    loop.handle(
        changelog.owned(id, epoch),
        (end, failure) -> {
          if (failure != null) {
            confirmed.completeExceptionally(failure);
          } else if (closed) {
            confirmed.completeExceptionally(refusals.lost());
          } else if (end > nextOffset && !rules.servesBehindLog()) {
            confirmed.completeExceptionally(refusals.behindTheLog());
            goBack();
          } else {
            confirmed.complete(null);
          }
        });
    return confirmed;
  }

  /**
   * Completes once the rows go up to {@code logEnd}, so that a read that began when the log ended
   * there never gets an older row. Only this bucket appends to its log in this epoch: a log that
   * goes beyond all writes merged here has one whose outcome was not heard, and the rows are opened
   * anew.
   */
  public CompletableFuture<Void> reaches(long logEnd) {
    loop.assertInLoop();
    if (closed) {
      return CompletableFuture.failedFuture(refusals.lost());
    }
    if (store.offset() >= logEnd || rules.servesBehindLog()) {
      return REACHED;
    }
    CompletableFuture<Void> reached = reads.add(logEnd, READ_WAIT_NANOS, refusals.behindTheLog());
    if (logEnd > nextOffset) {
      goBack();
    }
    return reached;
  }

  /** Takes no more writes until those under way are decided, then looks how the log stands. */
  private void goBack() {
    if (!rewinding) {
      rewinding = true;
      settle();
    }
  }

  private void decided(Uncommitted write, Reply.Stored stored, Throwable failure) {
    if (failure == null && !stored.duplicate()) {
      if (stored.baseOffset() != write.baseOffset) {
        throw new IllegalStateException(
            "changes of bucket " + id + " made for offset " + write.baseOffset + ": " + stored);
      }
      write.stored = true;
    } else {
      remove(write);
      refused.add(write);
      rewinding = true;
      write.answer.completeExceptionally(
          failure != null
              ? failure
              : new ThalwegException(
                  ErrorCode.INTERNAL,
                  "the log of bucket " + id.bucket() + " knows a write that its owner did not"));
    }
    settle();
  }

  private void remove(Uncommitted write) {
    underWay.remove(write);
    underWayBytes -= bytes(write);
  }

  /** Answers what is stored, in the order of the log: outcomes may be heard in another. */
  private void settle() {
    while (!underWay.isEmpty() && underWay.peekFirst().stored) {
      Uncommitted write = underWay.peekFirst();
      remove(write);
      // After the bucket was lost, whoever owns it now finds the changes in the log.
      if (closed || apply(write)) {
        write.answer.complete(new Upserted(write.baseOffset, false));
      } else {
        refused.add(write);
        write.answer.completeExceptionally(refusals.unknownBefore(write.baseOffset));
      }
    }
    if (!closed) {
      reads.reached(store.offset());
    }
    if (rewinding && !closed && underWay.isEmpty()) {
      rewind();
    }
    if (broken && underWay.isEmpty()) {
      readers.closeStore();
      if (damage != null) {
        changelog.damaged(damage);
      } else {
        changelog.behind();
      }
    }
  }

  /** Whether the rows go up to the write's changes, so that these could be applied. */
  private boolean apply(Uncommitted write) {
    if (rules.mayApply(false)) {
      return true;
    }
    if (write.baseOffset != store.offset()) {
      return false;
    }
    try {
      store.write(write.keys, write.values, write.endOffset);
      rows.written(write.endOffset);
      cache.trim();
    } catch (KvStoreException failure) {
      // The changes are committed. The rows are opened anew and catch up with the log.
      log.error("bucket {} stops: its rows stay behind the log at {}", id, store.offset(), failure);
      stop(failure);
    }
    return true;
  }

  /** Serves nothing from here on; the rows are opened anew once no write is under way. */
  private void stop(KvStoreException why) {
    damage = why.damaged() ? why : null;
    broken = true;
    closed = true;
    rows.close();
    reads.fail(refusals.lost());
  }

  /** A reader could not read; damaged rows are not read from again. */
  public void failed(KvStoreException failure) {
    loop.assertInLoop();
    if (failure.damaged() && !closed) {
      stop(failure);
      settle();
    }
  }

  private void rewind() {
    log.info("bucket {} goes back to offset {}: the log refused changes", id, store.offset());
    refused.sort(Comparator.comparingLong((Uncommitted write) -> write.baseOffset).reversed());
    refused.forEach(write -> rows.undo(write.locations, write.keys.count()));
    refused.clear();
    nextOffset = store.offset();
    loop.handle(
        changelog.standing(id, epoch),
        (now, lost) -> {
          if (now == null || closed) {
            return;
          }
          if (now.endOffset() > store.offset()) {
            // A write is committed whose outcome was never heard.
            changelog.behind();
            return;
          }
          writers = now.writers();
          rewinding = false;
        });
  }

  /**
   * Looks rows up among the committed ones.
   *
   * @return one for each key, absent where there is none
   */
  public BinaryList lookup(BinaryList keys) {
    checkOpen();
    try {
      BinaryList stored = rows.get(keys, store);
      if (!merger.timed()) {
        return stored;
      }
      BinaryList rows = new BinaryList(stored.count(), stored.byteCount());
      RowTime.strip(stored, rows);
      return rows;
    } catch (KvStoreException unreadable) {
      failed(unreadable);
      throw refusals.unreadable(unreadable);
    } finally {
      cache.trim();
    }
  }

  /** The files of the committed rows. While it is open the rows' store stays open. */
  public KvCheckpoint checkpoint() {
    checkOpen();
    return readers.checkpoint(applied -> rules.checkpointOffset(applied, nextOffset));
  }

  /** The committed rows as they are now. While it is open the rows' store stays open. */
  public KvView view() {
    KvView stored = storedView();
    return merger.timed() ? new UntimedView(stored) : stored;
  }

  /** The same, with their times where the table keeps these. */
  public KvView storedView() {
    checkOpen();
    return readers.view(this::failed);
  }

  private void checkOpen() {
    loop.assertInLoop();
    if (closed) {
      throw refusals.lost();
    }
  }

  /** Lets go of the rows. Writes under way are answered when the log has decided. */
  public void close() {
    loop.assertInLoop();
    closed = true;
    rows.close();
    reads.fail(refusals.lost());
    readers.closeStore();
  }
}
