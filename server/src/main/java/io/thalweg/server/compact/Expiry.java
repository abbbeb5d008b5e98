package io.thalweg.server.compact;

import io.thalweg.coordinator.state.BucketState;
import io.thalweg.coordinator.state.Command;
import io.thalweg.coordinator.state.Run;
import io.thalweg.format.schema.StorageId;
import io.thalweg.format.table.TableOptions;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.context.ServerContext;
import io.thalweg.server.owner.Ticker;
import io.thalweg.server.replica.Proposer;
import io.thalweg.server.replica.Replica;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends records that are older than {@code table.log.ttl}, in the buckets that this server owns: run
 * by run from the log's beginning. It goes by the cluster time at which a run's newest record
 * arrived, which no single server's clock decides. Owned by the server's loop.
 */
public final class Expiry {
  private static final Logger log = LoggerFactory.getLogger(Expiry.class);

  private final EventLoop loop;
  private final Clock clock;
  private final Replica replica;
  private final Proposer proposer;
  private final Ticker ticker;
  private int underWay;

  /** Rests until {@link #open}. */
  public Expiry(ServerContext context, CompactConfig config) {
    this.loop = context.loop();
    this.clock = context.clock();
    this.replica = context.replica();
    this.proposer = context.proposer();
    this.ticker = new Ticker(loop, config.checkInterval(), this::check);
  }

  /** Begins for {@code newIncarnation}. */
  public void open(long newIncarnation) {
    ticker.open(newIncarnation);
  }

  /** Rests. */
  public void close() {
    ticker.close();
  }

  private void check() {
    if (underWay > 0) {
      return;
    }
    for (Command.TrimLog trim : due()) {
      underWay++;
      loop.handle(
          proposer.propose(trim),
          (reply, failure) -> {
            underWay--;
            if (failure != null) {
              log.info("records did not expire, it is tried again: {}", failure.toString());
            }
          });
    }
  }

  private List<Command.TrimLog> due() {
    List<Command.TrimLog> due = new ArrayList<>();
    Map<StorageId, Optional<Duration>> ttls = new HashMap<>();
    replica
        .state()
        .buckets()
        .forEach(
            (id, bucket) -> {
              if (bucket.owner() == ticker.incarnation()) {
                end(bucket, ttls.computeIfAbsent(id.storage(), this::ttl))
                    .ifPresent(
                        to ->
                            due.add(
                                new Command.TrimLog(
                                    id,
                                    ticker.incarnation(),
                                    bucket.ownerEpoch(),
                                    to,
                                    clock.wallMillis())));
              }
            });
    return due;
  }

  private Optional<Duration> ttl(StorageId storage) {
    return replica
        .state()
        .catalog()
        .tableOf(storage)
        .flatMap(table -> TableOptions.from(table.descriptor().properties()).ttl());
  }

  /** The offset after the last run from the beginning that is too old. */
  private Optional<Long> end(BucketState bucket, Optional<Duration> ttl) {
    if (ttl.isEmpty()) {
      return Optional.empty();
    }
    long oldest = replica.state().clusterTimeMillis() - ttl.get().toMillis();
    long end = bucket.log().startOffset();
    // Rows are restored with the log behind their snapshot: that stays.
    long most = bucket.keyed() ? bucket.restorableOffset() : Long.MAX_VALUE;
    List<Run> runs = bucket.log().runs();
    for (int i = 0; i < runs.size(); i++) {
      if (bucket.log().arrivedMillis(i) >= oldest || runs.get(i).endOffset() > most) {
        break;
      }
      end = runs.get(i).endOffset();
    }
    return end > bucket.log().startOffset() ? Optional.of(end) : Optional.empty();
  }
}
