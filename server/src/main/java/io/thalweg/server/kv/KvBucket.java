package io.thalweg.server.kv;

import io.thalweg.coordinator.state.BucketWriters;
import io.thalweg.coordinator.state.Limits;
import io.thalweg.coordinator.state.OwnerClaim;
import io.thalweg.coordinator.state.Reply;
import io.thalweg.format.batch.EncodedBatch;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.row.BinaryList;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.kv.store.KvCheckpoint;
import io.thalweg.server.kv.store.KvStore;
import io.thalweg.server.kv.store.KvStoreException;
import io.thalweg.server.kv.store.KvView;
import io.thalweg.server.write.OwnedWrite;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One bucket of a table with a primary key, while this server owns it in one epoch: merges writes
 * into changes, sends them into the log, and applies them to the rows once they are committed.
 * Owned by the rows' loop.
 *
 * <p>Writes are pipelined: one is merged on top of those before it, committed or not. Should the
 * log refuse one, it refuses all after it, since each is made for one offset. Then the bucket waits
 * until none is under way, forgets what was not committed, and goes on.
 */
final class KvBucket {
  private static final Logger log = LoggerFactory.getLogger(KvBucket.class);

  /** What the bucket needs of the server; called on the rows' loop. */
  interface Log {
    /** Sends changes of an owned bucket into the log; {@code batch} is null for none. */
    CompletableFuture<Reply.Stored> append(EncodedBatch batch, OwnedWrite write);

    /**
     * The idempotent writers as of the last entry applied here, once every write of this bucket is
     * decided; fails when the bucket is no longer owned.
     */
    CompletableFuture<BucketWriters> writers(TableBucket bucket, int epoch);

    /**
     * The rows could not be brought to where the log is; the bucket is closed and nothing is under
     * way.
     */
    void broken();
  }

  private final EventLoop loop;
  private final Clock clock;
  private final Log changelog;
  private final Limits limits;
  private final TableBucket id;
  private final int epoch;
  private final KvStore store;
  private final ChangelogEncoder encoder;
  private final Merger merger;
  private final KvConfig config;
  private final Overlay overlay = new Overlay();
  private final ArrayDeque<Uncommitted> underWay = new ArrayDeque<>();
  private BucketWriters writers;
  private long nextOffset;
  private long underWayBytes;
  private int readers;
  private boolean rewinding;
  private boolean broken;
  private boolean closed;
  private boolean storeClosed;

  /**
   * A bucket whose rows are complete.
   *
   * @param store has applied everything up to the end of the bucket's log; closed with the bucket
   * @param writers the log's idempotent writers; the bucket's own from now on
   */
  KvBucket(
      EventLoop loop,
      Clock clock,
      Log changelog,
      Limits limits,
      TableBucket id,
      int epoch,
      KvStore store,
      BucketWriters writers,
      ChangelogEncoder encoder,
      Merger merger,
      KvConfig config) {
    this.loop = loop;
    this.clock = clock;
    this.changelog = changelog;
    this.limits = limits;
    this.id = id;
    this.epoch = epoch;
    this.store = store;
    this.writers = writers;
    this.encoder = encoder;
    this.merger = merger;
    this.config = config;
    this.nextOffset = store.offset();
  }

  /** Writes rows; completes once their changes are committed and seen by lookups. */
  CompletableFuture<Upserted> upsert(UpsertRows rows) {
    loop.assertInLoop();
    if (closed || rewinding) {
      return CompletableFuture.failedFuture(
          new ThalwegException(
              closed ? ErrorCode.STALE_OWNER : ErrorCode.OVERLOADED,
              closed
                  ? "bucket " + id + " has another owner now; look it up again"
                  : "bucket " + id + " waits for writes that the log refused; try again shortly"));
    }
    WriterStamp stamp = rows.writer();
    if (stamp.present()) {
      BucketWriters.Verdict verdict = writers.judge(stamp, rows.rowCount());
      if (verdict instanceof BucketWriters.Verdict.Duplicate duplicate) {
        return duplicateOf(duplicate.baseOffset());
      }
      if (verdict instanceof BucketWriters.Verdict.Refuse refuse) {
        return CompletableFuture.failedFuture(
            new ThalwegException(refuse.code(), refuse.message()));
      }
    }
    if (underWayBytes + rows.bytes() > config.underWayMax() && !underWay.isEmpty()) {
      return CompletableFuture.failedFuture(
          new ThalwegException(
              ErrorCode.OVERLOADED,
              "bucket " + id + " has too many writes under way; try again shortly"));
    }
    return merge(rows);
  }

  /** Answers once the write that came first is committed. */
  private CompletableFuture<Upserted> duplicateOf(long baseOffset) {
    for (Uncommitted each : underWay) {
      if (each.baseOffset == baseOffset) {
        return each.answer.thenApply(stored -> new Upserted(baseOffset, true));
      }
    }
    return CompletableFuture.completedFuture(new Upserted(baseOffset, true));
  }

