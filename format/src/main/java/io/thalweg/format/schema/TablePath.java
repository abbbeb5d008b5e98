package io.thalweg.format.schema;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;

/** A table's full name. */
public record TablePath(String database, String table) implements Comparable<TablePath> {

  /** The database that tables without one belong to. */
  public static final String DEFAULT_DATABASE = "default";

  /** Checks both names. */
  public TablePath {
    Names.checkObject("database", database);
    Names.checkObject("table", table);
  }

  /**
   * Reads {@code database/table}, {@code database.table} or {@code table}. Names may contain dots
   * themselves; then the slash form is the unambiguous one.
   */
  public static TablePath parse(String text) {
    int slash = text.indexOf('/');
    if (slash >= 0) {
      return new TablePath(text.substring(0, slash), text.substring(slash + 1));
    }
    int dot = text.indexOf('.');
    if (dot < 0) {
      return new TablePath(DEFAULT_DATABASE, text);
    }
    if (text.indexOf('.', dot + 1) >= 0) {
      throw new ThalwegException(
          ErrorCode.INVALID_NAME, "'" + text + "' has several dots; write database/table");
    }
    return new TablePath(text.substring(0, dot), text.substring(dot + 1));
  }

  @Override
  public int compareTo(TablePath other) {
    int byDatabase = database.compareTo(other.database);
    return byDatabase != 0 ? byDatabase : table.compareTo(other.table);
  }

  @Override
  public String toString() {
    return database + (database.contains(".") || table.contains(".") ? "/" : ".") + table;
  }
}
