package io.thalweg.format.filter.value;

import io.thalweg.format.batch.ColumnStats;
import java.math.BigInteger;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.FieldVector;

/** Tests of DECIMAL by unscaled value, 128 bits wide. */
public sealed interface DecimalTest extends ColumnTest {

  /** A test of a value given by its halves. */
  interface Halves {
    /** Whether the value passes. */
    boolean pass(long high, long low);
  }

  /** The test of single values. */
  Halves halves();

  @Override
  default void evaluate(FieldVector vector, byte[] truth) {
    ArrowBuf data = vector.getDataBuffer();
    Halves test = halves();
    for (int row = 0; row < truth.length; row++) {
      boolean passes = test.pass(data.getLong(row * 16L + 8), data.getLong(row * 16L));
      truth[row] = passes ? Truth.TRUE : Truth.FALSE;
    }
  }

  /** Bounds of what 128 bits can hold. */
  BigInteger LEAST = BigInteger.ONE.shiftLeft(127).negate();

  BigInteger GREATEST = BigInteger.ONE.shiftLeft(127).subtract(BigInteger.ONE);

  /**
   * {@code min <= value <= max}, both within 128 bits, or its opposite; min over max passes no
   * value.
   *
   * @param negated passes the values outside instead
   */
  record Range(BigInteger min, BigInteger max, boolean negated) implements DecimalTest {
    @Override
    public Halves halves() {
      long minHigh = high(min);
      long minLow = min.longValue();
      long maxHigh = high(max);
      long maxLow = max.longValue();
      return (high, low) ->
          (compare(high, low, minHigh, minLow) >= 0 && compare(high, low, maxHigh, maxLow) <= 0)
              != negated;
    }

    @Override
    public int outcomes(ColumnStats.Bounds bounds) {
      boolean mayBeInside = min.compareTo(max) <= 0;
      boolean mayBeOutside = true;
      if (bounds instanceof ColumnStats.Decimals known && known.min().compareTo(known.max()) <= 0) {
        mayBeInside &= known.max().compareTo(min) >= 0 && known.min().compareTo(max) <= 0;
        mayBeOutside = known.min().compareTo(min) < 0 || known.max().compareTo(max) > 0;
      }
      return negated ? Truth.set(mayBeOutside, mayBeInside) : Truth.set(mayBeInside, mayBeOutside);
    }
  }

  /**
   * Is one of some values.
   *
   * @param sorted ascending, each within 128 bits
   */
  record Set(List<BigInteger> sorted) implements DecimalTest {
    @Override
    public Halves halves() {
      long[] highs = sorted.stream().mapToLong(DecimalTest::high).toArray();
      long[] lows = sorted.stream().mapToLong(BigInteger::longValue).toArray();
      return (high, low) -> contains(highs, lows, high, low);
    }

    private static boolean contains(long[] highs, long[] lows, long high, long low) {
      int from = 0;
      int to = highs.length - 1;
      while (from <= to) {
        int middle = (from + to) >>> 1;
        int order = compare(highs[middle], lows[middle], high, low);
        if (order == 0) {
          return true;
        }
        if (order < 0) {
          from = middle + 1;
        } else {
          to = middle - 1;
        }
      }
      return false;
    }

    @Override
    public int outcomes(ColumnStats.Bounds bounds) {
      if (bounds instanceof ColumnStats.Decimals known && known.min().compareTo(known.max()) <= 0) {
        boolean some =
            sorted.stream()
                .anyMatch(
                    value ->
                        value.compareTo(known.min()) >= 0 && value.compareTo(known.max()) <= 0);
        return Truth.set(some, !(some && known.min().equals(known.max())));
      }
      return Truth.set(!sorted.isEmpty(), true);
    }
  }

  private static long high(BigInteger value) {
    return value.shiftRight(64).longValue();
  }

  private static int compare(long high, long low, long otherHigh, long otherLow) {
    return high != otherHigh ? Long.compare(high, otherHigh) : Long.compareUnsigned(low, otherLow);
  }
}