  private CompletableFuture<Upserted> merge(UpsertRows rows) {
    Merger.Result merged;
    EncodedBatch batch = null;
    try {
      merged = merger.merge(rows, store, overlay);
      if (merged.changes().count() > 0) {
        batch = encoder.encode(id, merged.changes(), clock.wallMillis(), rows.writer());
      }
    } catch (ThalwegException refused) {
      return CompletableFuture.failedFuture(refused);
    } catch (KvStoreException unreadable) {
      return CompletableFuture.failedFuture(unavailable(unreadable));
    }
    if (batch == null && !rows.writer().present()) {
      return nothingChanged();
    }
    long base = nextOffset;
    Uncommitted write =
        new Uncommitted(base, base + merged.changes().count(), merged.keys(), merged.values());
    for (int i = 0; i < write.keys.count(); i++) {
      overlay.put(write, i);
    }
    nextOffset = write.endOffset;
    if (rows.writer().present()) {
      writers.accepted(rows.writer(), rows.rowCount(), base, clock.wallMillis(), limits);
    }
    underWay.addLast(write);
    underWayBytes += bytes(write);
    OwnerClaim claim = new OwnerClaim(epoch, base, rows.rowCount());
    loop.handle(
        changelog.append(batch, new OwnedWrite(id, claim, rows.writer())),
        (stored, failure) -> decided(write, stored, failure));
    return write.answer;
  }

  private static long bytes(Uncommitted write) {
    return (long) write.keys.byteCount() + write.values.byteCount();
  }

  /** There is nothing to commit, but what the rows were compared with must be. */
  private CompletableFuture<Upserted> nothingChanged() {
    Upserted nothing = new Upserted(nextOffset, false);
    return underWay.isEmpty()
        ? CompletableFuture.completedFuture(nothing)
        : underWay.getLast().answer.thenApply(before -> nothing);
  }

  private ThalwegException unavailable(KvStoreException failure) {
    return new ThalwegException(
        ErrorCode.UNAVAILABLE,
        "the rows of bucket " + id + " cannot be read at the moment: " + failure.getMessage(),
        failure);
  }

  private void decided(Uncommitted write, Reply.Stored stored, Throwable failure) {
    underWay.remove(write);
    underWayBytes -= bytes(write);
    answer(write, stored, failure);
    if (broken && underWay.isEmpty()) {
      closeStoreIfUnused();
      changelog.broken();
    }
  }

  private void answer(Uncommitted write, Reply.Stored stored, Throwable failure) {
    if (failure == null && !stored.duplicate() && !closed) {
      if (stored.baseOffset() != write.baseOffset || rewinding) {
        throw new IllegalStateException(
            "changes of bucket " + id + " made for offset " + write.baseOffset + ": " + stored);
      }
      apply(write);
      write.answer.complete(new Upserted(write.baseOffset, false));
      return;
    }
    if (failure == null && closed && !stored.duplicate()) {
      // Committed just before the bucket was lost: whoever owns it now finds it in the log.
      write.answer.complete(new Upserted(write.baseOffset, false));
      return;
    }
    write.answer.completeExceptionally(
        failure != null
            ? failure
            : new ThalwegException(
                ErrorCode.INTERNAL,
                "the log of bucket " + id + " knows a write that its owner did not"));
    if (!closed) {
      rewinding = true;
      rewindOnceQuiet();
    }
  }

  private void apply(Uncommitted write) {
    try {
      store.write(write.keys, write.values, write.endOffset);
      overlay.remove(write);
    } catch (KvStoreException failure) {
      // The changes are committed. The rows are opened anew and catch up with the log.
      log.error("bucket {} stops: its rows stay behind the log at {}", id, store.offset(), failure);
      broken = true;
      closed = true;
      overlay.clear();
    }
  }

  private void rewindOnceQuiet() {
    if (!underWay.isEmpty()) {
      return;
    }
    log.info("bucket {} goes back to offset {}: the log refused changes", id, store.offset());
    overlay.clear();
    nextOffset = store.offset();
    loop.handle(
        changelog.writers(id, epoch),
        (known, lost) -> {
          if (known != null && !closed) {
            writers = known;
            rewinding = false;
          }
        });
  }

  /**
   * Looks rows up among the committed ones.
   *
   * @return one for each key, absent where there is none
   */
  BinaryList lookup(BinaryList keys) {
    checkOpen();
    BinaryList values = new BinaryList(keys.count(), 64 * keys.count());
    try {
      store.get(keys, values);
    } catch (KvStoreException unreadable) {
      throw unavailable(unreadable);
    }
    return values;
  }

  /** The files of the committed rows. While it is open the rows' store stays open. */
  KvCheckpoint checkpoint() {
    checkOpen();
    KvCheckpoint made = store.checkpoint();
    readers++;
    return new CountedCheckpoint(made, () -> loop.execute(this::readerClosed));
  }

  /** The committed rows as they are now. While it is open the rows' store stays open. */
  KvView view() {
    checkOpen();
    KvView made = store.view();
    readers++;
    return new CountedView(made, () -> loop.execute(this::readerClosed));
  }

  private void readerClosed() {
    readers--;
    closeStoreIfUnused();
  }

  private void checkOpen() {
    loop.assertInLoop();
    if (closed) {
      throw new ThalwegException(
          ErrorCode.STALE_OWNER, "bucket " + id + " has another owner now; look it up again");
    }
  }

  private void closeStoreIfUnused() {
    if (closed && readers == 0 && !storeClosed) {
      storeClosed = true;
      store.close();
    }
  }

  /** Lets go of the rows. Writes under way are answered when the log has decided. */
  void close() {
    loop.assertInLoop();
    closed = true;
    overlay.clear();
    closeStoreIfUnused();
  }
}
