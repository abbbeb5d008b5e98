package io.thalweg.format.aggregate;

import io.thalweg.format.batch.ColumnStats;
import java.math.BigInteger;
import java.util.Arrays;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.FieldVector;

/** Least or greatest DECIMAL, by unscaled value in 128 bits. One thread. */
final class DecimalExtremes extends ExtremeState {
  private long[] high = {};
  private long[] low = {};

  DecimalExtremes(boolean greatest) {
    super(greatest);
  }

  @Override
  void resize(int room) {
    high = Arrays.copyOf(high, room);
    low = Arrays.copyOf(low, room);
  }

  @Override
  Values open(FieldVector vector) {
    ArrowBuf data = vector.getDataBuffer();
    return new Values() {
      @Override
      public int compare(int row, int group) {
        return order(data.getLong(row * 16L + 8), data.getLong(row * 16L), group);
      }

      @Override
      public void keep(int row, int group) {
        high[group] = data.getLong(row * 16L + 8);
        low[group] = data.getLong(row * 16L);
      }
    };
  }

  private int order(long valueHigh, long valueLow, int group) {
    return valueHigh != high[group]
        ? Long.compare(valueHigh, high[group])
        : Long.compareUnsigned(valueLow, low[group]);
  }

  @Override
  boolean keepBounds(ColumnStats.Bounds bounds, boolean first) {
    if (!(bounds instanceof ColumnStats.Decimals known)
        || known.min().compareTo(known.max()) > 0
        || known.min().bitLength() > 127
        || known.max().bitLength() > 127) {
      return false;
    }
    BigInteger value = isGreatest() ? known.max() : known.min();
    long valueHigh = value.shiftRight(64).longValue();
    if (first || replaces(order(valueHigh, value.longValue(), 0))) {
      high[0] = valueHigh;
      low[0] = value.longValue();
    }
    return true;
  }

  @Override
  void put(FieldVector vector, int row, int group) {
    vector.getDataBuffer().setLong(row * 16L, low[group]);
    vector.getDataBuffer().setLong(row * 16L + 8, high[group]);
  }

  @Override
  int valueBytes() {
    return 2 * Long.BYTES;
  }
}
