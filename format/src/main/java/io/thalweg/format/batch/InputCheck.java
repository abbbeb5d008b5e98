package io.thalweg.format.batch;

import io.thalweg.format.check.DecimalCheck;
import io.thalweg.format.check.TimeCheck;
import io.thalweg.format.check.Utf8Check;
import io.thalweg.format.check.VariantColumn;
import io.thalweg.format.check.VectorCheck;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.DataType;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * Checks vectors from outside against a table's schema, trusting nothing: structure, column names
 * and types, nulls, lengths, UTF-8. Columns are matched by name; a nullable column that is missing
 * is filled with nulls. Stateless; any thread.
 */
public final class InputCheck {
  private InputCheck() {}

  /**
   * The vectors of {@code root} in the order of {@code schema}. Columns that the root lacks are
   * filled with nulls, allocated in {@code allocator} and added to {@code made}, which the caller
   * closes.
   */
  public static List<FieldVector> check(
      VectorSchemaRoot root, Schema schema, BufferAllocator allocator, List<FieldVector> made) {
    for (FieldVector vector : root.getFieldVectors()) {
      if (schema.indexOf(vector.getName()).isEmpty()) {
        throw new ThalwegException(
            ErrorCode.SCHEMA_MISMATCH,
            "the table has no column '" + vector.getName() + "'; its columns are " + names(schema));
      }
    }
    NullColumns.bytes(schema, root.getSchema(), root.getRowCount());
    List<FieldVector> ordered = new ArrayList<>(schema.columns().size());
    for (Column column : schema.columns()) {
      ordered.add(column(root, column, allocator, made));
    }
    return ordered;
  }

  private static FieldVector column(
      VectorSchemaRoot root, Column column, BufferAllocator allocator, List<FieldVector> made) {
    List<FieldVector> found =
        root.getFieldVectors().stream()
            .filter(vector -> vector.getName().equals(column.name()))
            .toList();
    if (found.size() > 1) {
      throw new ThalwegException(
          ErrorCode.SCHEMA_MISMATCH, "the data has column '" + column.name() + "' twice");
    }
    if (found.isEmpty()) {
      if (!column.type().nullable()) {
        throw new ThalwegException(
            ErrorCode.NULL_VALUE,
            "column '"
                + column.name()
                + "' is NOT NULL and missing from the data; give it a value");
      }
      FieldVector nulls = NullColumns.make(column, root.getRowCount(), allocator);
      made.add(nulls);
      return nulls;
    }
    FieldVector vector = found.get(0);
    Field wanted = ArrowTypes.toArrow(column.name(), column.type());
    if (!ArrowTypes.same(vector.getField(), wanted)) {
      throw new ThalwegException(
          ErrorCode.SCHEMA_MISMATCH,
          "column '"
              + column.name()
              + "' is "
              + column.type()
              + " (Arrow "
              + ArrowTypes.describe(wanted)
              + "), the data has Arrow "
              + ArrowTypes.describe(vector.getField())
              + "; cast it");
    }
    if (vector.getValueCount() != root.getRowCount()) {
      throw ThalwegException.corrupt(
          "column '"
              + column.name()
              + "' has "
              + vector.getValueCount()
              + " rows, the batch has "
              + root.getRowCount());
    }
    VectorCheck.check(column.name(), vector);
    values(column.name(), column.type(), vector, null);
    return vector;
  }

  /**
   * Checks values, those of children too.
   *
   * @param visible the positions that are not hidden by a null around them; null for all
   */
  private static void values(String path, DataType type, FieldVector vector, BitSet visible) {
    if (!type.nullable()) {
      notNull(path, vector, visible);
    }
    switch (type.shape()) {
      case SCALAR -> scalars(path, (DataType.Scalar) type, vector);
      case VARIANT -> VariantColumn.check(path, (StructVector) vector, visible);
      case VECTOR -> items(path, (FixedSizeListVector) vector, visible);
      case ARRAY -> {
        DataType element = ((DataType.Array) type).element();
        ListVector list = (ListVector) vector;
        BitSet elements = notNullWithin(element) ? visibleElements(list, visible) : null;
        values(path + ".element", element, list.getDataVector(), elements);
      }
      case MAP -> {
        DataType.Map map = (DataType.Map) type;
        BitSet elements = visibleElements((ListVector) vector, visible);
        StructVector entries = (StructVector) ((ListVector) vector).getDataVector();
        notNull(path + ".entries", entries, elements);
        values(path + ".key", map.key(), entries.getChildrenFromFields().get(0), elements);
        values(path + ".value", map.value(), entries.getChildrenFromFields().get(1), elements);
      }
      case ROW -> {
        BitSet fields = vector.getNullCount() == 0 ? visible : visibleRows(vector, visible);
        List<FieldVector> children = ((StructVector) vector).getChildrenFromFields();
        for (int i = 0; i < children.size(); i++) {
          DataType.Field field = ((DataType.Row) type).fields().get(i);
          values(path + "." + field.name(), field.type(), children.get(i), fields);
        }
      }
    }
  }

