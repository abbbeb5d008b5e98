package io.thalweg.coordinator.state;

import io.thalweg.format.alter.AlterText;
import io.thalweg.format.alter.Alteration;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import io.thalweg.format.partition.PartitionKey;
import io.thalweg.format.schema.Names;
import io.thalweg.format.schema.Partition;
import io.thalweg.format.schema.Partitions;
import io.thalweg.format.schema.StorageId;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Databases and tables. Owned by the {@link ClusterState} that holds it. */
public final class Catalog {
  private static final int MAX_COMMENT = TableDescriptor.MAX_TEXT;

  /** How many numbers of partitions are skipped where a log goes on from a backup. */
  private static final int PARTITION_JUMP = 10_000;

  private final TreeMap<String, String> databases = new TreeMap<>();
  private final TreeMap<TablePath, TableInfo> tables = new TreeMap<>();
  private final TreeMap<Long, TableInfo> byId = new TreeMap<>();
  private final TreeMap<StorageId, Long> byStorage = new TreeMap<>();

  /** The next id of a table or a storage. */
  private long nextId = 1;

  private int buckets;

  Catalog() {
    databases.put(TablePath.DEFAULT_DATABASE, "");
  }

  /** Names and comments of all databases. */
  public SortedMap<String, String> databases() {
    return Collections.unmodifiableSortedMap(databases);
  }

  /** The tables of a database, by name. */
  public List<TableInfo> tables(String database) {
    return tables.values().stream()
        .filter(table -> table.path().database().equals(database))
        .toList();
  }

  /** Every table, by id. */
  Collection<TableInfo> all() {
    return Collections.unmodifiableCollection(byId.values());
  }

  /** The table of that name. */
  public Optional<TableInfo> table(TablePath path) {
    return Optional.ofNullable(tables.get(path));
  }

  /** The table with that id. */
  public Optional<TableInfo> table(long tableId) {
    return Optional.ofNullable(byId.get(tableId));
  }

  /** The table whose bytes the storage holds. */
  public Optional<TableInfo> tableOf(StorageId storage) {
    Long tableId = byStorage.get(storage);
    return tableId == null ? Optional.empty() : table(tableId);
  }

  /** A bucket's name in messages. */
  public String name(TableBucket bucket) {
    return tableOf(bucket.storage())
        .map(table -> "bucket " + table.number(bucket) + " of " + table.path())
        .orElse("bucket " + bucket.bucket() + " of a table or partition that was dropped");
  }

  void createDatabase(String name, String comment, Limits limits) {
    Names.checkObject("database", name);
    if (databases.containsKey(name)) {
      throw new ThalwegException(
          ErrorCode.DATABASE_EXISTS, "database '" + name + "' exists already");
    }
    if (databases.size() >= limits.databases()) {
      throw limit("databases", limits.databases());
    }
    if (comment.length() > MAX_COMMENT) {
      throw new ThalwegException(
          ErrorCode.TOO_LARGE, "a comment has at most " + MAX_COMMENT + " characters");
    }
    databases.put(name, comment);
  }

