package io.thalweg.server.kv;

import io.thalweg.coordinator.state.BucketState;
import io.thalweg.format.kv.KvObject;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.context.ServerContext;
import io.thalweg.server.kv.restore.ChangelogReplay;
import io.thalweg.server.kv.restore.RestoreFailedException;
import io.thalweg.server.kv.restore.RowsOpening;
import io.thalweg.server.kv.rows.KvRules;
import io.thalweg.server.kv.store.KvStore;
import io.thalweg.server.read.Fetcher;
import io.thalweg.server.replica.CurrentReads;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the rows of owned buckets complete: asks the coordinator what is current, opens the rows,
 * replays the log, and retries what fails, until the bucket is served or lost. Owned by the
 * server's loop.
 */
final class BucketOpener {
  private static final Logger log = LoggerFactory.getLogger(BucketOpener.class);

  /** How often the wait before a retry doubles: up to 1.6 s. */
  private static final int MOST_DOUBLINGS = 3;

  /** The same where the snapshot is known to be damaged: up to about half a minute. */
  private static final int BAD_DOUBLINGS = 7;

  private static final long RETRY_NANOS = Duration.ofMillis(200).toNanos();

  private final EventLoop loop;
  private final ServerContext context;
  private final CurrentReads current;
  private final RowsOpening rows;
  private final ChangelogReplay replay;
  private final KvRules rules;
  private final Outcome outcome;
  private int opening;
  private long damages;

  /** Hears, on the server's loop, what became of buckets. */
  interface Outcome {
    /** The rows are complete; the listener closes {@code store}, on the bucket's rows loop. */
    void complete(OwnedBucket bucket, KvStore store);

    /** The bucket's snapshot is damaged: its files must not become part of the next one. */
    void badSnapshot(TableBucket bucket);
  }

  /** Opens nothing yet. */
  BucketOpener(
      ServerContext context, KvContext kv, CurrentReads current, Fetcher fetcher, Outcome outcome) {
    this.loop = context.loop();
    this.context = context;
    this.current = current;
    this.rows = new RowsOpening(context, kv.stores(), kv.files(), kv.config().restoreLag());
    this.replay = new ChangelogReplay(context, fetcher, kv.rules());
    this.rules = kv.rules();
    this.outcome = outcome;
  }

  /** Opens the rows of a bucket that this server owns from now on. */
  void open(OwnedBucket bucket) {
    opening++;
    advance(bucket);
  }

  /** Opens rows anew, after a short wait. */
  void openSoon(OwnedBucket bucket) {
    bucket.rest(RETRY_NANOS);
    open(bucket);
  }

  /** Whether rows are being opened, also of lost buckets: that ends by itself. */
  boolean isBusy() {
    return opening > 0;
  }

  /** Does what a bucket's state asks for. Each step ends here, or with the rows complete. */
  private void advance(OwnedBucket bucket) {
    switch (bucket.state()) {
      case AWAITING -> awaitCurrent(bucket);
      case OPENING -> openRows(bucket);
      case RESTING -> rest(bucket);
      case SERVING, LOST -> opening--;
    }
  }

  private void step(OwnedBucket bucket, OwnedBucket.State next) {
    bucket.step(next);
    advance(bucket);
  }

  /**
   * Waits until this server knows everything that was committed before: the feed may not yet have
   * brought what this incarnation itself appended in this epoch.
   */
  private void awaitCurrent(OwnedBucket bucket) {
    if (rules.servesBehindLog()) {
      step(bucket, OwnedBucket.State.OPENING);
      return;
    }
    loop.handle(
        current.current(),
        (now, failure) -> {
          if (failure != null) {
            log.info("the rows of bucket {} wait for the coordinator", bucket.id(), failure);
            restAndAdvance(bucket, RETRY_NANOS);
          } else {
            step(bucket, OwnedBucket.State.OPENING);
          }
        });
  }

  private void rest(OwnedBucket bucket) {
    loop.schedule(bucket.restNanos(), () -> step(bucket, OwnedBucket.State.AWAITING));
  }

