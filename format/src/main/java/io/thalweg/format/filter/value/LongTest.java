package io.thalweg.format.filter.value;

import io.thalweg.format.batch.ColumnStats;
import java.util.Arrays;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.FieldVector;

/** Tests of integers, booleans (0 and 1), dates, times and timestamps. */
public sealed interface LongTest extends ColumnTest {

  /** Whether one value passes. */
  boolean passes(long value);

  /**
   * {@code min <= value <= max}, or its opposite; min over max passes no value.
   *
   * @param negated passes the values outside instead
   */
  record Range(long min, long max, boolean negated) implements LongTest {
    @Override
    public boolean passes(long value) {
      return (value >= min && value <= max) != negated;
    }

    @Override
    public void evaluate(FieldVector vector, byte[] truth) {
      ArrowBuf data = vector.getDataBuffer();
      byte inside = negated ? Truth.FALSE : Truth.TRUE;
      byte outside = (byte) (Truth.TRUE - inside);
      switch (width(vector)) {
        case 8 -> {
          for (int row = 0; row < truth.length; row++) {
            long value = data.getLong((long) row << 3);
            truth[row] = value >= min && value <= max ? inside : outside;
          }
        }
        case 4 -> {
          for (int row = 0; row < truth.length; row++) {
            int value = data.getInt((long) row << 2);
            truth[row] = value >= min && value <= max ? inside : outside;
          }
        }
        default -> each(this, vector, truth);
      }
    }

    @Override
    public int outcomes(ColumnStats.Bounds bounds) {
      boolean mayBeInside = min <= max;
      boolean mayBeOutside = min > Long.MIN_VALUE || max < Long.MAX_VALUE;
      if (bounds instanceof ColumnStats.Longs known && known.min() <= known.max()) {
        mayBeInside &= known.max() >= min && known.min() <= max;
        mayBeOutside &= known.min() < min || known.max() > max;
      }
      return negated ? Truth.set(mayBeOutside, mayBeInside) : Truth.set(mayBeInside, mayBeOutside);
    }
  }

  /**
   * Is one of some values.
   *
   * @param sorted ascending
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Set(long[] sorted) implements LongTest {
    @Override
    public boolean passes(long value) {
      return Arrays.binarySearch(sorted, value) >= 0;
    }

    @Override
    public void evaluate(FieldVector vector, byte[] truth) {
      each(this, vector, truth);
    }

    @Override
    public int outcomes(ColumnStats.Bounds bounds) {
      if (bounds instanceof ColumnStats.Longs known && known.min() <= known.max()) {
        int next = Arrays.binarySearch(sorted, known.min());
        int first = next >= 0 ? next : -next - 1;
        boolean some = first < sorted.length && sorted[first] <= known.max();
        return Truth.set(some, !(some && known.min() == known.max()));
      }
      return Truth.set(sorted.length > 0, true);
    }
  }

  private static void each(LongTest test, FieldVector vector, byte[] truth) {
    Longs values = longs(vector);
    for (int row = 0; row < truth.length; row++) {
      truth[row] = test.passes(values.at(row)) ? Truth.TRUE : Truth.FALSE;
    }
  }

  /** Integers by row. */
  interface Longs {
    /** The integer of a row; any if it is null. */
    long at(int row);
  }

  /** The values of a vector of any width. */
  static Longs longs(FieldVector vector) {
    ArrowBuf data = vector.getDataBuffer();
    return switch (width(vector)) {
      case 8 -> row -> data.getLong((long) row << 3);
      case 4 -> row -> data.getInt((long) row << 2);
      case 2 -> row -> data.getShort((long) row << 1);
      case 1 -> row -> data.getByte(row);
      default -> row -> (data.getByte(row >> 3) >> (row & 7)) & 1;
    };
  }

  /** Bytes per value, 0 for bits. */
  private static int width(FieldVector vector) {
    return vector instanceof BitVector ? 0 : ((BaseFixedWidthVector) vector).getTypeWidth();
  }
}
