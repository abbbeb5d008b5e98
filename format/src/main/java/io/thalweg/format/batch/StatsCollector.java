package io.thalweg.format.batch;

import io.thalweg.format.batch.ColumnStats.Bounds;
import io.thalweg.format.schema.Column;
import io.thalweg.format.type.PhysicalForm;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
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
  /** Values that are looked at together; a multiple of 8. */
  private static final int CHUNK = 1024;

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
    ArrowBuf validity = vector.getValidityBuffer();
    int rows = vector.getValueCount();
    long[] chunk = new long[Math.min(CHUNK, rows)];
    int[] places = new int[hasNulls ? chunk.length : 0];
    long min = Long.MAX_VALUE;
    long max = Long.MIN_VALUE;
    for (int from = 0; from < rows; from += CHUNK) {
      int count = Math.min(CHUNK, rows - from);
      load(vector.getDataBuffer(), width, from, count, chunk);
      int kept = hasNulls ? withoutNulls(validity, from, count, chunk, places) : count;
      for (int i = 0; i < kept; i++) {
        min = Math.min(min, chunk[i]);
        max = Math.max(max, chunk[i]);
      }
    }
    return Optional.of(new ColumnStats.Longs(min, max));
  }

  /** Reads values from {@code from} on; together they take a fraction of the time. */
  private static void load(ArrowBuf data, int width, int from, int count, long[] into) {
    ByteBuffer bytes =
        data.nioBuffer((long) from * width, count * width).order(ByteOrder.LITTLE_ENDIAN);
    switch (width) {
      case 8 -> bytes.asLongBuffer().get(into, 0, count);
      case 4 -> {
        for (int i = 0; i < count; i++) {
          into[i] = bytes.getInt(i << 2);
        }
      }
      case 2 -> {
        for (int i = 0; i < count; i++) {
          into[i] = bytes.getShort(i << 1);
        }
      }
      default -> {
        for (int i = 0; i < count; i++) {
          into[i] = bytes.get(i);
        }
      }
    }
  }

  /** Moves the values that are there to the front, and their places; returns how many they are. */
  private static int withoutNulls(
      ArrowBuf validity, int from, int count, long[] values, int[] places) {
    ByteBuffer bits = validity.nioBuffer(from >> 3, (count + 7) >> 3);
    int kept = 0;
    for (int i = 0; i < count; i++) {
      values[kept] = values[i];
      places[kept] = places[i];
      kept += bits.get(i >> 3) >> (i & 7) & 1;
    }
    return kept;
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
    int rows = vector.getValueCount();
    double[] chunk = new double[Math.min(CHUNK, rows)];
    double min = Double.POSITIVE_INFINITY;
    double max = Double.NEGATIVE_INFINITY;
    for (int from = 0; from < rows; from += CHUNK) {
      int count = Math.min(CHUNK, rows - from);
      load(vector.getDataBuffer(), single, from, count, chunk);
      for (int i = 0; i < count; i++) {
        if (!hasNulls || !vector.isNull(from + i)) {
          // A NaN stays.
          min = Math.min(min, chunk[i]);
          max = Math.max(max, chunk[i]);
        }
      }
    }
    return Double.isNaN(min) ? Optional.empty() : Optional.of(new ColumnStats.Doubles(min, max));
  }

  private static void load(ArrowBuf data, boolean single, int from, int count, double[] into) {
    int width = single ? 4 : 8;
    ByteBuffer bytes =
        data.nioBuffer((long) from * width, count * width).order(ByteOrder.LITTLE_ENDIAN);
    if (single) {
      for (int i = 0; i < count; i++) {
        into[i] = bytes.getFloat(i << 2);
      }
    } else {
      bytes.asDoubleBuffer().get(into, 0, count);
    }
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
    int rows = vector.getValueCount();
    long[] prefixes = new long[Math.min(CHUNK, rows)];
    int[] places = new int[prefixes.length];
    int least = -1;
    int greatest = -1;
    long leastPrefix = Long.MAX_VALUE;
    long greatestPrefix = Long.MIN_VALUE;
    for (int from = 0; from < rows; from += CHUNK) {
      int count = Math.min(CHUNK, rows - from);
      slices.prefixes(from, count, prefixes);
      for (int i = 0; i < count; i++) {
        places[i] = from + i;
      }
      if (hasNulls) {
        count = withoutNulls(vector.getValidityBuffer(), from, count, prefixes, places);
      }
      // Whole values are compared only where they begin as the least or greatest one does.
      for (int i = 0; i < count; i++) {
        long prefix = prefixes[i];
        if (prefix <= leastPrefix
            && (prefix < leastPrefix || least < 0 || slices.compare(places[i], least) < 0)) {
          least = places[i];
          leastPrefix = prefix;
        }
        if (prefix >= greatestPrefix
            && (prefix > greatestPrefix
                || greatest < 0
                || slices.compare(places[i], greatest) > 0)) {
          greatest = places[i];
          greatestPrefix = prefix;
        }
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
    private final ByteBuffer data;
    private final IntBuffer offsets;
    private final int width;

    Slices(FieldVector vector) {
      ArrowBuf bytes = vector.getDataBuffer();
      data = bytes.nioBuffer(0, (int) Math.min(bytes.capacity(), Integer.MAX_VALUE));
      if (vector instanceof FixedSizeBinaryVector fixed) {
        offsets = null;
        width = fixed.getByteWidth();
      } else {
        int length = (vector.getValueCount() + 1) * 4;
        ByteBuffer ends = vector.getOffsetBuffer().nioBuffer(0, length);
        offsets = ends.order(ByteOrder.LITTLE_ENDIAN).asIntBuffer();
        width = 0;
      }
    }

    int start(int index) {
      return offsets == null ? index * width : offsets.get(index);
    }

    int length(int index) {
      return offsets == null ? width : offsets.get(index + 1) - offsets.get(index);
    }

    /**
     * Of each value from {@code from} on the first eight bytes, zeros after a short value, as a
     * number in the values' order.
     */
    void prefixes(int from, int count, long[] into) {
      int start = start(from);
      for (int i = 0; i < count; i++) {
        int length = length(from + i);
        if (start + 8L > data.capacity()) {
          into[i] = last(start, length);
        } else {
          // One bit less for each bit that a short value lacks.
          long kept = length >= 8 ? -1L : length == 0 ? 0 : -1L << (64 - 8 * length);
          into[i] = (data.getLong(start) & kept) ^ Long.MIN_VALUE;
        }
        start += length;
      }
    }

    /** The prefix of a value near the buffer's end. */
    private long last(int start, int length) {
      long prefix = 0;
      for (int i = 0; i < Math.min(8, length); i++) {
        prefix |= (data.get(start + i) & 0xffL) << (56 - 8 * i);
      }
      return prefix ^ Long.MIN_VALUE;
    }

    /** Unsigned byte order of two values whose prefixes are alike. */
    int compare(int left, int right) {
      int leftLength = length(left);
      int rightLength = length(right);
      int leftStart = start(left);
      int rightStart = start(right);
      int common = Math.min(leftLength, rightLength);
      int at = Math.min(8, common);
      for (; at + 8 <= common; at += 8) {
        long leftWord = data.getLong(leftStart + at);
        long rightWord = data.getLong(rightStart + at);
        if (leftWord != rightWord) {
          return Long.compareUnsigned(leftWord, rightWord);
        }
      }
      for (; at < common; at++) {
        int difference = (data.get(leftStart + at) & 0xff) - (data.get(rightStart + at) & 0xff);
        if (difference != 0) {
          return difference;
        }
      }
      return Integer.compare(leftLength, rightLength);
    }

    byte[] head(int index) {
      byte[] head = new byte[Math.min(length(index), ColumnStats.MAX_BYTES)];
      data.get(start(index), head);
      return head;
    }
  }
}
