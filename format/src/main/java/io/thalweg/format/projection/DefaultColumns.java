package io.thalweg.format.projection;

import io.thalweg.format.batch.BatchHeader;
import io.thalweg.format.batch.NullColumns;
import io.thalweg.format.cast.Exact;
import io.thalweg.format.cast.TextValues;
import io.thalweg.format.cast.VectorWriter;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;

/** Columns of one value, for rows that lack them. Stateless; any thread. */
public final class DefaultColumns {
  private DefaultColumns() {}

  /**
   * The value of a default's text in the form that {@link VectorWriter} takes; null for null.
   *
   * @throws ThalwegException CORRUPT_DATA where the text is no value of the type, which was checked
   *     when the default was set
   */
  public static Object value(DataType type, Optional<String> text) {
    if (text.isEmpty()) {
      return null;
    }
    try {
      return TextValues.parse((DataType.Scalar) type, text.get());
    } catch (Exact.Misfit misfit) {
      throw ThalwegException.corrupt("a default cannot be: " + misfit.getMessage());
    }
  }

  /**
   * A vector of one value.
   *
   * @param text the value; empty for null
   * @param rows at least 0
   */
  public static FieldVector make(
      Field field, DataType type, Optional<String> text, int rows, BufferAllocator allocator) {
    Object value = value(type, text);
    if (value == null) {
      return NullColumns.make(field, rows, allocator);
    }
    if (value instanceof byte[] bytes && (long) bytes.length * rows > BatchHeader.MAX_LENGTH) {
      throw new ThalwegException(
          ErrorCode.TOO_LARGE,
          "the default of column '"
              + field.getName()
              + "' takes "
              + bytes.length
              + " bytes in each of "
              + rows
              + " rows, over the limit of a batch; send fewer rows per batch");
    }
    FieldVector vector = field.createVector(allocator);
    try {
      vector.setInitialCapacity(rows);
      vector.allocateNew();
      for (int row = 0; row < rows; row++) {
        VectorWriter.write(vector, row, type, value);
      }
      vector.setValueCount(rows);
      return vector;
    } catch (RuntimeException | Error failure) {
      vector.close();
      throw failure;
    }
  }

  /** Whether rows that lack some column of the schema have a value other than null there. */
  public static boolean has(Schema schema) {
    return schema.columns().stream().anyMatch(column -> column.defaults().write().isPresent());
  }

  /**
   * New rows with the columns that they lack and that have a default; other columns stay missing.
   *
   * @param rows stays the caller's, as do its vectors
   * @param made gets the vectors that were made, which the caller closes
   */
  public static VectorSchemaRoot complete(
      VectorSchemaRoot rows, Schema schema, BufferAllocator allocator, List<FieldVector> made) {
    List<FieldVector> vectors = new ArrayList<>(rows.getFieldVectors());
    for (Column column : schema.columns()) {
      boolean given =
          rows.getFieldVectors().stream().anyMatch(each -> each.getName().equals(column.name()));
      if (!given && column.defaults().write().isPresent()) {
        FieldVector vector =
            make(
                ArrowTypes.toArrow(column.name(), column.type()),
                column.type(),
                column.defaults().write(),
                rows.getRowCount(),
                allocator);
        made.add(vector);
        vectors.add(vector);
      }
    }
    return new VectorSchemaRoot(
        vectors.stream().map(FieldVector::getField).toList(), vectors, rows.getRowCount());
  }
}
