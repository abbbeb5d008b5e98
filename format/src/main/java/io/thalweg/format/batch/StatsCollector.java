package io.thalweg.format.batch;

import io.thalweg.format.batch.ColumnStats.Bounds;
import io.thalweg.format.schema.Column;
import io.thalweg.format.type.PhysicalForm;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FixedSizeBinaryVector;
import org.apache.arrow.vector.Float4Vector;

/**
 * Computes a batch's {@link ColumnStats} by one pass over each top-level scalar vector; of VECTORs
 * it only counts nulls. Stateless.
 */
final class StatsCollector {
  private StatsCollector() {}

  /** Statistics of {@code vectors}, which are in the order of {@code columns}. */
  static List<ColumnStats> collect(List<Column> columns, List<FieldVector> vectors) {
    List<ColumnStats> stats = new ArrayList<>(columns.size());
    for (int i = 0; i < columns.size(); i++) {
      FieldVector vector = vectors.get(i);
      PhysicalForm form = columns.get(i).type().form();
      if (form != PhysicalForm.VECTOR && !vector.getField().getChildren().isEmpty()) {
        continue;
      }
      int nulls = vector.getNullCount();
      Optional<Bounds> bounds =
          nulls == vector.getValueCount() ? Optional.empty() : bounds(form, vector, nulls > 0);
      stats.add(new ColumnStats(columns.get(i).id(), nulls, bounds));
    }
    return stats;
  }

  private static Optional<Bounds> bounds(PhysicalForm form, FieldVector vector, boolean hasNulls) {
    return switch (form) {
      case BIT -> bits((BitVector) vector, hasNulls);
      case INT8 -> longs(vector, 1, hasNulls);
      case INT16 -> longs(vector, 2, hasNulls);
      case INT32 -> longs(vector, 4, hasNulls);
      case INT64 -> longs(vector, 8, hasNulls);
      case FLOAT32, FLOAT64 -> doubles((BaseFixedWidthVector) vector, hasNulls);
      case DECIMAL128 -> decimals((DecimalVector) vector, hasNulls);
      case FIXED_BYTES, BYTES -> bytes(vector, hasNulls);
      case VECTOR, LIST, MAP, STRUCT -> Optional.empty();
    };
  }

  private static Optional<Bounds> longs(FieldVector vector, int width, boolean hasNulls) {
    ArrowBuf data = vector.getDataBuffer();
    long min = Long.MAX_VALUE;
    long max = Long.MIN_VALUE;
    int rows = vector.getValueCount();
    for (int i = 0; i < rows; i++) {
      if (hasNulls && vector.isNull(i)) {
        continue;
      }
      long value =
          switch (width) {
            case 8 -> data.getLong((long) i << 3);
            case 4 -> data.getInt((long) i << 2);
            case 2 -> data.getShort((long) i << 1);
            default -> data.getByte(i);
          };
      min = Math.min(min, value);
      max = Math.max(max, value);
    }
    return Optional.of(new ColumnStats.Longs(min, max));
  }

  private static Optional<Bounds> bits(BitVector vector, boolean hasNulls) {
    long min = 1;
    long max = 0;
    for (int i = 0; i < vector.getValueCount(); i++) {
      if (!hasNulls || !vector.isNull(i)) {
        min = Math.min(min, vector.get(i));
        max = Math.max(max, vector.get(i));
      }
    }
    return Optional.of(new ColumnStats.Longs(min, max));
  }

