package io.thalweg.server.kv.write;

import io.thalweg.coordinator.command.OwnerClaim;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.state.BucketWriters;
import io.thalweg.coordinator.state.Limits;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.row.BinaryList;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.kv.rows.BucketRows;
import io.thalweg.server.kv.rows.KvRules;
import io.thalweg.server.kv.rows.WaitingReads;
import io.thalweg.server.kv.store.KvCheckpoint;
import io.thalweg.server.kv.store.KvStore;
import io.thalweg.server.kv.store.KvStoreException;
import io.thalweg.server.kv.store.KvView;
import io.thalweg.server.write.OwnedWrite;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One bucket of a table with a primary key, while this server owns it in one epoch: merges writes
 * into changes, sends them into the log, and applies them to the rows once they are committed.
 * Owned by the bucket's rows loop.
 *
 * <p>Writes are pipelined: one is merged on top of those before it, committed or not. Where the log
 * refuses one, it refuses all later ones too, because they were made for a later offset. Then the
 * bucket waits until no write is under way, takes back the rows that were not committed, and
 * continues.
 */
public final class KvBucket {
  private static final Logger log = LoggerFactory.getLogger(KvBucket.class);

  /** How long a read waits for rows that the log has and that this bucket has not applied yet. */
  private static final long READ_WAIT_NANOS = Duration.ofSeconds(2).toNanos();

  private final EventLoop loop;
  private final Clock clock;
  private final OwnedLog changelog;
  private final Limits limits;
  private final TableBucket id;
  private final int epoch;
  private final BucketRows rows;
  private Merger merger;
  private final WriteTurns turns;
  private final WaitingReads reads;
  private final BucketRefusals refusals;
  private final long underWayMax;
  private final KvRules rules;
  private final UnderWay underWay = new UnderWay();
  private BucketWriters writers;
  private long nextOffset;
  private State state = State.OPEN;

  /** Whether rows are merged that are neither sent nor taken back. */
  private boolean holding;

  /** Runs once the last write under way is decided in {@link State#STOPPED}. */
  private Runnable stopped = () -> {};

