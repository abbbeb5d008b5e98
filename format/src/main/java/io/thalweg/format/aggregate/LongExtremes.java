package io.thalweg.format.aggregate;

import io.thalweg.format.batch.ColumnStats;
import java.util.Arrays;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.BitVectorHelper;
import org.apache.arrow.vector.FieldVector;

/** Least or greatest integers, booleans, dates and times. One thread. */
final class LongExtremes extends ExtremeState {
  private long[] kept = {};

  LongExtremes(boolean greatest) {
    super(greatest);
  }

  @Override
  void resize(int room) {
    kept = Arrays.copyOf(kept, room);
  }

  @Override
  Values open(FieldVector vector) {
    Cells.Longs values = Cells.longs(vector);
    return new Values() {
      @Override
      public int compare(int row, int group) {
        return Long.compare(values.at(row), kept[group]);
      }

      @Override
      public void keep(int row, int group) {
        kept[group] = values.at(row);
      }
    };
  }

  @Override
  boolean keepBounds(ColumnStats.Bounds bounds, boolean first) {
    if (!(bounds instanceof ColumnStats.Longs known) || known.min() > known.max()) {
      return false;
    }
    long value = isGreatest() ? known.max() : known.min();
    kept[0] = first || replaces(Long.compare(value, kept[0])) ? value : kept[0];
    return true;
  }

  @Override
  void put(FieldVector vector, int row, int group) {
    ArrowBuf data = vector.getDataBuffer();
    int width = vector instanceof BitVector ? 0 : ((BaseFixedWidthVector) vector).getTypeWidth();
    switch (width) {
      case 8 -> data.setLong((long) row << 3, kept[group]);
      case 4 -> data.setInt((long) row << 2, (int) kept[group]);
      case 2 -> data.setShort((long) row << 1, (short) kept[group]);
      case 1 -> data.setByte(row, (byte) kept[group]);
      default -> {
        if (kept[group] != 0) {
          BitVectorHelper.setBit(data, row);
        }
      }
    }
  }

  @Override
  int valueBytes() {
    return Long.BYTES;
  }
}
