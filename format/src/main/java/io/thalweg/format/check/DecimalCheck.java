package io.thalweg.format.check;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.math.BigInteger;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.DecimalVector;

/** Checks that decimals have no more digits than their type says. Stateless. */
public final class DecimalCheck {
  private DecimalCheck() {}

  /**
   * Refuses a value of more than {@code precision} digits.
   *
   * @param path the column's, as errors name it
   * @throws ThalwegException SCHEMA_MISMATCH, with the row
   */
  public static void check(String path, DecimalVector decimals, int precision) {
    BigInteger limit = BigInteger.TEN.pow(precision);
    long high = limit.shiftRight(64).longValue();
    long low = limit.longValue();
    BigInteger least = limit.negate();
    long leastHigh = least.shiftRight(64).longValue();
    long leastLow = least.longValue();
    ArrowBuf data = decimals.getDataBuffer();
    for (int row = 0; row < decimals.getValueCount(); row++) {
      long valueHigh = data.getLong(row * 16L + 8);
      long valueLow = data.getLong(row * 16L);
      boolean fits =
          less(valueHigh, valueLow, high, low) && less(leastHigh, leastLow, valueHigh, valueLow);
      if (!fits && !decimals.isNull(row)) {
        throw new ThalwegException(
            ErrorCode.SCHEMA_MISMATCH,
            "column '"
                + path
                + "' has at most "
                + precision
                + " digits, row "
                + row
                + " of the batch has "
                + decimals.getObject(row));
      }
    }
  }

  private static boolean less(long high, long low, long otherHigh, long otherLow) {
    return high != otherHigh ? high < otherHigh : Long.compareUnsigned(low, otherLow) < 0;
  }
}
