package io.thalweg.node.cli.text;

import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.type.DataType;
import io.thalweg.node.cli.terminal.CliException;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.Base64;
import java.util.List;

/**
 * Reads keys as users type them: the bare value of a key of one column, else the values in key
 * order as a {@link CommaList}. Stateless.
 */
public final class KeyText {
  private KeyText() {}

  /** The columns of the table's key, in key order. */
  public static List<Column> columns(TableInfo table) {
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
  public static Object[] values(TableInfo table, String text) {
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
            + (count == 1 ? " value; give " : " values; give ")
            + String.join(",", table.schema().primaryKeyNames())
            + (count > table.schema().primaryKey().size()
                ? "; put a value with a comma in double quotes"
                : ""));
  }

  /** The values of one key, or of its first columns only. */
  public static Object[] firstValues(TableInfo table, String text) {
    List<Column> columns = columns(table);
    List<String> parts = columns.size() == 1 ? List.of(text) : CommaList.values(text);
    if (parts.size() > columns.size()) {
      throw wrongCount(table, text, parts.size());
    }
    Object[] values = new Object[parts.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = value(columns.get(i), parts.get(i));
    }
    return values;
  }

  private static Object value(Column column, String text) {
    DataType.Kind kind = ((DataType.Scalar) column.type()).kind();
    try {
      return switch (kind) {
        case STRING, CHAR -> text;
        case TINYINT, SMALLINT, INT, BIGINT -> Long.parseLong(text.strip());
        case DECIMAL -> new BigDecimal(text.strip());
        case BOOLEAN -> bool(text.strip());
        case BINARY, BYTES -> Base64.getDecoder().decode(text.strip());
        case DATE -> LocalDate.parse(text.strip());
        case TIME -> LocalTime.parse(text.strip());
        case TIMESTAMP -> LocalDateTime.parse(text.strip());
        case TIMESTAMP_LTZ -> Instant.parse(text.strip());
        case FLOAT, DOUBLE ->
            throw new IllegalStateException("no table has a key of type " + column.type());
      };
    } catch (IllegalArgumentException | DateTimeException notOne) {
      throw new CliException(
          "'"
              + text
              + "' is no "
              + column.type()
              + ", as column '"
              + column.name()
              + "' has; write it as scan prints it");
    }
  }

  private static boolean bool(String text) {
    if (!text.equalsIgnoreCase("true") && !text.equalsIgnoreCase("false")) {
      throw new IllegalArgumentException(text);
    }
    return Boolean.parseBoolean(text);
  }
}
