package io.thalweg.node.cli;

import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.type.DataType;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.List;

/** Reads keys as people type them: the key's values in key order, commas between. Stateless. */
final class KeyText {
  private KeyText() {}

  /** The columns of the table's key, in key order. */
  static List<Column> columns(TableInfo table) {
    List<Column> columns =
        table.schema().primaryKeyNames().stream()
            .map(name -> table.schema().columns().get(table.schema().indexOf(name).orElseThrow()))
            .toList();
    if (columns.isEmpty()) {
      throw new CliException(
          "table "
              + table.path()
              + " has no primary key; make one with: thalweg table create … --primary-key COLUMN");
    }
    return columns;
  }

  /** The values of one key. */
  static Object[] values(TableInfo table, String text) {
    Object[] values = firstValues(table, text);
    if (values.length != table.schema().primaryKey().size()) {
      throw wrongCount(table, text, values.length);
    }
    return values;
  }

  private static CliException wrongCount(TableInfo table, String text, int count) {
    return new CliException(
        "key '"
            + text
            + "' has "
            + count
            + " values; give "
            + String.join(",", table.schema().primaryKeyNames()));
  }

  /** The values of one key, or of its first columns alone. */
  static Object[] firstValues(TableInfo table, String text) {
    List<Column> columns = columns(table);
    String[] parts = columns.size() == 1 ? new String[] {text} : text.split(",", -1);
    if (parts.length > columns.size()) {
      throw wrongCount(table, text, parts.length);
    }
    Object[] values = new Object[parts.length];
    for (int i = 0; i < parts.length; i++) {
      values[i] = value(columns.get(i), parts[i]);
    }
    return values;
  }

  private static Object value(Column column, String text) {
    DataType.Kind kind = ((DataType.Scalar) column.type()).kind();
    try {
      return switch (kind) {
        case STRING, CHAR -> text;
        case TINYINT, SMALLINT, INT, BIGINT -> Long.parseLong(text);
        case DECIMAL -> new BigDecimal(text);
        case BOOLEAN -> Boolean.parseBoolean(text);
        case DATE -> LocalDate.parse(text);
        case TIME -> LocalTime.parse(text);
        case TIMESTAMP -> LocalDateTime.parse(text);
        case TIMESTAMP_LTZ -> Instant.parse(text);
        default ->
            throw new CliException(
                "a key of type " + column.type() + " cannot be typed here; use a client");
      };
    } catch (NumberFormatException | DateTimeException notOne) {
      throw new CliException(
          "'" + text + "' is no " + column.type() + ", as column '" + column.name() + "' has");
    }
  }
}
