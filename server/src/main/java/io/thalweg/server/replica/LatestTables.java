package io.thalweg.server.replica;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.state.Catalog;
import io.thalweg.format.schema.TableInfo;
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

  LatestTables(Replica replica) {
    this.replica = replica;
  }

  @Override
  public void applied(Command command, Reply reply) {
    if (reply instanceof Reply.TableCreated created) {
      tables.put(created.table().tableId(), created.table());
    } else if (reply instanceof Reply.TableAltered altered) {
      tables.put(altered.table().tableId(), altered.table());
    } else if (command instanceof Command.DropTable drop && reply instanceof Reply.Done) {
      tables.remove(drop.tableId());
    }
  }

  @Override
  public void jumped() {
    Catalog catalog = replica.state().catalog();
    tables.keySet().removeIf(id -> catalog.table(id).isEmpty());
    for (String database : catalog.databases().keySet()) {
      catalog.tables(database).forEach(table -> tables.put(table.tableId(), table));
    }
  }

  /** The table as it is now, if there is still one with its id; else {@code known} itself. */
  public TableInfo latest(TableInfo known) {
    return tables.getOrDefault(known.tableId(), known);
  }
}
