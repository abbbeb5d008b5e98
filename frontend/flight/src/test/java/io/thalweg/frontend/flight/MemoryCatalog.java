package io.thalweg.frontend.flight;

import io.thalweg.format.alter.AlterText;
import io.thalweg.format.alter.Alteration;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.partition.PartitionKey;
import io.thalweg.format.schema.Names;
import io.thalweg.format.schema.Partition;
import io.thalweg.format.schema.StorageId;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.table.BucketKey;
import io.thalweg.format.table.KafkaValues;
import io.thalweg.format.table.LogFormat;
import io.thalweg.format.table.MergeOptions;
import io.thalweg.format.table.PartitionOptions;
import io.thalweg.format.table.TableOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;

/** The databases and tables of a server in memory. Belongs to its loop. */
final class MemoryCatalog {
  private final Map<String, String> databases = new TreeMap<>(Map.of("default", ""));
  private final Map<TablePath, TableInfo> tables = new ConcurrentSkipListMap<>();
  private final List<Runnable> waiting = new ArrayList<>();
  private long nextTableId = 1;
  private long version = 1;

  /** Completes {@code answer} once tables changed since {@code known}, or the time is up. */
  void changed(long known, long nanos, MemoryLoop loop, CompletableFuture<Long> answer) {
    if (known != version || nanos <= 0) {
      answer.complete(version);
      return;
    }
    waiting.add(() -> answer.complete(version));
    loop.loop().schedule(nanos, () -> answer.complete(version));
  }

  private void changed() {
    version++;
    waiting.forEach(Runnable::run);
    waiting.clear();
  }

  void createDatabase(String name, String comment) {
    Names.checkObject("database", name);
    if (databases.putIfAbsent(name, comment) != null) {
      throw new ThalwegException(ErrorCode.DATABASE_EXISTS, "database " + name + " exists already");
    }
  }

  void dropDatabase(String name) {
    Names.checkObject("database", name);
    if (name.equals("default")) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST, "database 'default' is always there and cannot be dropped");
    }
    database(name);
    if (tables.keySet().stream().anyMatch(path -> path.database().equals(name))) {
      throw new ThalwegException(
          ErrorCode.DATABASE_NOT_EMPTY, "database " + name + " has tables; drop them first");
    }
    databases.remove(name);
  }

  private void database(String name) {
    if (!databases.containsKey(name)) {
      throw new ThalwegException(
          ErrorCode.DATABASE_NOT_FOUND, "there is no database " + name + "; create it first");
    }
  }

  Map<String, String> databases() {
    return new TreeMap<>(databases);
  }

  private void free(TablePath path) {
    for (TablePath each : TablePath.ofFullName(path.fullName())) {
      if (tables.containsKey(each)) {
        throw new ThalwegException(
            ErrorCode.TABLE_EXISTS,
            "table " + each + ", which is '" + path.fullName() + "' too, exists already");
      }
    }
  }

  TableInfo createTable(TablePath path, TableDescriptor descriptor, long nowMillis) {
    database(path.database());
    free(path);
    TableOptions.from(descriptor.properties());
    LogFormat.check(descriptor);
    KafkaValues.check(descriptor);
    BucketKey.check(descriptor);
    MergeOptions.from(descriptor.schema(), descriptor.properties());
    PartitionOptions.from(descriptor);
    TableInfo info =
        TableInfo.created(nextTableId++, new StorageId(nextTableId++), path, descriptor, nowMillis);
    tables.put(path, info);
    changed();
    return info;
  }

  TableInfo alterTable(TablePath path, OptionalInt ifSchemaId, String changes) {
    TableInfo info = find(path);
    int schemaId = info.schema().schemaId();
    if (ifSchemaId.orElse(schemaId) != schemaId) {
      throw new ThalwegException(
          ErrorCode.SCHEMA_CHANGED, "table " + path + " has schema " + schemaId + "; read it anew");
    }
    TableInfo altered = Alteration.apply(info, AlterText.parse(changes));
    database(altered.path().database());
    tables.remove(path);
    try {
      free(altered.path());
    } catch (ThalwegException taken) {
      tables.put(path, info);
      throw taken;
    }
    tables.put(altered.path(), altered);
    changed();
    return altered;
  }

  /** Makes a partition that is not there; gives the table with it. */
  TableInfo createPartition(TableInfo table, List<String> values, long nowMillis) {
    PartitionKey.of(table.descriptor()).check(values);
    int number = table.partitions().next();
    Partition made = new Partition(number, values, new StorageId(nextTableId++), nowMillis);
    TableInfo with = table.with(table.partitions().with(made));
    tables.put(with.path(), with);
    return with;
  }

  /** Drops a partition; gives the table without it. */
  TableInfo dropPartition(TableInfo table, int number) {
    TableInfo without = table.with(table.partitions().without(number));
    tables.put(without.path(), without);
    return without;
  }

  /** Any thread. */
  TableInfo latest(TableInfo known) {
    return tables.values().stream()
        .filter(table -> table.tableId() == known.tableId())
        .findFirst()
        .orElse(known);
  }

  /** Gives what the table was. */
  TableInfo dropTable(TablePath path) {
    TableInfo info = find(path);
    tables.remove(path);
    changed();
    return info;
  }

  TableInfo find(TablePath path) {
    TableInfo info = tables.get(path);
    if (info == null) {
      throw new ThalwegException(
          ErrorCode.TABLE_NOT_FOUND, "there is no table " + path + "; create it first");
    }
    return info;
  }

  TableInfo find(long tableId) {
    return tables.values().stream()
        .filter(table -> table.tableId() == tableId)
        .findFirst()
        .orElseThrow(
            () ->
                new ThalwegException(ErrorCode.TABLE_NOT_FOUND, "no table has the id " + tableId));
  }

  /** Whether there is a database. */
  boolean has(String database) {
    return databases.containsKey(database);
  }

  /** Refuses a table that was dropped, though another may have its name. */
  void check(TableInfo table) {
    if (find(table.path()).tableId() != table.tableId()) {
      throw dropped();
    }
  }

  /** The table whose bytes are there. */
  TableInfo of(StorageId storage) {
    return tables.values().stream()
        .filter(
            table ->
                table.storage().equals(storage) || table.partitions().find(storage).isPresent())
        .findFirst()
        .orElseThrow(MemoryCatalog::dropped);
  }

  private static ThalwegException dropped() {
    return new ThalwegException(ErrorCode.TABLE_NOT_FOUND, "the table was dropped");
  }

  List<TableInfo> tables(String database) {
    database(database);
    return tables.values().stream()
        .filter(info -> info.path().database().equals(database))
        .toList();
  }
}
