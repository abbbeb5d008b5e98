package io.thalweg.format.schema;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.DataType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/**
 * A table's columns at one time. Immutable.
 *
 * @param schemaId from 1, per table
 * @param highestColumnId the highest id given so far, nested ones included; ids are never reused
 * @param columns at least 1, at most {@link #MAX_COLUMNS} beside system columns
 * @param primaryKey ids of the key's columns in key order; empty for a log table
 */
public record Schema(
    int schemaId, int highestColumnId, List<Column> columns, List<Integer> primaryKey) {

  /** Most top-level columns. */
  public static final int MAX_COLUMNS = 2_000;

  /** Most columns and nested fields, elements, keys and values of a new table together. */
  public static final int MAX_FIELDS = 20_000;

  /** Longest comment of a column in a new table, in characters. */
  public static final int MAX_COMMENT = 10_000;

  /** Copies the lists and checks counts, names and key. */
  public Schema {
    columns = List.copyOf(columns);
    primaryKey = List.copyOf(primaryKey);
    long users = columns.stream().filter(column -> !SystemColumns.isOurs(column.id())).count();
    if (columns.isEmpty() || users > MAX_COLUMNS) {
      throw bad("a table has 1 to " + MAX_COLUMNS + " columns, not " + users);
    }
    if (columns.stream().map(Column::name).distinct().count() != columns.size()) {
      throw bad("two columns have the same name: " + columns.stream().map(Column::name).toList());
    }
    if (primaryKey.size() > columns.size() || Set.copyOf(primaryKey).size() != primaryKey.size()) {
      throw bad("the primary key of " + primaryKey.size() + " columns names one twice");
    }
    for (int id : primaryKey) {
      if (columns.stream().noneMatch(column -> column.id() == id)) {
        throw bad("the primary key names column id " + id + ", which does not exist");
      }
    }
  }

  /**
   * A first schema: assigns ids to columns and everything nested, depth first, from 1; the key's
   * columns become NOT NULL. Checks the limits of new tables, which are tighter than those of types
   * and schemas: an existing table stays readable when one of them is lowered.
   */
  public static Schema first(List<Column> columns, List<String> primaryKey) {
    ColumnIds ids = new ColumnIds(0);
    List<Column> numbered = new ArrayList<>();
    for (Column column : columns) {
      if (column.comment().length() > MAX_COMMENT) {
        throw new ThalwegException(
            ErrorCode.TOO_LARGE,
            "the comment of column '"
                + column.name()
                + "' has "
                + column.comment().length()
                + " characters, at most "
                + MAX_COMMENT
                + "; shorten it");
      }
      int id = ids.next();
      DataType type = ids.assign(column.type());
      boolean inKey = primaryKey.contains(column.name());
      numbered.add(
          new Column(
              id,
              column.name(),
              inKey ? type.withNullable(false) : type,
              column.comment(),
              column.defaults()));
    }
    List<Integer> key = new ArrayList<>();
    for (String name : primaryKey) {
      key.add(
          numbered.stream()
              .filter(column -> column.name().equals(name))
              .findFirst()
              .orElseThrow(
                  () -> bad("the primary key names column '" + name + "', which does not exist"))
              .id());
    }
    return new Schema(1, ids.highest(), numbered, key);
  }

  /** How many columns and nested fields, elements, keys and values there are. */
  public int fieldCount() {
    int count = 0;
    for (Column column : columns) {
      count += 1 + inside(column.type());
    }
    return count;
  }

  private static int inside(DataType type) {
    return switch (type.shape()) {
      case SCALAR, VARIANT -> 0;
      case VECTOR -> 1;
      case ARRAY -> 1 + inside(((DataType.Array) type).element());
      case MAP -> 2 + inside(((DataType.Map) type).key()) + inside(((DataType.Map) type).value());
      case ROW -> {
        int count = 0;
        for (DataType.Field field : ((DataType.Row) type).fields()) {
          count += 1 + inside(field.type());
        }
        yield count;
      }
    };
  }

  /** Whether this has all columns and nested fields of {@code other}, by their ids. */
  public boolean keepsAllOf(Schema other) {
    Set<Integer> mine = new HashSet<>();
    columns.forEach(column -> addIds(column.id(), column.type(), mine));
    Set<Integer> theirs = new HashSet<>();
    other.columns.forEach(column -> addIds(column.id(), column.type(), theirs));
    return mine.containsAll(theirs);
  }

  private static void addIds(int id, DataType type, Set<Integer> ids) {
    ids.add(id);
    switch (type.shape()) {
      case SCALAR, VARIANT -> {}
      case VECTOR -> ids.add(((DataType.Vector) type).elementId());
      case ARRAY ->
          addIds(((DataType.Array) type).elementId(), ((DataType.Array) type).element(), ids);
      case MAP -> {
        DataType.Map map = (DataType.Map) type;
        addIds(map.keyId(), map.key(), ids);
        addIds(map.valueId(), map.value(), ids);
      }
      case ROW ->
          ((DataType.Row) type).fields().forEach(field -> addIds(field.id(), field.type(), ids));
    }
  }

  /** Refuses more than {@link #MAX_FIELDS} columns and fields: INVALID_SCHEMA. */
  public void checkFields() {
    if (fieldCount() > MAX_FIELDS) {
      throw bad("a table has at most " + MAX_FIELDS + " columns and nested fields; use fewer");
    }
  }

  /** The position of the column called {@code name}. */
  public OptionalInt indexOf(String name) {
    for (int i = 0; i < columns.size(); i++) {
      if (columns.get(i).name().equals(name)) {
        return OptionalInt.of(i);
      }
    }
    return OptionalInt.empty();
  }

  /** The names of the primary key's columns, in key order; empty for a log table. */
  public List<String> primaryKeyNames() {
    return primaryKey.stream().map(id -> byId(id).name()).toList();
  }

  private Column byId(int id) {
    return columns.stream().filter(column -> column.id() == id).findFirst().orElseThrow();
  }

  /**
   * The schema of the records of the table's log: for a table with a primary key its columns,
   * {@link SystemColumns#CHANGE_TYPE} and {@link SystemColumns#PREVIOUS}, else this schema.
   */
  public Schema ofLog() {
    if (primaryKey.isEmpty()) {
      return this;
    }
    List<Column> logged = new ArrayList<>(columns);
    logged.add(SystemColumns.CHANGE_TYPE);
    logged.add(SystemColumns.PREVIOUS);
    return new Schema(schemaId, highestColumnId, logged, List.of());
  }

  /** The same with columns that may all be null. */
  public Schema withNulls() {
    List<Column> loose =
        columns.stream()
            .map(
                column ->
                    new Column(
                        column.id(),
                        column.name(),
                        column.type().withNullable(true),
                        column.comment(),
                        column.defaults()))
            .toList();
    return new Schema(schemaId, highestColumnId, loose, List.of());
  }

  /** The same with the columns that every record of a log has: its offset and its time. */
  public Schema withPositions() {
    List<Column> all = new ArrayList<>(columns);
    all.add(SystemColumns.OFFSET);
    all.add(SystemColumns.TIMESTAMP);
    return new Schema(schemaId, highestColumnId, all, primaryKey);
  }

  /** The columns as an Arrow schema. */
  public org.apache.arrow.vector.types.pojo.Schema toArrow() {
    return new org.apache.arrow.vector.types.pojo.Schema(
        columns.stream().map(column -> ArrowTypes.toArrow(column.name(), column.type())).toList());
  }

  static ThalwegException bad(String message) {
    return new ThalwegException(ErrorCode.INVALID_SCHEMA, message);
  }
}
