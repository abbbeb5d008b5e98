package io.thalweg.format.batch;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.DataType;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * Fills the columns that rows lack with nulls. A null of a fixed-width type takes as much memory as
 * a value, so a few bytes of rows may need gigabytes: their size is checked before they are
 * allocated. Stateless; any thread.
 */
public final class NullColumns {
  private NullColumns() {}

  /**
   * How many bytes the columns of {@code schema} take that {@code given} lacks.
   *
   * @param rows at least 0
   * @throws ThalwegException TOO_LARGE if that is more than a batch may have
   */
  public static long bytes(
      Schema schema, org.apache.arrow.vector.types.pojo.Schema given, int rows) {
    Set<String> names = given.getFields().stream().map(Field::getName).collect(Collectors.toSet());
    List<Column> missing =
        schema.columns().stream().filter(column -> !names.contains(column.name())).toList();
    long bits = missing.stream().mapToLong(column -> bits(column.type())).sum();
    long bytes = bits * rows / 8;
    if (bytes > BatchHeader.MAX_LENGTH) {
      throw new ThalwegException(
          ErrorCode.TOO_LARGE,
          "a batch of "
              + rows
              + " rows lacks "
              + missing.size()
              + " of the table's columns, whose nulls take "
              + bytes
              + " bytes, over the limit of "
              + BatchHeader.MAX_LENGTH
              + "; send fewer rows per batch");
    }
    return bytes;
  }

  /** How many bytes one null takes in a vector of its type, at least 1. */
  public static long bytes(DataType type) {
    return (bits(type) + 7) / 8;
  }

  /**
   * How many bits one null takes: its validity bit and the room of a value. A null list has no
   * elements, but a null vector has room for its numbers.
   */
  private static long bits(DataType type) {
    return 1
        + switch (type.form()) {
          case BIT -> 1;
          case INT8 -> 8;
          case INT16 -> 16;
          case INT32, FLOAT32, BYTES, LIST, MAP -> 32;
          case INT64, FLOAT64 -> 64;
          case DECIMAL128 -> 128;
          case VECTOR -> {
            DataType.Vector vector = (DataType.Vector) type;
            yield 8L * vector.width() + vector.length();
          }
          case FIXED_BYTES -> 8L * ((DataType.Scalar) type).precision();
          case STRUCT ->
              (type instanceof DataType.Row row ? row : DataType.Variant.STORAGE)
                  .fields().stream().mapToLong(field -> bits(field.type())).sum();
        };
  }

  /** A column of nulls; the caller closes it. */
  static FieldVector make(Column column, int rows, BufferAllocator allocator) {
    return make(ArrowTypes.toArrow(column.name(), column.type()), rows, allocator);
  }

  /** A column of nulls; the caller closes it. */
  public static FieldVector make(Field field, int rows, BufferAllocator allocator) {
    FieldVector nulls = field.createVector(allocator);
    try {
      if (nulls instanceof BaseFixedWidthVector) {
        nulls.setInitialCapacity(rows);
        nulls.allocateNew();
      }
      // The others allocate validity bits and offsets, and no room for values.
      nulls.setValueCount(rows);
      return nulls;
    } catch (RuntimeException | Error failure) {
      nulls.close();
      throw failure;
    }
  }
}
