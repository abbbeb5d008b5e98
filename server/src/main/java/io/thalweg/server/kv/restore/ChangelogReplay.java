package io.thalweg.server.kv.restore;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.context.ServerContext;
import io.thalweg.server.kv.rows.ChangelogApplier;
import io.thalweg.server.kv.rows.KvRules;
import io.thalweg.server.kv.store.KvStore;
import io.thalweg.server.kv.store.KvStoreException;
import io.thalweg.server.read.Fetcher;
import io.thalweg.server.replica.Replica;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.arrow.memory.BufferAllocator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the rows of buckets complete from their logs. Owned by the server's loop; it touches the
 * rows on the bucket's rows loop.
 */
public final class ChangelogReplay {
  private static final Logger log = LoggerFactory.getLogger(ChangelogReplay.class);
  private static final int REPLAY_BYTES = 8 << 20;
  private static final long RETRY_NANOS = Duration.ofMillis(200).toNanos();

  private final EventLoop loop;
  private final Replica replica;
  private final Fetcher fetcher;
  private final BufferAllocator allocator;
  private final KvRules rules;

  /** How a replay ended. */
  public enum End {
    /** The rows have all changes. */
    COMPLETE,
    /** The caller no longer wants the rows. */
    LOST,
    /** The changes that come next have expired; a later snapshot has them. */
    LOG_BEGINS_LATER,
    /** The rows cannot be read or written any more. */
    DAMAGED
  }

  /** Replays logs as {@code fetcher} reads them. */
  public ChangelogReplay(ServerContext context, Fetcher fetcher, KvRules rules) {
    this.loop = context.loop();
    this.replica = context.replica();
    this.fetcher = fetcher;
    this.allocator = context.allocator();
    this.rules = rules;
  }

  /** One bucket's replay. */
  private record Replay(
      TableBucket id,
      EventLoop rowsLoop,
      KvStore store,
      ChangelogApplier applier,
      BooleanSupplier lost,
      Consumer<End> then) {}

  /**
   * Applies a bucket's log to {@code store} from the store's offset on, a piece at a time. It
   * retries what may succeed later, until {@code lost}.
   *
   * @param rowsLoop owns {@code store}
   */
  public void run(
      TableInfo table,
      TableBucket id,
      EventLoop rowsLoop,
      KvStore store,
      BooleanSupplier lost,
      Consumer<End> then) {
    ChangelogApplier applier = new ChangelogApplier(table, replica.tables()::latest, allocator);
    next(new Replay(id, rowsLoop, store, applier, lost, then));
  }

  private void next(Replay replay) {
    if (replay.lost.getAsBoolean()) {
      replay.then.accept(End.LOST);
      return;
    }
    long end = replica.state().bucket(replay.id).orElseThrow().log().endOffset();
    replay.rowsLoop.execute(
        () -> {
          long offset = rules.replayFrom(replay.store.offset(), end);
          loop.execute(() -> fetch(replay, offset, end));
        });
  }

  private void fetch(Replay replay, long offset, long end) {
    if (replay.lost.getAsBoolean()) {
      replay.then.accept(End.LOST);
    } else if (offset >= end) {
      replay.then.accept(End.COMPLETE);
    } else {
      loop.handle(
          fetcher.fetch(new FetchRequest(replay.id, offset, REPLAY_BYTES, 0)),
          (fetched, failure) -> {
            if (failure instanceof ThalwegException gone
                && gone.code() == ErrorCode.OFFSET_OUT_OF_RANGE) {
              log.info("the log of bucket {} begins after {} now; opened anew", replay.id, offset);
              replay.then.accept(End.LOG_BEGINS_LATER);
            } else if (failure != null) {
              log.warn("replaying bucket {} from {}; trying again", replay.id, offset, failure);
              loop.schedule(RETRY_NANOS, () -> next(replay));
            } else {
              replay.rowsLoop.execute(() -> apply(replay, fetched));
            }
          });
    }
  }

  private void apply(Replay replay, Fetched fetched) {
    try (fetched) {
      replay.applier.apply(fetched, replay.store);
    } catch (KvStoreException failure) {
      log.error("the rows of bucket {} take no changes", replay.id, failure);
      loop.schedule(
          RETRY_NANOS,
          () -> {
            if (failure.damaged()) {
              replay.then.accept(End.DAMAGED);
            } else {
              next(replay);
            }
          });
      return;
    } catch (RuntimeException failure) {
      log.error("the changelog of bucket {} cannot be applied; trying again", replay.id, failure);
      loop.schedule(RETRY_NANOS, () -> next(replay));
      return;
    }
    loop.execute(() -> next(replay));
  }
}
