package io.thalweg.format.aggregate;

import io.thalweg.format.batch.ColumnStats;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.math.BigInteger;
import java.util.Arrays;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BitVectorHelper;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;

/**
 * Exact sums of integers and unscaled decimals. A sum has 128 bits, and may pass them on the way:
 * it counts how often it did, in either direction. One thread.
 */
final class SumState implements State {
  /** Most digits of a sum. */
  static final int DIGITS = 38;

  private static final BigInteger LIMIT = BigInteger.TEN.pow(DIGITS);

  private final String name;
  private long[] high = {};
  private long[] low = {};

  /** How many times 2^128 the sum is more than its 128 bits say. */
  private int[] wraps = {};

  private boolean[] seen = {};

  /**
   * Begins at nothing.
   *
   * @param name of the measure, for messages
   */
  SumState(String name) {
    this.name = name;
  }

  @Override
  public void grow(int count) {
    if (count > seen.length) {
      high = Arrays.copyOf(high, Groups.room(count));
      low = Arrays.copyOf(low, Groups.room(count));
      wraps = Arrays.copyOf(wraps, Groups.room(count));
      seen = Arrays.copyOf(seen, Groups.room(count));
    }
  }

  @Override
  public void add(FieldVector vector, int[] rows, int[] groups) {
    if (vector instanceof DecimalVector) {
      merge(vector, rows, groups);
      return;
    }
    Cells.Longs values = Cells.longs(vector);
    boolean nulls = vector.getNullCount() > 0;
    for (int i = 0; i < rows.length; i++) {
      if (!nulls || !vector.isNull(rows[i])) {
        long value = values.at(rows[i]);
        add(groups[i], value >> 63, value);
      }
    }
  }

  @Override
  public void merge(FieldVector vector, int[] rows, int[] groups) {
    ArrowBuf data = vector.getDataBuffer();
    for (int i = 0; i < rows.length; i++) {
      if (!vector.isNull(rows[i])) {
        add(groups[i], data.getLong(rows[i] * 16L + 8), data.getLong(rows[i] * 16L));
      }
    }
  }

  private void add(int group, long valueHigh, long valueLow) {
    long sumLow = low[group] + valueLow;
    long carry = Long.compareUnsigned(sumLow, valueLow) < 0 ? 1 : 0;
    long sumHigh = high[group] + valueHigh + carry;
    // Both have one sign and the sum has the other: 128 bits do not hold it.
    if (((sumHigh ^ high[group]) & (sumHigh ^ valueHigh)) < 0) {
      wraps[group] += valueHigh < 0 ? -1 : 1;
    }
    low[group] = sumLow;
    high[group] = sumHigh;
    seen[group] = true;
  }

  private ThalwegException tooLarge() {
    return new ThalwegException(
        ErrorCode.LIMIT_REACHED, name + " has more than " + DIGITS + " digits");
  }

  @Override
  public boolean addStatistics(ColumnStats stats, int rows) {
    return stats != null && stats.nullCount() == rows;
  }

  @Override
  public void write(FieldVector vector, int first, int count) {
    DecimalVector result = (DecimalVector) vector;
    result.allocateNew(count);
    result.zeroVector();
    for (int i = 0; i < count; i++) {
      int group = first + i;
      if (seen[group]) {
        check(group);
        result.getDataBuffer().setLong(i * 16L, low[group]);
        result.getDataBuffer().setLong(i * 16L + 8, high[group]);
        BitVectorHelper.setBit(result.getValidityBuffer(), i);
      }
    }
    result.setValueCount(count);
  }

  @Override
  public int groupBytes() {
    return 2 * Long.BYTES + Integer.BYTES + 1;
  }

  private void check(int group) {
    if (wraps[group] != 0) {
      throw tooLarge();
    }
    // What the upper half alone shows to be small needs no exact look.
    if (high[group] > Integer.MAX_VALUE || high[group] < Integer.MIN_VALUE) {
      BigInteger value =
          BigInteger.valueOf(high[group])
              .shiftLeft(64)
              .add(new BigInteger(Long.toUnsignedString(low[group])));
      if (value.abs().compareTo(LIMIT) >= 0) {
        throw tooLarge();
      }
    }
  }
}
