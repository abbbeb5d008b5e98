package io.thalweg.server.partition;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.state.Catalog;
import io.thalweg.coordinator.state.ClusterState;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.partition.PartitionTimes;
import io.thalweg.format.schema.Partition;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.context.ServerContext;
import io.thalweg.server.owner.Ticker;
import io.thalweg.server.replica.Proposer;
import io.thalweg.server.replica.Replica;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Proposes to make and to drop the partitions of tables with {@code table.auto-partition.enabled}.
 * The server with the lowest open incarnation does this for the whole cluster. Cluster time decides
 * what is due. A partition that a scan has pinned is dropped once the pin is gone. Owned by the
 * server's loop.
 */
public final class AutoPartitioner implements Replica.Listener {
  private static final Logger log = LoggerFactory.getLogger(AutoPartitioner.class);

  /** Most commands that are under way at a time. */
  private static final int MOST_UNDER_WAY = 16;

  private final EventLoop loop;
  private final Clock clock;
  private final Replica replica;
  private final Proposer proposer;
  private final Ticker ticker;

  /** By table id, the tables with automatic partitions. */
  private final Map<Long, PartitionTimes> tables = new TreeMap<>();

  private int underWay;

  /** Rests until {@link #open}. */
  public AutoPartitioner(ServerContext context, Duration interval) {
    this.loop = context.loop();
    this.clock = context.clock();
    this.replica = context.replica();
    this.proposer = context.proposer();
    this.ticker = new Ticker(loop, interval, this::check);
    replica.listen(this);
  }

  /** Begins for {@code newIncarnation}. */
  public void open(long newIncarnation) {
    ticker.open(newIncarnation);
  }

  /** Rests. */
  public void close() {
    ticker.close();
  }

  @Override
  public void applied(Command command, Reply reply) {
    if (reply instanceof Reply.TableCreated created) {
      look(created.table());
    } else if (reply instanceof Reply.TableAltered altered) {
      look(altered.table());
    } else if (command instanceof Command.DropTable drop && reply instanceof Reply.Done) {
      tables.remove(drop.tableId());
    }
  }

  private void look(TableInfo table) {
    tables.remove(table.tableId());
    try {
      PartitionTimes.of(table.descriptor()).ifPresent(times -> tables.put(table.tableId(), times));
    } catch (ThalwegException unusable) {
      // Made on a JVM that knew this zone.
      log.warn("table {} gets no automatic partitions here", table.path(), unusable);
    }
  }

  @Override
  public void jumped() {
    tables.clear();
    Catalog catalog = replica.state().catalog();
    for (String database : catalog.databases().keySet()) {
      catalog.tables(database).forEach(this::look);
    }
  }

  private void check() {
    ClusterState state = replica.state();
    boolean mine =
        state.incarnations().open().stream()
            .allMatch(each -> each.number() >= ticker.incarnation());
    if (!mine || tables.isEmpty() || state.clusterTimeMillis() == 0) {
      return;
    }
    tables.forEach(
        (id, times) -> state.catalog().table(id).ifPresent(table -> check(state, table, times)));
  }

  private void check(ClusterState state, TableInfo table, PartitionTimes times) {
    long now = state.clusterTimeMillis();
    for (List<String> values : times.due(table.partitions(), now)) {
      propose(new Command.CreatePartition(table.tableId(), values, clock.wallMillis()));
    }
    for (Partition old : times.expired(table.partitions(), now)) {
      if (!isPinned(state, table, old)) {
        propose(new Command.DropPartition(table.tableId(), old.number(), clock.wallMillis()));
      }
    }
  }

  private static boolean isPinned(ClusterState state, TableInfo table, Partition partition) {
    return state.pins().open().values().stream()
        .anyMatch(
            pin ->
                IntStream.range(0, table.bucketCount())
                    .anyMatch(place -> pin.from().containsKey(partition.bucket(place))));
  }

  private void propose(Command command) {
    if (underWay >= MOST_UNDER_WAY) {
      return; // the next check finds it due again
    }
    underWay++;
    loop.handle(
        proposer.propose(command),
        (reply, failure) -> {
          underWay--;
          if (failure != null) {
            log.info("{} was not done, it is tried again: {}", command, failure.toString());
          }
        });
  }
}
