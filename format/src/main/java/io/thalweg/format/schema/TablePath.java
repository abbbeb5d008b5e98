package io.thalweg.format.schema;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A table's full name, or that of a virtual table: the table's with the suffix of a {@link
 * TableView}. Every operation but reading needs a table's own name, see {@link #checkTable}.
 */
public record TablePath(String database, String table) implements Comparable<TablePath> {

  /** The database that tables without one belong to. */
  public static final String DEFAULT_DATABASE = "default";

  /** The database whose tables are known by their own names, see {@link #fullName}. */
  public static final String TOPICS_DATABASE = "kafka";

  /** Checks both names. */
  public TablePath {
    Names.checkObject("database", database);
    Names.checkObject("table", ownName(table));
  }

  private static String ownName(String table) {
    return table.substring(0, table.length() - TableView.of(table).suffix().length());
  }

  /**
   * Reads {@code database/table}, {@code database.table} or {@code table}. Names may contain dots;
   * for these only the slash form is unambiguous.
   *
   * @throws ThalwegException INVALID_NAME, also for a virtual table's name
   */
  public static TablePath parse(String text) {
    return parseReadable(text).checkTable();
  }

  /**
   * Reads what {@link #parse} reads, and names of virtual tables: {@code database.table$binlog}.
   */
  public static TablePath parseReadable(String text) {
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

  /**
   * The one name by which Kafka's clients and rules of access know the table: {@code
   * database.table}, or {@code table} alone in {@value #TOPICS_DATABASE}. No two tables of a
   * cluster have the same.
   */
  public String fullName() {
    return database.equals(TOPICS_DATABASE) ? table : database + "." + table;
  }

  /** Every path that has the full name; that in {@value #TOPICS_DATABASE} is the first. */
  public static List<TablePath> ofFullName(String fullName) {
    List<TablePath> paths = new ArrayList<>();
    addIfValid(paths, TOPICS_DATABASE, fullName);
    for (int dot = fullName.indexOf('.'); dot >= 0; dot = fullName.indexOf('.', dot + 1)) {
      String database = fullName.substring(0, dot);
      if (!database.equals(TOPICS_DATABASE)) {
        addIfValid(paths, database, fullName.substring(dot + 1));
      }
    }
    return paths;
  }

  /** One of these paths, where it does not matter which. */
  public static Optional<TablePath> anyOfFullName(String fullName) {
    return Names.isObject(fullName)
        ? Optional.of(new TablePath(TOPICS_DATABASE, fullName))
        : ofFullName(fullName).stream().findFirst();
  }

  private static void addIfValid(List<TablePath> paths, String database, String table) {
    if (Names.isObject(database) && Names.isObject(table)) {
      paths.add(new TablePath(database, table));
    }
  }

  /** The view that this name reads. */
  public TableView view() {
    return TableView.of(table);
  }

  /** The table itself. */
  public TablePath base() {
    return view() == TableView.TABLE ? this : new TablePath(database, ownName(table));
  }

  /** The name of that view of the table, also if this is the name of another view. */
  public TablePath as(TableView view) {
    return new TablePath(database, ownName(table) + view.suffix());
  }

  /** Returns this name if it is a table's own; INVALID_NAME for the name of a virtual table. */
  public TablePath checkTable() {
    if (view() != TableView.TABLE) {
      throw new ThalwegException(
          ErrorCode.INVALID_NAME,
          "'"
              + this
              + "' is a virtual table, which can only be read; the table is '"
              + base()
              + "'");
    }
    return this;
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
