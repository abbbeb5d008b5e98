package io.thalweg.format.schema;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Kind;
import java.util.ArrayList;
import java.util.List;

/**
 * What can be read of a table. The views other than {@link #TABLE} are virtual tables: their name
 * is the table's with a suffix, they store nothing, and they can only be read.
 */
public enum TableView {
  /** The table itself. */
  TABLE(""),

  /**
   * The records of the table's log, each with its change type, offset and time: {@link
   * #CHANGE_TYPE}, {@link #LOG_OFFSET}, {@link #COMMIT_TIMESTAMP}, then the table's columns.
   */
  CHANGELOG("$changelog"),

  /**
   * The changes of a table with a primary key, an update as one row: {@link #CHANGE_TYPE}, {@link
   * #LOG_OFFSET}, {@link #COMMIT_TIMESTAMP}, {@link #BEFORE}, {@link #AFTER}. An update has the
   * offset of its first record: the record of the row before it, if the log has one.
   */
  BINLOG("$binlog"),

  /**
   * The records of a topic that are no rows of it, since their values do not fit its columns:
   * {@link #LOG_OFFSET}, {@link #COMMIT_TIMESTAMP}, the record's own columns, {@link #REASON}.
   */
  REJECTED("$rejected");

  /** What a change did: {@link ChangeType#word}; in a binlog {@code update} for an update. */
  public static final Column CHANGE_TYPE =
      column(SystemColumns.FIRST_ID + 3, "_change_type", DataType.of(Kind.STRING));

  /** The change's offset in its bucket. */
  public static final Column LOG_OFFSET =
      column(SystemColumns.FIRST_ID + 4, "_log_offset", DataType.of(Kind.BIGINT));

  /** When the change was appended. */
  public static final Column COMMIT_TIMESTAMP =
      column(SystemColumns.FIRST_ID + 5, "_commit_timestamp", DataType.of(Kind.TIMESTAMP_LTZ, 3));

  /** Name of a binlog's column with the row before the change, null where there was none. */
  public static final String BEFORE = "before";

  /** Name of a binlog's column with the row after the change, null where there is none. */
  public static final String AFTER = "after";

  /** Why a record's value does not fit: what, which column, which value. */
  public static final Column REASON =
      column(SystemColumns.FIRST_ID + 9, "_reason", DataType.of(Kind.STRING));

  /** The value of {@link #CHANGE_TYPE} for an update in a binlog. */
  public static final String UPDATE_WORD = "update";

  private static final int BEFORE_ID = SystemColumns.FIRST_ID + 6;
  private static final int AFTER_ID = SystemColumns.FIRST_ID + 7;

  private final String suffix;

  TableView(String suffix) {
    this.suffix = suffix;
  }

  /** What follows the table's name. */
  public String suffix() {
    return suffix;
  }

  private static Column column(int id, String name, DataType type) {
    return new Column(id, name, type.withNullable(false), "");
  }

  /** The view whose suffix {@code name} ends with. */
  static TableView of(String name) {
    for (TableView view : values()) {
      if (view != TABLE && name.endsWith(view.suffix)) {
        return view;
      }
    }
    return TABLE;
  }

  /**
   * This view of a table, as readers see it: the path with the suffix, the columns above, the same
   * id and buckets, no primary key.
   *
   * @throws ThalwegException INVALID_REQUEST for the binlog of a table without primary key, for the
   *     changelog of a table with a column of the same name as one of the columns above, and for
   *     what a table rejected that has no columns of values
   */
  public TableInfo of(TableInfo table) {
    if (this == TABLE) {
      return table;
    }
    TableDescriptor descriptor = table.descriptor();
    return TableInfo.created(
            table.tableId(),
            table.storage(),
            table.path().as(this),
            new TableDescriptor(
                new Schema(
                    table.schema().schemaId(),
                    table.schema().highestColumnId(),
                    columns(table),
                    List.of()),
                descriptor.bucketCount(),
                this == CHANGELOG ? descriptor.partitionKey() : List.of(),
                this == CHANGELOG ? descriptor.bucketKey() : List.of(),
                descriptor.properties(),
                descriptor.comment()),
            table.createdMillis())
        .with(table.partitions());
  }

  private List<Column> columns(TableInfo table) {
    return switch (this) {
      case TABLE -> table.schema().columns();
      case CHANGELOG -> changelog(table);
      case BINLOG -> binlog(table);
      case REJECTED -> rejected(table);
    };
  }

  private static List<Column> rejected(TableInfo table) {
    if (table.descriptor().valueColumns().isEmpty()) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST,
          "table "
              + table.path()
              + " makes no columns of the values of Kafka's records, so it rejects none; read "
              + table.path().as(TABLE)
              + " itself, or see docs/kafka.md, A topic's values as columns");
    }
    List<Column> columns = new ArrayList<>(List.of(LOG_OFFSET, COMMIT_TIMESTAMP));
    columns.addAll(table.schema().columns().subList(0, TableDescriptor.RECORD_COLUMNS));
    columns.add(REASON);
    return columns;
  }

  private List<Column> changelog(TableInfo table) {
    List<Column> columns = new ArrayList<>(List.of(CHANGE_TYPE, LOG_OFFSET, COMMIT_TIMESTAMP));
    for (Column ours : List.copyOf(columns)) {
      if (table.schema().indexOf(ours.name()).isPresent()) {
        throw new ThalwegException(
            ErrorCode.INVALID_REQUEST,
            "table "
                + table.path()
                + " has a column '"
                + ours.name()
                + "', which is the name of a column of every changelog; read the table itself,"
                + (table.schema().primaryKey().isEmpty()
                    ? " which is its log"
                    : " or " + table.path().as(BINLOG)));
      }
    }
    columns.addAll(table.schema().columns());
    return columns;
  }

  private List<Column> binlog(TableInfo table) {
    if (table.schema().primaryKey().isEmpty()) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST,
          "table "
              + table.path()
              + " has no primary key, so its records have no row before them; read "
              + table.path().as(CHANGELOG));
    }
    List<DataType.Field> fields = new ArrayList<>();
    for (Column column : table.schema().columns()) {
      fields.add(new DataType.Field(column.id(), column.name(), column.type().withNullable(true)));
    }
    DataType image = new DataType.Row(fields, true);
    return List.of(
        CHANGE_TYPE,
        LOG_OFFSET,
        COMMIT_TIMESTAMP,
        new Column(BEFORE_ID, BEFORE, image, ""),
        new Column(AFTER_ID, AFTER, image, ""));
  }
}
