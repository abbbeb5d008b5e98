package io.thalweg.server.kv.merge;

import io.thalweg.format.row.BinaryList;
import io.thalweg.format.row.RowBuilder;
import io.thalweg.format.row.RowCodec;
import io.thalweg.format.row.RowView;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.table.MergeOptions;
import io.thalweg.format.type.DataType.Scalar;
import io.thalweg.format.type.TypeText;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * One key's row of a table, merged and deleted through engine and rule. A value is null, Boolean,
 * Long, Float, Double, BigDecimal, String or byte[].
 */
final class MergeTable {
  private final Schema schema;
  private final MergeOptions options;
  private final RowCodec codec;
  private final RowBuilder builder;
  private final RowView old;
  private final RowView incoming;
  private BinaryList row = BinaryList.of((byte[]) null);

  /** A table whose key is {@code k}, the first column. */
  MergeTable(String columns, Map<String, String> properties) {
    schema =
        Schema.first(
            TypeText.parseColumns(columns).stream()
                .map(field -> Column.of(field.name(), field.type()))
                .toList(),
            List.of("k"));
    options = MergeOptions.from(schema, properties);
    codec = new RowCodec(schema);
    builder = new RowBuilder(codec);
    old = new RowView(codec);
    incoming = new RowView(codec);
  }

  Schema schema() {
    return schema;
  }

  /** The row's values; null if there is no row. */
  List<Object> row() {
    if (row.isAbsent(0)) {
      return null;
    }
    old.wrap(row, 0);
    List<Object> values = new ArrayList<>();
    for (int i = 0; i < schema.columns().size(); i++) {
      values.add(old.isNull(i) ? null : get(old, i, (Scalar) schema.columns().get(i).type()));
    }
    return values;
  }

  /** Writes a row with all columns. */
  MergeEngine.Outcome write(Object... values) {
    return write(null, Arrays.asList(values));
  }

  /** Writes a row with target columns. */
  MergeEngine.Outcome write(boolean[] targets, List<Object> values) {
    builder.reset();
    for (int i = 0; i < values.size(); i++) {
      if (values.get(i) != null) {
        set(i, values.get(i));
      }
    }
    BinaryList written = new BinaryList();
    builder.appendTo(written);
    incoming.wrap(written, 0);
    MergeEngine.Outcome outcome =
        MergeEngine.of(schema, options, targets).merge(stored(), incoming, builder);
    switch (outcome) {
      case KEEP_OLD -> {}
      case TAKE_NEW -> row = written;
      case MERGED -> take();
    }
    return outcome;
  }

  /** Deletes the row, or its target columns. */
  DeleteRule.Outcome delete(boolean[] targets) {
    DeleteRule.Outcome outcome =
        new DeleteRule(schema, options.deleteBehavior(), targets).delete(stored(), builder);
    switch (outcome) {
      case KEEP_OLD -> {}
      case REMOVE -> row = BinaryList.of((byte[]) null);
      case MERGED -> take();
    }
    return outcome;
  }

  private RowView stored() {
    return row.isAbsent(0) ? null : old.wrap(row, 0);
  }

  private void take() {
    BinaryList merged = new BinaryList();
    builder.appendTo(merged);
    row = merged;
  }

  private void set(int column, Object value) {
    if (value instanceof Boolean flag) {
      builder.setBoolean(column, flag);
    } else if (value instanceof Float number) {
      builder.setFloat(column, number);
    } else if (value instanceof Double number) {
      builder.setDouble(column, number);
    } else if (value instanceof BigDecimal number) {
      builder.setDecimal(column, number);
    } else if (value instanceof String text) {
      builder.setBytes(column, text.getBytes(StandardCharsets.UTF_8));
    } else if (value instanceof byte[] bytes) {
      builder.setBytes(column, bytes);
    } else {
      builder.setLong(column, ((Number) value).longValue());
    }
  }

  private static Object get(RowView row, int column, Scalar type) {
    return switch (type.kind()) {
      case BOOLEAN -> row.getBoolean(column);
      case FLOAT -> row.getFloat(column);
      case DOUBLE -> row.getDouble(column);
      case DECIMAL -> row.getDecimal(column);
      case CHAR, STRING -> new String(bytes(row, column), StandardCharsets.UTF_8);
      case BINARY, BYTES -> bytes(row, column);
      default -> row.getLong(column);
    };
  }

  private static byte[] bytes(RowView row, int column) {
    int start = row.getBytesStart(column);
    return Arrays.copyOfRange(row.array(), start, start + row.getBytesLength(column));
  }
}
