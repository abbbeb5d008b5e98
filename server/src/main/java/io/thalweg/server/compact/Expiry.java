package io.thalweg.server.compact;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.state.BucketState;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.table.TableOptions;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.context.ServerContext;
import io.thalweg.server.owner.Ticker;
import io.thalweg.server.replica.Proposer;
import io.thalweg.server.replica.Replica;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends records that are older than {@code table.log.ttl}, in the buckets that this server owns: run
 * by run from the log's beginning. A run's age counts from the cluster time at which its newest
 * record arrived; no single server's clock decides that. Owned by the server's loop.
 */
public final class Expiry {
  private static final Logger log = LoggerFactory.getLogger(Expiry.class);
  private static final int MOST_UNDER_WAY = 64;

  private final EventLoop loop;
  private final Clock clock;
  private final Replica replica;
  private final Proposer proposer;
  private final DueBuckets due;
  private final Ticker ticker;
  private final long restNanos;
  private int underWay;

  /** Rests until {@link #open}. */
  public Expiry(ServerContext context, CompactConfig config) {
    this.loop = context.loop();
    this.clock = context.clock();
    this.replica = context.replica();
    this.proposer = context.proposer();
    this.due = new DueBuckets(loop, replica, BucketPlan::endDueMillis);
    this.ticker = new Ticker(loop, config.checkInterval(), this::check);
    this.restNanos = config.checkInterval().toNanos();
  }

  /** Begins for {@code newIncarnation}. */
  public void open(long newIncarnation) {
    due.open(newIncarnation);
    ticker.open(newIncarnation);
  }

  /** Rests. */
  public void close() {
    ticker.close();
    due.close();
  }

  private void check() {
    while (underWay < MOST_UNDER_WAY && ticker.incarnation() != 0) {
      Optional<TableBucket> id = due.take();
      if (id.isEmpty()) {
        return;
      }
      replica.state().bucket(id.get()).ifPresent(bucket -> trim(id.get(), bucket));
    }
  }

  private void trim(TableBucket id, BucketState bucket) {
    OptionalLong end =
        replica
            .state()
            .catalog()
            .tableOf(id.storage())
            .map(table -> TableOptions.from(table.descriptor().properties()))
            .map(options -> BucketPlan.end(bucket, options, replica.state().clusterTimeMillis()))
            .orElse(OptionalLong.empty());
    if (end.isEmpty()) {
      return;
    }
    underWay++;
    loop.handle(
        proposer.propose(
            new Command.TrimLog(
                id,
                ticker.incarnation(),
                bucket.ownerEpoch(),
                end.getAsLong(),
                clock.wallMillis())),
        (reply, failure) -> {
          underWay--;
          if (failure != null) {
            log.info("records did not expire, it is tried again: {}", failure.toString());
            due.rest(id, restNanos);
          } else {
            check();
          }
        });
  }
}
