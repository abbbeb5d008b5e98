package io.thalweg.coordinator.state;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.format.schema.Partition;
import io.thalweg.format.schema.TableInfo;
import java.util.List;
import java.util.Optional;

/**
 * Makes, changes and drops tables and partitions, with their buckets. Serves one call on its {@link
 * ClusterState}.
 */
final class TableChanges {
  private final ClusterState state;
  private final Catalog catalog;
  private final Limits limits;

  TableChanges(ClusterState state, Limits limits) {
    this.state = state;
    this.catalog = state.catalog();
    this.limits = limits;
  }

  Reply createTable(Command.CreateTable create) {
    TableInfo table =
        catalog.createTable(create.path(), create.descriptor(), state.clusterTimeMillis(), limits);
    state.addBuckets(table, table.buckets());
    return new Reply.TableCreated(table);
  }

  Reply dropTable(Command.DropTable drop) {
    TableInfo table = catalog.dropTable(drop.path(), drop.tableId());
    state.removeBuckets(table, table.buckets());
    state.forgetNumbers(table);
    return new Reply.Done();
  }

  Reply alterTable(Command.AlterTable alter) {
    int before = catalog.table(alter.tableId()).map(each -> each.buckets().size()).orElse(0);
    TableInfo table =
        catalog.alterTable(alter.tableId(), alter.ifSchemaId(), alter.changes(), limits);
    List<Integer> buckets = table.buckets();
    state.addBuckets(table, buckets.subList(before, buckets.size()));
    state.tellOf(table);
    return new Reply.TableAltered(table);
  }

  Reply createPartition(Command.CreatePartition create) {
    TableInfo before = catalog.partitioned(create.tableId());
    Optional<Partition> known = before.partitions().find(create.values());
    if (known.isPresent()) {
      return new Reply.PartitionCreated(create.tableId(), known.get(), true);
    }
    Partition partition =
        catalog.createPartition(before, create.values(), state.clusterTimeMillis(), limits);
    TableInfo table = catalog.table(create.tableId()).orElseThrow();
    state.addBuckets(table, table.bucketsOf(partition));
    return new Reply.PartitionCreated(create.tableId(), partition, false);
  }

  Reply dropPartition(Command.DropPartition drop) {
    TableInfo table = catalog.partitioned(drop.tableId());
    Partition dropped = catalog.dropPartition(table, drop.number());
    state.removeBuckets(table, table.bucketsOf(dropped));
    return new Reply.Done();
  }
}
