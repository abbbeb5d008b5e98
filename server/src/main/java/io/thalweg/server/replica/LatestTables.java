package io.thalweg.server.replica;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.state.Catalog;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.runtime.EventLoop;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Every table as this server knows it now, for threads other than the server's loop: who holds a
 * {@link TableInfo} for long asks here whether the table has changed. The loop writes, any thread
 * reads.
 */
public final class LatestTables implements Replica.Listener {
  private final EventLoop loop;
  private final Replica replica;
  private final Map<Long, TableInfo> tables = new ConcurrentHashMap<>();

  /** By table id, the last log entry that may have dropped columns. Owned by the loop. */
  private final Map<Long, Long> dropped = new HashMap<>();

  /** By table id, who waits for other partitions. Owned by the loop. */
  private final Map<Long, List<CompletableFuture<Void>>> waiting = new HashMap<>();

  LatestTables(EventLoop loop, Replica replica) {
    this.loop = loop;
    this.replica = replica;
  }

  @Override
  public void applied(Command command, Reply reply) {
    if (reply instanceof Reply.TableCreated created) {
      tables.put(created.table().tableId(), created.table());
    } else if (reply instanceof Reply.TableAltered altered) {
      TableInfo before = tables.put(altered.table().tableId(), altered.table());
      if (before != null && !altered.table().schema().keepsAllOf(before.schema())) {
        dropped.put(before.tableId(), replica.state().appliedIndex());
      }
    } else if (command instanceof Command.CreatePartition create
        && reply instanceof Reply.PartitionCreated) {
      repartitioned(create.tableId());
    } else if (command instanceof Command.DropPartition drop && reply instanceof Reply.Done) {
      repartitioned(drop.tableId());
    } else if (command instanceof Command.DropTable drop && reply instanceof Reply.Done) {
      tables.remove(drop.tableId());
      dropped.remove(drop.tableId());
      wake(drop.tableId());
    }
  }

  private void repartitioned(long tableId) {
    tables.put(tableId, replica.state().catalog().table(tableId).orElseThrow());
    wake(tableId);
  }

  private void wake(long tableId) {
    List<CompletableFuture<Void>> woken = waiting.remove(tableId);
    if (woken != null) {
      woken.forEach(each -> each.complete(null));
    }
  }

  /**
   * Completes once the table's partitions are others than {@code known} has, or the table is gone,
   * or after {@code mostNanos}. On the server's loop.
   */
  public CompletableFuture<Void> repartitioned(TableInfo known, long mostNanos) {
    CompletableFuture<Void> changed = new CompletableFuture<>();
    TableInfo now = tables.get(known.tableId());
    if (now == null || !now.partitions().equals(known.partitions())) {
      changed.complete(null);
      return changed;
    }
    waiting.computeIfAbsent(known.tableId(), none -> new ArrayList<>()).add(changed);
    var unused =
        loop.schedule(
            mostNanos,
            () -> {
              List<CompletableFuture<Void>> mine = waiting.get(known.tableId());
              if (mine != null && mine.removeIf(each -> each == changed)) {
                if (mine.isEmpty()) {
                  waiting.remove(known.tableId());
                }
                changed.complete(null);
              }
            });
    return changed;
  }

  @Override
  public void jumped() {
    Catalog catalog = replica.state().catalog();
    List.copyOf(waiting.keySet()).forEach(this::wake);
    tables.keySet().removeIf(id -> catalog.table(id).isEmpty());
    for (String database : catalog.databases().keySet()) {
      for (TableInfo table : catalog.tables(database)) {
        tables.put(table.tableId(), table);
        if (table.schemas().all().stream().anyMatch(each -> !table.schema().keepsAllOf(each))) {
          dropped.put(table.tableId(), replica.state().appliedIndex());
        }
      }
    }
  }

  /**
   * The last log entry that may have dropped columns of the table, as far as this server knows; 0
   * if none did. On the server's loop.
   */
  public long droppedColumns(TableInfo table) {
    return dropped.getOrDefault(table.tableId(), 0L);
  }

  /** The table as it is now, if there is still one with its id; else {@code known} itself. */
  public TableInfo latest(TableInfo known) {
    return tables.getOrDefault(known.tableId(), known);
  }
}
