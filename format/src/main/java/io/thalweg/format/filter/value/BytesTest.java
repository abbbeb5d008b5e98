package io.thalweg.format.filter.value;

import io.thalweg.format.batch.ColumnStats;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.util.ByteFunctionHelpers;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FixedSizeBinaryVector;

/** Tests of strings and bytes, in unsigned byte order. */
public sealed interface BytesTest extends ColumnTest {

  /** Whether the value in {@code [start, end)} of {@code data} passes. */
  boolean passes(ArrowBuf data, int start, int end);

  /** Whether {@code value} passes. */
  boolean passes(byte[] value);

  @Override
  default void evaluate(FieldVector vector, byte[] truth) {
    ArrowBuf data = vector.getDataBuffer();
    if (vector instanceof FixedSizeBinaryVector fixed) {
      int width = fixed.getByteWidth();
      for (int row = 0; row < truth.length; row++) {
        boolean passes = passes(data, row * width, row * width + width);
        truth[row] = passes ? Truth.TRUE : Truth.FALSE;
      }
      return;
    }
    ArrowBuf offsets = vector.getOffsetBuffer();
    int start = truth.length == 0 ? 0 : offsets.getInt(0);
    for (int row = 0; row < truth.length; row++) {
      int end = offsets.getInt(4L * row + 4);
      truth[row] = passes(data, start, end) ? Truth.TRUE : Truth.FALSE;
      start = end;
    }
  }

  /**
   * Lies on some sides of one value.
   *
   * @param less passes lesser values
   * @param equal passes the value itself
   * @param greater passes greater values
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Compare(boolean less, boolean equal, boolean greater, byte[] value) implements BytesTest {
    /** Passes the value alone. */
    public static Compare equal(byte[] value) {
      return new Compare(false, true, false, value);
    }

    @Override
    public boolean passes(ArrowBuf data, int start, int end) {
      if (less == greater && end - start != value.length) {
        return less;
      }
      return passes(ByteFunctionHelpers.compare(data, start, end, value, 0, value.length));
    }

    @Override
    public boolean passes(byte[] given) {
      return passes(Arrays.compareUnsigned(given, value));
    }

    private boolean passes(int order) {
      return order < 0 ? less : order > 0 ? greater : equal;
    }

    @Override
    public int outcomes(ColumnStats.Bounds bounds) {
      if (!(bounds instanceof ColumnStats.Bytes known)
          || Arrays.compareUnsigned(known.min(), known.max()) > 0) {
        return Truth.set(true, true);
      }
      int least = Arrays.compareUnsigned(known.min(), value);
      int greatest = Arrays.compareUnsigned(known.max(), value);
      boolean mayBeLess = least < 0;
      boolean mayBeEqual = least <= 0 && greatest >= 0;
      boolean mayBeGreater = greatest > 0;
      return Truth.set(
          (less && mayBeLess) || (equal && mayBeEqual) || (greater && mayBeGreater),
          (!less && mayBeLess) || (!equal && mayBeEqual) || (!greater && mayBeGreater));
    }
  }

  /**
   * Is one of some values.
   *
   * @param sorted ascending
   */
  record Set(List<byte[]> sorted) implements BytesTest {
    @Override
    public boolean passes(ArrowBuf data, int start, int end) {
      int from = 0;
      int to = sorted.size() - 1;
      while (from <= to) {
        int middle = (from + to) >>> 1;
        byte[] candidate = sorted.get(middle);
        int order = ByteFunctionHelpers.compare(data, start, end, candidate, 0, candidate.length);
        if (order == 0) {
          return true;
        }
        if (order > 0) {
          from = middle + 1;
        } else {
          to = middle - 1;
        }
      }
      return false;
    }

    @Override
    public boolean passes(byte[] value) {
      return Collections.binarySearch(sorted, value, Arrays::compareUnsigned) >= 0;
    }

    @Override
    public int outcomes(ColumnStats.Bounds bounds) {
      if (!(bounds instanceof ColumnStats.Bytes known)
          || Arrays.compareUnsigned(known.min(), known.max()) > 0) {
        return Truth.set(true, true);
      }
      boolean some =
          sorted.stream()
              .anyMatch(
                  value ->
                      Arrays.compareUnsigned(value, known.min()) >= 0
                          && Arrays.compareUnsigned(value, known.max()) <= 0);
      return Truth.set(some, !(some && Arrays.equals(known.min(), known.max())));
    }
  }

  /** Begins with some bytes. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Prefix(byte[] prefix) implements BytesTest {
    @Override
    public boolean passes(ArrowBuf data, int start, int end) {
      int until = start + prefix.length;
      return until <= end
          && ByteFunctionHelpers.compare(data, start, until, prefix, 0, prefix.length) == 0;
    }

    @Override
    public boolean passes(byte[] value) {
      return value.length >= prefix.length
          && Arrays.equals(value, 0, prefix.length, prefix, 0, prefix.length);
    }

    @Override
    public int outcomes(ColumnStats.Bounds bounds) {
      if (prefix.length == 0) {
        return Truth.set(true, false);
      }
      if (!(bounds instanceof ColumnStats.Bytes known)
          || Arrays.compareUnsigned(known.min(), known.max()) > 0) {
        return Truth.set(true, true);
      }
      boolean some =
          Arrays.compareUnsigned(known.max(), prefix) >= 0
              && (passes(known.min()) || Arrays.compareUnsigned(known.min(), prefix) < 0);
      return Truth.set(some, !(passes(known.min()) && passes(known.max())));
    }
  }

  /** Matches a pattern. */
  record Like(LikePattern pattern) implements BytesTest {
    @Override
    public boolean passes(ArrowBuf data, int start, int end) {
      byte[] prefix = pattern.prefix();
      int until = start + prefix.length;
      if (until > end
          || ByteFunctionHelpers.compare(data, start, until, prefix, 0, prefix.length) != 0) {
        return false;
      }
      byte[] value = new byte[end - start];
      data.getBytes(start, value);
      return pattern.matches(value);
    }

    @Override
    public boolean passes(byte[] value) {
      return pattern.matches(value);
    }

    @Override
    public int outcomes(ColumnStats.Bounds bounds) {
      return new Prefix(pattern.prefix()).outcomes(bounds) | Truth.MAY_BE_FALSE;
    }
  }
}