  private void restAndAdvance(OwnedBucket bucket, long nanos) {
    bucket.rest(nanos);
    advance(bucket);
  }

  private void openRows(OwnedBucket bucket) {
    BucketState state = context.replica().state().bucket(bucket.id()).orElseThrow();
    loop.handle(
        rows.open(bucket.id(), bucket.local(), bucket.suspicion(), bucket.discards(), state),
        (made, failure) -> {
          if (failure != null) {
            openFailed(bucket, failure);
          } else {
            bucket.opened(made.restoredFrom());
            replay(bucket, made.store());
          }
        });
  }

  private void replay(OwnedBucket bucket, KvStore store) {
    long since = context.clock().nanoTime();
    long from = store.offset();
    replay.run(
        bucket.table(),
        bucket.id(),
        bucket.rowsLoop(),
        store,
        bucket::isLost,
        end -> {
          switch (end) {
            case COMPLETE -> complete(bucket, store, since, from);
            case LOST, LOG_BEGINS_LATER -> openAnew(bucket, store);
            case DAMAGED -> {
              bucket.restoredFrom().ifPresent(manifest -> suspect(bucket, manifest));
              bucket.discardNext();
              openAnew(bucket, store);
            }
          }
        });
  }

  private void complete(OwnedBucket bucket, KvStore store, long since, long from) {
    long end = context.replica().state().bucket(bucket.id()).orElseThrow().log().endOffset();
    outcome.complete(bucket, store);
    log.info(
        "bucket {} is served in epoch {}: {} changes replayed in {} ms",
        bucket.id(),
        bucket.epoch(),
        end - from,
        (context.clock().nanoTime() - since) / 1_000_000);
    advance(bucket);
  }

  private void openAnew(OwnedBucket bucket, KvStore store) {
    bucket
        .rowsLoop()
        .execute(
            () -> {
              store.close();
              loop.execute(() -> step(bucket, OwnedBucket.State.AWAITING));
            });
  }

  /**
   * Retries after a growing wait. It is longest where only a damaged snapshot is left, which seldom
   * mends by itself.
   */
  private void openFailed(OwnedBucket bucket, Throwable failure) {
    boolean restoring = failure instanceof RestoreFailedException;
    KvObject manifest = restoring ? ((RestoreFailedException) failure).manifest() : null;
    boolean bad = restoring && bucket.suspicion().isBad(manifest);
    int before = bucket.failed();
    long wait = RETRY_NANOS << Math.min(before, bad ? BAD_DOUBLINGS : MOST_DOUBLINGS);
    if (before == 0) {
      log.error("the rows of bucket {} cannot be opened; trying again", bucket.id(), failure);
    } else {
      log.warn(
          "the rows of bucket {} cannot be opened, {} times by now; again in {} ms: {}",
          bucket.id(),
          bucket.failures(),
          wait / 1_000_000,
          failure.toString());
    }
    if (restoring && ((RestoreFailedException) failure).damaged()) {
      suspect(bucket, manifest);
    }
    restAndAdvance(bucket, wait);
  }

  private void suspect(OwnedBucket bucket, KvObject manifest) {
    boolean known = bucket.suspicion().isBad(manifest);
    bucket.suspect(manifest);
    if (!known && bucket.suspicion().isBad(manifest)) {
      outcome.badSnapshot(bucket.id());
      log.error(
          "the row snapshot {} of bucket {} is damaged ({} damaged snapshots and local stores since"
              + " the start); its rows are made from the log where that reaches back",
          manifest.key(),
          bucket.id(),
          ++damages);
    }
  }

  /** The local rows of a served bucket are damaged; the caller opens them anew. */
  void damaged(OwnedBucket bucket, Throwable what) {
    log.error(
        "the local rows of bucket {} are damaged ({} damaged snapshots and local stores since the"
            + " start); they are thrown away and made anew",
        bucket.id(),
        ++damages,
        what);
    bucket.restoredFrom().ifPresent(manifest -> suspect(bucket, manifest));
  }
}
