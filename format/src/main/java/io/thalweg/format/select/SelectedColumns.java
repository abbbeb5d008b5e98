package io.thalweg.format.select;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.filter.ColumnExpression;
import io.thalweg.format.io.SharedVector;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.SystemColumns;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.DataType;
import io.thalweg.format.variant.VariantPath;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * A list of columns that a reader asks for. An item that is the name of a column is this column;
 * any other is an expression. Immutable; any thread.
 */
public final class SelectedColumns {
  /**
   * Most bytes of the columns of some rows: what is computed of a column may take its bytes many
   * times.
   */
  public static final long MAX_BYTES = 64 << 20;

  private final List<Item> items;
  private final List<String> columns;
  private final Map<String, List<VariantPath>> variantPaths;

  /**
   * One of the wanted columns.
   *
   * @param source position in {@link #columns()}
   * @param expression null for the column itself
   */
  private record Item(String name, DataType type, int source, ColumnExpression expression) {}

  private SelectedColumns(List<Item> items, List<String> columns) {
    this.items = items;
    this.columns = columns;
    this.variantPaths = paths(items, columns);
  }

  /**
   * The columns of a list, in its order.
   *
   * @param wanted names and expressions
   * @param schema all columns that can be read
   * @throws ThalwegException SCHEMA_MISMATCH for a name that is none of the table's,
   *     INVALID_REQUEST for a bad expression, and where two columns of the result have one name
   */
  public static SelectedColumns of(List<String> wanted, Schema schema) {
    List<Item> items = new ArrayList<>(wanted.size());
    List<String> columns = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (String text : wanted) {
      OptionalInt named = schema.indexOf(text);
      ColumnExpression expression = named.isPresent() ? null : expression(text, schema);
      int position = expression == null ? named.getAsInt() : expression.column();
      Column column = schema.columns().get(position);
      int source = columns.indexOf(column.name());
      if (source < 0) {
        source = columns.size();
        columns.add(column.name());
      }
      Item item =
          expression == null
              ? new Item(column.name(), column.type(), source, null)
              : new Item(expression.name(), expression.type(), source, expression);
      if (!names.add(item.name)) {
        throw new ThalwegException(
            ErrorCode.INVALID_REQUEST,
            "a column is asked for twice: '" + item.name + "' of " + wanted);
      }
      items.add(item);
    }
    return new SelectedColumns(List.copyOf(items), List.copyOf(columns));
  }

  private static ColumnExpression expression(String text, Schema schema) {
    if (ColumnExpression.isName(text)) {
      throw new ThalwegException(
          ErrorCode.SCHEMA_MISMATCH,
          "the table has no column '"
              + text
              + "'; its columns are "
              + schema.columns().stream()
                  .filter(column -> !column.equals(SystemColumns.PREVIOUS))
                  .map(Column::name)
                  .limit(50)
                  .toList());
    }
    return ColumnExpression.of(text, schema);
  }

  private static Map<String, List<VariantPath>> paths(List<Item> items, List<String> columns) {
    Map<String, List<VariantPath>> paths = new HashMap<>();
    Set<String> whole = new HashSet<>();
    for (Item item : items) {
      String column = columns.get(item.source);
      if (item.expression == null || item.expression.variantPath().isEmpty()) {
        whole.add(column);
      } else {
        paths
            .computeIfAbsent(column, none -> new ArrayList<>())
            .add(item.expression.variantPath().get());
      }
    }
    paths.keySet().removeAll(whole);
    return paths;
  }

  /** Whether all are columns of the table as they are. */
  public boolean arePlain() {
    return items.stream().allMatch(item -> item.expression == null);
  }

  /** The names of the table's columns that they are made of, each once. */
  public List<String> columns() {
    return columns;
  }

  /** By the name of a column of variants, all paths that are looked at, where that is not all. */
  public Map<String, List<VariantPath>> variantPaths() {
    return variantPaths;
  }

  /** Their names, in the order wanted. */
  public List<String> names() {
    return items.stream().map(Item::name).toList();
  }

  /** Their types, in the order wanted. */
  public List<DataType> types() {
    return items.stream().map(Item::type).toList();
  }

  /** Their Arrow form. */
  public List<Field> fields() {
    return items.stream().map(item -> ArrowTypes.toArrow(item.name, item.type)).toList();
  }

  /**
   * The columns of rows.
   *
   * @param read has {@link #columns()} in their order, of variants perhaps just the {@link
   *     #variantPaths()}; it belongs to the result afterwards, also on a failure
   * @return rows that the caller closes
   * @throws ThalwegException TOO_LARGE where they take more than {@link #MAX_BYTES}; fewer rows may
   *     fit
   */
  public VectorSchemaRoot apply(VectorSchemaRoot read, BufferAllocator allocator) {
    if (arePlain()) {
      return read;
    }
    int rows = read.getRowCount();
    List<FieldVector> made = new ArrayList<>(items.size());
    try (read) {
      long bytes = 0;
      for (Item item : items) {
        FieldVector source = read.getVector(item.source);
        FieldVector one =
            item.expression == null
                ? SharedVector.of(source, source.getField(), 0, rows, allocator)
                : item.expression.read(source, rows, allocator);
        made.add(one);
        bytes += one.getBufferSize();
        if (bytes > MAX_BYTES) {
          throw tooLarge(rows);
        }
      }
      return new VectorSchemaRoot(fields(), made, rows);
    } catch (RuntimeException | Error failure) {
      made.forEach(FieldVector::close);
      throw failure;
    }
  }

  private ThalwegException tooLarge(int rows) {
    return new ThalwegException(
        ErrorCode.TOO_LARGE,
        (rows == 1 ? "a row takes" : rows + " rows take")
            + " more than "
            + (MAX_BYTES >> 20)
            + " MiB as the "
            + items.size()
            + " columns that are asked for; ask for fewer");
  }
}