  private enum State {
    /** Takes reads and writes. */
    OPEN,
    /** Takes no writes until those under way are decided and the refused ones are taken back. */
    REWINDING,
    /** Takes nothing: the local rows failed, and are opened anew once no write is under way. */
    STOPPED,
    /** Takes nothing: this server lets go of the bucket. */
    CLOSED
  }

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
    this.writers = writers;
    AutoIds ids = AutoIds.of(table).orElse(null);
    this.merger = Merger.of(table, ids, shared);
    this.underWayMax = shared.underWayMax();
    this.turns = new WriteTurns(loop, changelog, id, ids, underWayMax);
    this.reads = new WaitingReads(loop);
    this.refusals = new BucketRefusals(id);
    this.rules = shared.rules();
    this.rows = new BucketRows(loop, store, shared.cache(), merger.form());
    this.nextOffset = rows.offset();
  }

  /** Writes rows; completes once their changes are committed and seen by lookups. */
  public CompletableFuture<Upserted> upsert(UpsertRows given) {
    loop.assertInLoop();
    return inTurn(given, turns.idsFor(given), false);
  }

  private CompletableFuture<Upserted> inTurn(UpsertRows given, int ids, boolean expires) {
    if (isClosed() || !turns.mustWait(ids)) {
      return write(given, expires);
    }
    return turns.hasRoom(given)
        ? turns.run(given, ids, () -> write(given, expires))
        : CompletableFuture.failedFuture(refusals.overloaded());
  }

  /** Owns this bucket. Any thread may ask. */
  public EventLoop loop() {
    return loop;
  }

  WriteTurns turns() {
    return turns;
  }

  /**
   * Ends rows whose latest versions, committed or not, are too old; completes once that is
   * committed. Only for a table with a row time to live.
   */
  public CompletableFuture<Upserted> expire(BinaryList keys) {
    loop.assertInLoop();
    return inTurn(merger.expired(id, keys), 0, true);
  }

  /** The refusals of this bucket. */
  BucketRefusals refusals() {
    return refusals;
  }

  /** Why the bucket takes no rows at the moment; null if it does. */
  ThalwegException obstacle(UpsertRows given) {
    return switch (state) {
      case STOPPED, CLOSED -> refusals.lost();
      case REWINDING -> refusals.rewinding();
      case OPEN ->
          underWay.bytes() + given.bytes() > underWayMax && !underWay.isEmpty()
              ? refusals.overloaded()
              : null;
    };
  }

  private CompletableFuture<Upserted> write(UpsertRows given, boolean expires) {
    WriterStamp stamp = given.writer();
    if (stamp.present() && state == State.OPEN) {
      BucketWriters.Verdict verdict = writers.judge(stamp, given.rowCount());
      if (verdict instanceof BucketWriters.Verdict.Duplicate duplicate) {
        return duplicateOf(stamp, duplicate.baseOffset());
      }
      if (verdict instanceof BucketWriters.Verdict.Refuse refuse) {
        return refused(new ThalwegException(refuse.code(), refuse.message()));
      }
    }
    ThalwegException obstacle = obstacle(given);
    if (obstacle != null) {
      return CompletableFuture.failedFuture(obstacle);
    }
    Merged merged;
    try {
      merged = merge(given, expires);
    } catch (ThalwegException refusal) {
      return refusal.code() == ErrorCode.UNAVAILABLE
          ? CompletableFuture.failedFuture(refusal)
          : refused(refusal);
    }
    return send(merged);
  }

  /** Answers once the first try is committed. */
  private CompletableFuture<Upserted> duplicateOf(WriterStamp stamp, long baseOffset) {
    Upserted duplicate = new Upserted(baseOffset, true);
    return underWay
        .find(stamp)
        .map(each -> each.answer.thenApply(stored -> duplicate))
        .orElseGet(() -> CompletableFuture.completedFuture(duplicate));
  }

  /**
   * Merges what a client writes, and holds it. The caller sends or undoes it before it gives its
   * turn back, so that nothing else is merged meanwhile. Fails with the refusal of the rows, or
   * with UNAVAILABLE when the stored rows cannot be read.
   */
  Merged merge(UpsertRows given) {
    Merged merged = merge(given, false);
    holding = true;
    return merged;
  }

  private Merged merge(UpsertRows write, boolean expires) {
    merger = merger.latest();
    try {
      return refusals.read(
          () -> merger.merge(expires, write, rows, nextOffset, clock.wallMillis()),
          unreadable -> loop.execute(() -> failed(unreadable)));
    } finally {
      rows.trim();
    }
  }

  /** Takes merged rows back. */
  void undo(Merged merged) {
    holding = false;
    if (isClosed()) {
      merged.closeChanges();
    } else {
      merged.undo(rows);
    }
    if (state != State.OPEN) {
      settle();
    }
  }

  /**
   * Sends the changes into the log; completes once they are committed. Takes them back if the
   * bucket stopped taking writes while it held them.
   */
  CompletableFuture<Upserted> send(Merged merged) {
    holding = false;
    if (state != State.OPEN) {
      ThalwegException obstacle = obstacle(merged.write());
      undo(merged);
      return CompletableFuture.failedFuture(obstacle);
    }
    WriterStamp writer = merged.write().writer();
    if (merged.changes().isEmpty() && !writer.present()) {
      return nothingChanged();
    }
    long base = nextOffset;
    Uncommitted write = new Uncommitted(merged, base);
    nextOffset = write.endOffset;
    if (writer.present()) {
      // No writer is forgotten here for being idle: the log decides that, by cluster time.
      writers.accepted(writer, merged.write().rowCount(), base, 0, limits);
    }
    underWay.add(write);
    if (rules.mayApply(false)) {
      rows.apply(write.keys, write.values, write.endOffset);
    }
    OwnerClaim claim = new OwnerClaim(epoch, base, merged.write().rowCount());
    loop.handle(
        changelog.append(merged.changes(), new OwnedWrite(id, claim, writer)),
        (stored, failure) -> decided(write, stored, failure));
    return write.answer;
  }

  /**
   * Refuses a write. This server may have lost the bucket, so it first confirms that it still is
   * the owner and that its rows lack nothing.
   */
  CompletableFuture<Upserted> refused(ThalwegException refusal) {
    return confirmed().thenCompose(sure -> CompletableFuture.<Upserted>failedFuture(refusal));
  }

  /**
   * Answers a write that changes nothing, once the rows that it was compared with are committed and
   * current.
   */
  private CompletableFuture<Upserted> nothingChanged() {
    Upserted nothing = new Upserted(nextOffset, false);
    return underWay.isEmpty()
        ? confirmed().thenApply(sure -> nothing)
        : underWay.last().answer.thenApply(before -> nothing);
  }

  /** Completes when the bucket is still owned, and the log has nothing that was not merged here. */
  private CompletableFuture<Void> confirmed() {
    CompletableFuture<Void> confirmed = new CompletableFuture<>();
    loop.handle(
        changelog.owned(id, epoch),
        (end, failure) -> {
          if (failure != null) {
            confirmed.completeExceptionally(failure);
          } else if (isClosed()) {
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
   * there never gets an older row. Only this bucket appends to its log in this epoch. So a log that
   * is longer than all writes merged here holds a write whose outcome was lost on the way, and the
   * rows are opened anew.
   */
  public CompletableFuture<Void> reaches(long logEnd) {
    loop.assertInLoop();
    if (isClosed()) {
      return CompletableFuture.failedFuture(refusals.lost());
    }
    if (rows.offset() >= logEnd || rules.servesBehindLog()) {
      return CompletableFuture.completedFuture(null);
    }
    CompletableFuture<Void> reached = reads.add(logEnd, READ_WAIT_NANOS, refusals.behindTheLog());
    if (logEnd > nextOffset) {
      goBack();
    }
    return reached;
  }

  /** Takes no more writes until those under way are decided, then asks where the log ends. */
  private void goBack() {
    if (state == State.OPEN) {
      state = State.REWINDING;
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
      underWay.refuse(write);
      if (state == State.OPEN) {
        state = State.REWINDING;
      }
      write.answer.completeExceptionally(
          failure != null
              ? failure
              : new ThalwegException(
                  ErrorCode.INTERNAL,
                  "the log of bucket " + id.bucket() + " knows a write that its owner did not"));
    }
    settle();
  }

  /** Answers the stored writes in the order of the log; outcomes may arrive in another order. */
  private void settle() {
    for (Optional<Uncommitted> next = underWay.nextStored();
        next.isPresent();
        next = underWay.nextStored()) {
      Uncommitted write = next.get();
      // After the bucket was lost, its new owner finds the changes in the log.
      if (isClosed() || apply(write)) {
        write.answer.complete(new Upserted(write.baseOffset, false));
      } else {
        underWay.refuse(write);
        write.answer.completeExceptionally(refusals.unknownBefore(write.baseOffset));
      }
    }
    if (!isClosed()) {
      reads.reached(rows.offset());
    }
    if (underWay.isEmpty() && !holding) {
      switch (state) {
        case OPEN, CLOSED -> {}
        case REWINDING -> rewind();
        case STOPPED -> {
          rows.closeStore();
          stopped.run();
        }
      }
    }
  }

  /** Applies a write; returns false if the rows do not go up to its first change. */
  private boolean apply(Uncommitted write) {
    if (rules.mayApply(false)) {
      return true;
    }
    if (write.baseOffset != rows.offset()) {
      return false;
    }
    try {
      rows.apply(write.keys, write.values, write.endOffset);
      rows.trim();
    } catch (KvStoreException failure) {
      // The changes are committed. The rows are opened anew and catch up with the log.
      log.error("bucket {} stops: its rows stay behind the log at {}", id, rows.offset(), failure);
      stop(failure);
    }
    return true;
  }

  /** Serves nothing from here on; the rows are opened anew once no write is under way. */
  private void stop(KvStoreException why) {
    stopped = why.damaged() ? () -> changelog.damaged(why) : changelog::behind;
    state = State.STOPPED;
    rows.forget();
    reads.fail(refusals.lost());
  }

  /** A reader could not read the rows. Damaged rows are never read again. */
  public void failed(KvStoreException failure) {
    loop.assertInLoop();
    if (failure.damaged() && !isClosed()) {
      stop(failure);
      settle();
    }
  }

  private void rewind() {
    log.info("bucket {} goes back to offset {}: the log refused changes", id, rows.offset());
    underWay.undoRefused(rows.table());
    nextOffset = rows.offset();
    loop.handle(
        changelog.standing(id, epoch),
        (now, lost) -> {
          if (now == null || isClosed()) {
            return;
          }
          if (now.endOffset() > rows.offset()) {
            // The log holds a write whose outcome was lost on the way.
            changelog.behind();
            return;
          }
          writers = now.writers();
          state = State.OPEN;
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
      return refusals.read(() -> rows.lookup(keys), this::failed);
    } finally {
      rows.trim();
    }
  }

  /** A checkpoint of the committed rows. While it is open, the rows' store stays open. */
  public KvCheckpoint checkpoint() {
    checkOpen();
    return rows.checkpoint(applied -> rules.checkpointOffset(applied, nextOffset));
  }

  /** A view of the committed rows as they are now. While it is open, the store stays open. */
  public KvView view() {
    checkOpen();
    return refusals.read(() -> rows.view(this::failed), this::failed);
  }

  /** Whether it takes no more reads and writes. */
  private boolean isClosed() {
    return state == State.STOPPED || state == State.CLOSED;
  }

  private void checkOpen() {
    loop.assertInLoop();
    if (isClosed()) {
      throw refusals.lost();
    }
  }

  /** Lets go of the rows. Writes under way are answered when the log has decided. */
  public void close() {
    loop.assertInLoop();
    state = State.CLOSED;
    rows.forget();
    reads.fail(refusals.lost());
    rows.closeStore();
  }
}