  void dropDatabase(String name) {
    requireDatabase(name);
    if (name.equals(TablePath.DEFAULT_DATABASE)) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST,
          "database '"
              + name
              + "' cannot be dropped: tables without a database are in it; drop its tables instead");
    }
    int left = tables(name).size();
    if (left > 0) {
      throw new ThalwegException(
          ErrorCode.DATABASE_NOT_EMPTY,
          "database '" + name + "' still has " + left + " table(s); drop them first");
    }
    databases.remove(name);
  }

  private void requireDatabase(String name) {
    if (!databases.containsKey(name)) {
      throw new ThalwegException(
          ErrorCode.DATABASE_NOT_FOUND, "there is no database '" + name + "'");
    }
  }

  /** Refuses a path that another table than {@code tableId} has, or its full name. */
  private void requireFree(TablePath path, long tableId) {
    requireDatabase(path.database());
    if (tables.containsKey(path)) {
      throw new ThalwegException(ErrorCode.TABLE_EXISTS, "table '" + path + "' exists already");
    }
    for (TablePath each : TablePath.ofFullName(path.fullName())) {
      TableInfo other = tables.get(each);
      if (other != null && other.tableId() != tableId) {
        throw new ThalwegException(
            ErrorCode.TABLE_EXISTS,
            "table '%s' would be '%s' to Kafka's clients and in rules of access, which table '%s' is already; choose another name"
                .formatted(path, path.fullName(), each));
      }
    }
  }

  TableInfo createTable(TablePath path, TableDescriptor descriptor, long nowMillis, Limits limits) {
    requireFree(path, 0);
    if (tables.size() >= limits.tables()) {
      throw limit("tables", limits.tables());
    }
    if (descriptor.partitionKey().isEmpty()) {
      checkBuckets(descriptor, limits);
    }
    long tableId = nextId++;
    TableInfo table =
        TableInfo.created(tableId, new StorageId(nextId++), path, descriptor, nowMillis);
    add(table);
    return table;
  }

  /**
   * Skips {@code count} ids, and numbers of partitions: readers may know some that were given out
   * after the backup.
   */
  void skipTableIds(long count, long least, long timeline) {
    nextId = Math.max(nextId + count, least);
    for (TableInfo table : List.copyOf(byId.values())) {
      if (table.isPartitioned()) {
        int from = (int) Math.min(Integer.MAX_VALUE, timeline * PARTITION_JUMP);
        replace(table, table.with(table.partitions().skip(PARTITION_JUMP, from)));
      }
    }
  }

  private void add(TableInfo table) {
    tables.put(table.path(), table);
    byId.put(table.tableId(), table);
    byStorage.put(table.storage(), table.tableId());
    table.partitions().all().forEach(each -> byStorage.put(each.storage(), table.tableId()));
    buckets += table.buckets().size();
  }

  private void checkBuckets(TableDescriptor descriptor, Limits limits) {
    if (buckets + descriptor.bucketCount() > limits.buckets()) {
      throw limit("buckets", limits.buckets());
    }
  }

  private TableInfo existing(long tableId) {
    return table(tableId)
        .orElseThrow(
            () ->
                new ThalwegException(
                    ErrorCode.TABLE_NOT_FOUND, "the table is not there any more; it was dropped"));
  }

  /** The partitioned table with that id. */
  TableInfo partitioned(long tableId) {
    TableInfo table = existing(tableId);
    if (!table.isPartitioned()) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST,
          "table '" + table.path() + "' is not partitioned: it was made without PARTITIONED BY");
    }
    return table;
  }

  /** Makes a partition that the table does not have. */
  Partition createPartition(TableInfo table, List<String> values, long nowMillis, Limits limits) {
    PartitionKey key = PartitionKey.of(table.descriptor());
    key.check(values);
    Partitions before = table.partitions();
    if (before.count() >= limits.partitions()) {
      throw new ThalwegException(
          ErrorCode.LIMIT_REACHED,
          "table '%s' has its limit of %d partitions; drop some, or partition by a coarser column"
              .formatted(table.path(), limits.partitions()));
    }
    checkBuckets(table.descriptor(), limits);
    if ((before.next() + 1L) * table.bucketCount() > Integer.MAX_VALUE) {
      throw new ThalwegException(
          ErrorCode.LIMIT_REACHED,
          "table '%s' has had %d partitions and their numbers are used up; make a new table"
              .formatted(table.path(), before.next()));
    }
    Partition made = new Partition(before.next(), values, new StorageId(nextId), nowMillis);
    Partitions after = before.with(made);
    if (after.valueBytes() > Partitions.MAX_BYTES) {
      throw new ThalwegException(
          ErrorCode.LIMIT_REACHED,
          "the values of the partitions of table '%s' take over %d bytes together; drop some"
              .formatted(table.path(), Partitions.MAX_BYTES));
    }
    nextId++;
    replace(table, table.with(after));
    byStorage.put(made.storage(), table.tableId());
    buckets += table.bucketCount();
    return made;
  }

  Partition dropPartition(TableInfo table, int number) {
    Partition dropped =
        table
            .partitions()
            .find(number)
            .orElseThrow(
                () ->
                    new ThalwegException(
                        ErrorCode.PARTITION_NOT_FOUND,
                        "table '" + table.path() + "' has no such partition; it was dropped"));
    replace(table, table.with(table.partitions().without(number)));
    byStorage.remove(dropped.storage());
    buckets -= table.bucketCount();
    return dropped;
  }

  private void replace(TableInfo before, TableInfo after) {
    tables.remove(before.path());
    tables.put(after.path(), after);
    byId.put(after.tableId(), after);
  }

  TableInfo alterTable(long tableId, int ifSchemaId, String changes, Limits limits) {
    TableInfo table = existing(tableId);
    int now = table.schema().schemaId();
    if (ifSchemaId != 0 && ifSchemaId != now) {
      throw new ThalwegException(
          ErrorCode.SCHEMA_CHANGED,
          "table '%s' has schema %d now, and the change was made for schema %d; read the table anew"
              .formatted(table.path(), now, ifSchemaId));
    }
    TableInfo altered = Alteration.apply(table, AlterText.parse(changes));
    if (!altered.path().equals(table.path())) {
      requireFree(altered.path(), tableId);
    }
    int added = altered.buckets().size() - table.buckets().size();
    if (added > 0 && buckets + added > limits.buckets()) {
      throw limit("buckets", limits.buckets());
    }
    replace(table, altered);
    buckets += added;
    return altered;
  }

  TableInfo dropTable(TablePath path, long tableId) {
    TableInfo table = tables.get(path);
    if (table == null || table.tableId() != tableId) {
      throw new ThalwegException(
          ErrorCode.TABLE_NOT_FOUND, "there is no table '" + path + "' with id " + tableId);
    }
    tables.remove(path);
    byId.remove(table.tableId());
    byStorage.remove(table.storage());
    table.partitions().all().forEach(each -> byStorage.remove(each.storage()));
    buckets -= table.buckets().size();
    return table;
  }

  private static ThalwegException limit(String what, int limit) {
    return new ThalwegException(
        ErrorCode.LIMIT_REACHED,
        "the cluster has its limit of " + limit + " " + what + "; drop some first");
  }

  void write(BytesWriter out) {
    out.textMap(databases).varint(nextId);
    out.list(byId.values(), (writer, table) -> table.write(writer));
  }

  static Catalog read(BytesReader in) {
    Catalog catalog = new Catalog();
    catalog.databases.clear();
    catalog.databases.putAll(in.textMap(MAX_COMMENT * 4));
    catalog.nextId = in.varint();
    in.list(TableInfo::read).forEach(catalog::add);
    return catalog;
  }
}
