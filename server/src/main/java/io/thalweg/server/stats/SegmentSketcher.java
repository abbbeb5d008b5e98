package io.thalweg.server.stats;

import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.SystemColumns;
import io.thalweg.format.segment.SegmentSketches;
import io.thalweg.format.table.StatisticsColumns;
import io.thalweg.format.type.DataType.Scalar;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.FieldVector;

/**
 * Counts the distinct values of a segment's columns while its rows are written. One thread at a
 * time.
 */
public final class SegmentSketcher {
  private static final int DECIMAL_BYTES = 16;

  private static final int WORDS = 1024;

  private final long[] words = new long[WORDS];
  private final List<Counted> counted = new ArrayList<>();

  /** A column that is counted, and its place among the vectors. */
  private record Counted(int place, int id, Scalar type, ColumnSketch sketch) {}

  /**
   * Counts some columns.
   *
   * @param columns of the segment; system columns and nested ones are not counted
   * @param which of them are
   */
  public SegmentSketcher(List<Column> columns, StatisticsColumns which) {
    for (int i = 0; i < columns.size(); i++) {
      if (isCounted(columns.get(i), which)) {
        Column column = columns.get(i);
        counted.add(new Counted(i, column.id(), (Scalar) column.type(), new ColumnSketch()));
      }
    }
  }

  private static boolean isCounted(Column column, StatisticsColumns which) {
    return column.id() < SystemColumns.FIRST_ID
        && column.type() instanceof Scalar
        && which.contains(column.name());
  }

  /** About how many bytes of memory the sketches of a segment with {@code columns} take. */
  public static long memory(List<Column> columns, StatisticsColumns which) {
    return ColumnSketch.MEMORY
        * columns.stream().filter(column -> isCounted(column, which)).count();
  }

  /**
   * Counts rows.
   *
   * @param vectors in the order of the columns; they stay the caller's
   */
  public void add(List<FieldVector> vectors, int rows) {
    for (Counted each : counted) {
      add(each, vectors.get(each.place), rows);
    }
  }

  private void add(Counted column, FieldVector vector, int rows) {
    switch (column.type.form()) {
      case BIT -> addBits(column.sketch, (BitVector) vector, rows);
      case INT8 -> addWords(column, vector, 1, rows);
      case INT16 -> addWords(column, vector, 2, rows);
      case INT32, FLOAT32 -> addWords(column, vector, 4, rows);
      case INT64, FLOAT64 -> addWords(column, vector, 8, rows);
      case DECIMAL128 -> addDecimals(column.sketch, vector, rows);
      case FIXED_BYTES -> addFixed(column.sketch, vector, column.type.precision(), rows);
      case BYTES -> addBytes(column.sketch, vector, rows);
      case VECTOR, LIST, MAP, STRUCT -> throw column.type.form().notScalar();
    }
  }

  private static void addBits(ColumnSketch sketch, BitVector vector, int rows) {
    for (int row = 0; row < rows; row++) {
      if (!vector.isNull(row)) {
        sketch.add(vector.get(row), 1);
      }
    }
  }

  private void addWords(Counted column, FieldVector vector, int bytes, int rows) {
    ByteBuffer values = view(vector.getDataBuffer(), (long) rows * bytes);
    int width = Serialization.of(column.type).width();
    long factor = Serialization.factor(column.type);
    for (int from = 0; from < rows; from += WORDS) {
      int count = gather(values, bytes, from, Math.min(rows, from + WORDS));
      if (vector.getNullCount() > 0) {
        count = withoutNulls(vector, from, count);
      }
      for (int i = 0; factor != 1 && i < count; i++) {
        words[i] *= factor;
      }
      column.sketch.add(words, count, width);
    }
  }

  /** Puts values into {@link #words}; returns how many. */
  private int gather(ByteBuffer values, int bytes, int from, int to) {
    int count = to - from;
    switch (bytes) {
      case 8 -> {
        for (int i = 0; i < count; i++) {
          words[i] = values.getLong((from + i) << 3);
        }
      }
      case 4 -> {
        for (int i = 0; i < count; i++) {
          words[i] = values.getInt((from + i) << 2);
        }
      }
      case 2 -> {
        for (int i = 0; i < count; i++) {
          words[i] = values.getShort((from + i) << 1);
        }
      }
      default -> {
        for (int i = 0; i < count; i++) {
          words[i] = values.get(from + i);
        }
      }
    }
    return count;
  }

  /** Takes nulls out of {@link #words}; returns how many values are left. */
  private int withoutNulls(FieldVector vector, int from, int count) {
    int left = 0;
    for (int i = 0; i < count; i++) {
      if (!vector.isNull(from + i)) {
        words[left++] = words[i];
      }
    }
    return left;
  }

  private static void addDecimals(ColumnSketch sketch, FieldVector vector, int rows) {
    ByteBuffer values = view(vector.getDataBuffer(), (long) rows * DECIMAL_BYTES);
    byte[] reversed = new byte[DECIMAL_BYTES];
    boolean nulls = vector.getNullCount() > 0;
    for (int row = 0; row < rows; row++) {
      if (nulls && vector.isNull(row)) {
        continue;
      }
      int at = row * DECIMAL_BYTES;
      long low = values.getLong(at);
      if (values.getLong(at + Long.BYTES) == low >> (Long.SIZE - 1)) {
        int bytes = bytes(low);
        sketch.add(Long.reverseBytes(low) >>> (Long.SIZE - Byte.SIZE * bytes), bytes);
        continue;
      }
      for (int i = 0; i < DECIMAL_BYTES; i++) {
        reversed[i] = values.get(at + DECIMAL_BYTES - 1 - i);
      }
      sketch.add(new BigInteger(reversed).toByteArray());
    }
  }

  /** The fewest bytes that hold a number in two's complement. */
  private static int bytes(long number) {
    int zeros = Long.numberOfLeadingZeros(number ^ number >> (Long.SIZE - 1));
    return (Long.SIZE - zeros) / Byte.SIZE + 1;
  }

  private static void addFixed(ColumnSketch sketch, FieldVector vector, int width, int rows) {
    ByteBuffer values = view(vector.getDataBuffer(), (long) rows * width);
    for (int row = 0; row < rows; row++) {
      if (!vector.isNull(row)) {
        sketch.add(values, row * width, width);
      }
    }
  }

  private static void addBytes(ColumnSketch sketch, FieldVector vector, int rows) {
    if (rows == 0) {
      return;
    }
    ByteBuffer offsets = view(vector.getOffsetBuffer(), (rows + 1) * 4L);
    ByteBuffer values = view(vector.getDataBuffer(), offsets.getInt(rows << 2));
    boolean nulls = vector.getNullCount() > 0;
    for (int row = 0; row < rows; row++) {
      if (!nulls || !vector.isNull(row)) {
        int from = offsets.getInt(row << 2);
        sketch.add(values, from, offsets.getInt((row + 1) << 2) - from);
      }
    }
  }

  private static ByteBuffer view(ArrowBuf buffer, long bytes) {
    return buffer.nioBuffer(0, Math.toIntExact(bytes)).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The sketches of all rows that were added. */
  public SegmentSketches sketches() {
    Map<Integer, byte[]> blobs = new LinkedHashMap<>();
    counted.forEach(each -> blobs.put(each.id, each.sketch.toBytes()));
    return new SegmentSketches(blobs);
  }
}
