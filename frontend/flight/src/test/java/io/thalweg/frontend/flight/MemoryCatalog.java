package io.thalweg.frontend.flight;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.StorageId;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.table.TableOptions;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The databases and tables of a server in memory. Belongs to its loop. */
final class MemoryCatalog {
  private final Map<String, String> databases = new TreeMap<>(Map.of("default", ""));
  private final Map<TablePath, TableInfo> tables = new TreeMap<>();
  private long nextTableId = 1;

  void createDatabase(String name, String comment) {
    if (databases.putIfAbsent(name, comment) != null) {
      throw new ThalwegException(ErrorCode.DATABASE_EXISTS, "database " + name + " exists already");
    }
  }

  void dropDatabase(String name) {
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

  TableInfo createTable(TablePath path, TableDescriptor descriptor, long nowMillis) {
    database(path.database());
    if (tables.containsKey(path)) {
      throw new ThalwegException(ErrorCode.TABLE_EXISTS, "table " + path + " exists already");
    }
    var unused = TableOptions.from(descriptor.properties());
    TableInfo info =
        TableInfo.created(nextTableId++, new StorageId(nextTableId++), path, descriptor, nowMillis);
    tables.put(path, info);
    return info;
  }

  /** Gives what the table was. */
  TableInfo dropTable(TablePath path) {
    TableInfo info = find(path);
    tables.remove(path);
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

  List<TableInfo> tables(String database) {
    database(database);
    return tables.values().stream()
        .filter(info -> info.path().database().equals(database))
        .toList();
  }
}
