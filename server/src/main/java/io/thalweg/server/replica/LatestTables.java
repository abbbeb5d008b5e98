package io.thalweg.server.replica;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.state.Catalog;
import io.thalweg.format.schema.TableInfo;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Every table as this server knows it now, for threads other than the server's loop: who holds a
 * {@link TableInfo} for long asks here whether the table has changed. The loop writes, any thread
 * reads.
 */
public final class LatestTables implements Replica.Listener {
  private final Replica replica;
  private final Map<Long, TableInfo> tables = new ConcurrentHashMap<>();

  /** By table id, the last log entry that may have dropped columns. Owned by the loop. */
  private final Map<Long, Long> dropped = new HashMap<>();

  LatestTables(Replica replica) {
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
    } else if (command instanceof Command.DropTable drop && reply instanceof Reply.Done) {
      tables.remove(drop.tableId());
      dropped.remove(drop.tableId());
    }
  }

  @Override
  public void jumped() {
    Catalog catalog = replica.state().catalog();
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