  /** Refuses a null among the numbers of a vector that can be seen. */
  private static void items(String path, FixedSizeListVector lists, BitSet visible) {
    FieldVector items = lists.getDataVector();
    if (items.getNullCount() == 0) {
      return;
    }
    int length = lists.getListSize();
    for (int i = 0; i < lists.getValueCount(); i++) {
      if (lists.isNull(i) || (visible != null && !visible.get(i))) {
        continue;
      }
      for (int item = i * length; item < (i + 1) * length; item++) {
        if (items.isNull(item)) {
          throw new ThalwegException(
              ErrorCode.NULL_VALUE,
              "column '"
                  + path
                  + "' is a VECTOR, whose numbers are not null; value "
                  + i
                  + " of the batch has a null at "
                  + item % length);
        }
      }
    }
  }

  private static void scalars(String path, DataType.Scalar type, FieldVector vector) {
    switch (type.kind()) {
      case CHAR -> Utf8Check.check(path, (VarCharVector) vector, type.precision());
      case STRING -> Utf8Check.check(path, (VarCharVector) vector, Integer.MAX_VALUE);
      case DECIMAL -> DecimalCheck.check(path, (DecimalVector) vector, type.precision());
      case TIME, TIMESTAMP, TIMESTAMP_LTZ ->
          TimeCheck.check(path, type, (BaseFixedWidthVector) vector);
      case BOOLEAN, TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE, BINARY, BYTES, DATE -> {
        // Every bit pattern is a value.
      }
    }
  }

  private static boolean notNullWithin(DataType type) {
    return !type.nullable()
        || switch (type.shape()) {
          case SCALAR -> false;
          case VECTOR, VARIANT -> true;
          case ARRAY -> notNullWithin(((DataType.Array) type).element());
          case MAP -> true;
          case ROW ->
              ((DataType.Row) type)
                  .fields().stream().anyMatch(field -> notNullWithin(field.type()));
        };
  }

  private static void notNull(String path, FieldVector vector, BitSet visible) {
    if (vector.getNullCount() == 0) {
      return;
    }
    for (int i = 0; i < vector.getValueCount(); i++) {
      if (vector.isNull(i) && (visible == null || visible.get(i))) {
        throw new ThalwegException(
            ErrorCode.NULL_VALUE,
            "column '"
                + path
                + "' is NOT NULL, value "
                + i
                + " of the batch is null; give it a value");
      }
    }
  }

  /** The visible positions at which {@code vector} is not null. */
  private static BitSet visibleRows(FieldVector vector, BitSet visible) {
    BitSet rows = new BitSet(vector.getValueCount());
    for (int i = 0; i < vector.getValueCount(); i++) {
      rows.set(i, !vector.isNull(i) && (visible == null || visible.get(i)));
    }
    return rows;
  }

  /** The elements of visible lists; others may lie between and after them. */
  private static BitSet visibleElements(ListVector list, BitSet visible) {
    BitSet elements = new BitSet(list.getDataVector().getValueCount());
    for (int i = 0; i < list.getValueCount(); i++) {
      if (!list.isNull(i) && (visible == null || visible.get(i))) {
        elements.set(list.getElementStartIndex(i), list.getElementEndIndex(i));
      }
    }
    return elements;
  }

  private static List<String> names(Schema schema) {
    return schema.columns().stream().map(Column::name).limit(50).toList();
  }
}