  private static Optional<Bounds> doubles(BaseFixedWidthVector vector, boolean hasNulls) {
    boolean single = vector instanceof Float4Vector;
    ArrowBuf data = vector.getDataBuffer();
    double min = Double.POSITIVE_INFINITY;
    double max = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < vector.getValueCount(); i++) {
      if (hasNulls && vector.isNull(i)) {
        continue;
      }
      double value = single ? data.getFloat((long) i << 2) : data.getDouble((long) i << 3);
      if (Double.isNaN(value)) {
        return Optional.empty();
      }
      min = Math.min(min, value);
      max = Math.max(max, value);
    }
    return Optional.of(new ColumnStats.Doubles(min, max));
  }

  private static Optional<Bounds> decimals(DecimalVector vector, boolean hasNulls) {
    ArrowBuf data = vector.getDataBuffer();
    int least = -1;
    int greatest = -1;
    for (int i = 0; i < vector.getValueCount(); i++) {
      if (hasNulls && vector.isNull(i)) {
        continue;
      }
      least = least < 0 || compareDecimals(data, i, least) < 0 ? i : least;
      greatest = greatest < 0 || compareDecimals(data, i, greatest) > 0 ? i : greatest;
    }
    return Optional.of(
        new ColumnStats.Decimals(unscaled(vector, least), unscaled(vector, greatest)));
  }

  private static int compareDecimals(ArrowBuf data, int left, int right) {
    int high = Long.compare(data.getLong(left * 16L + 8), data.getLong(right * 16L + 8));
    return high != 0
        ? high
        : Long.compareUnsigned(data.getLong(left * 16L), data.getLong(right * 16L));
  }

  private static BigInteger unscaled(DecimalVector vector, int index) {
    return vector.getObject(index).unscaledValue();
  }

  private static Optional<Bounds> bytes(FieldVector vector, boolean hasNulls) {
    Slices slices = new Slices(vector);
    int least = -1;
    int greatest = -1;
    long leastPrefix = 0;
    long greatestPrefix = 0;
    for (int i = 0; i < vector.getValueCount(); i++) {
      if (hasNulls && vector.isNull(i)) {
        continue;
      }
      long prefix = slices.prefix(i);
      if (least < 0) {
        least = i;
        greatest = i;
        leastPrefix = prefix;
        greatestPrefix = prefix;
        continue;
      }
      int below = Long.compareUnsigned(prefix, leastPrefix);
      if (below < 0 || (below == 0 && slices.compare(i, least) < 0)) {
        least = i;
        leastPrefix = prefix;
      }
      int above = Long.compareUnsigned(prefix, greatestPrefix);
      if (above > 0 || (above == 0 && slices.compare(i, greatest) > 0)) {
        greatest = i;
        greatestPrefix = prefix;
      }
    }
    byte[] min = slices.head(least);
    byte[] max = slices.head(greatest);
    if (slices.length(greatest) > max.length && !roundUp(max)) {
      return Optional.empty();
    }
    return Optional.of(new ColumnStats.Bytes(min, trimmed(max, slices.length(greatest))));
  }

  /** Makes a shortened maximum an upper bound; false where all its bytes are 0xff already. */
  private static boolean roundUp(byte[] max) {
    for (int i = max.length - 1; i >= 0; i--) {
      if (max[i] != (byte) 0xff) {
        max[i]++;
        return true;
      }
      max[i] = 0;
    }
    return false;
  }

  private static byte[] trimmed(byte[] max, int fullLength) {
    if (fullLength <= max.length) {
      return max;
    }
    int end = max.length;
    while (end > 1 && max[end - 1] == 0) {
      end--;
    }
    return Arrays.copyOf(max, end);
  }

  /** The byte slices of a variable or fixed width binary vector. */
  private static final class Slices {
    private final ArrowBuf data;
    private final ArrowBuf offsets;
    private final int width;

    Slices(FieldVector vector) {
      data = vector.getDataBuffer();
      boolean fixed = vector instanceof FixedSizeBinaryVector;
      offsets = fixed ? null : vector.getOffsetBuffer();
      width = fixed ? ((FixedSizeBinaryVector) vector).getByteWidth() : 0;
    }

    long start(int index) {
      return offsets == null ? (long) index * width : offsets.getInt(index * 4L);
    }

    int length(int index) {
      return offsets == null ? width : offsets.getInt(index * 4L + 4) - offsets.getInt(index * 4L);
    }

    /** The first eight bytes as an unsigned big-endian number, zeros after a short value. */
    long prefix(int index) {
      int length = length(index);
      long start = start(index);
      if (length >= 8) {
        return Long.reverseBytes(data.getLong(start));
      }
      long prefix = 0;
      for (int i = 0; i < length; i++) {
        prefix |= (data.getByte(start + i) & 0xffL) << (56 - 8 * i);
      }
      return prefix;
    }

    /**
     * Unsigned byte order, eight bytes at a time, since equal values are common and compared in
     * full.
     */
    int compare(int left, int right) {
      long leftStart = start(left);
      long rightStart = start(right);
      int common = Math.min(length(left), length(right));
      int at = 0;
      for (; at + 8 <= common; at += 8) {
        long leftWord = data.getLong(leftStart + at);
        long rightWord = data.getLong(rightStart + at);
        if (leftWord != rightWord) {
          return Long.compareUnsigned(Long.reverseBytes(leftWord), Long.reverseBytes(rightWord));
        }
      }
      for (; at < common; at++) {
        int difference =
            (data.getByte(leftStart + at) & 0xff) - (data.getByte(rightStart + at) & 0xff);
        if (difference != 0) {
          return difference;
        }
      }
      return Integer.compare(length(left), length(right));
    }

    byte[] head(int index) {
      byte[] head = new byte[Math.min(length(index), ColumnStats.MAX_BYTES)];
      data.getBytes(start(index), head);
      return head;
    }
  }
}
