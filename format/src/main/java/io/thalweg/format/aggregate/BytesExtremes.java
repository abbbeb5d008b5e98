package io.thalweg.format.aggregate;

import io.thalweg.format.batch.ColumnStats;
import java.util.Arrays;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.util.ByteFunctionHelpers;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FixedSizeBinaryVector;

/** Least or greatest texts and byte strings, by unsigned bytes. One thread. */
final class BytesExtremes extends ExtremeState {
  private static final byte[] NONE = {};

  private final Budget budget;
  private byte[][] kept = {};

  BytesExtremes(boolean greatest, Budget budget) {
    super(greatest);
    this.budget = budget;
  }

  @Override
  void resize(int room) {
    int before = kept.length;
    kept = Arrays.copyOf(kept, room);
    Arrays.fill(kept, before, room, NONE);
  }

  @Override
  Values open(FieldVector vector) {
    ArrowBuf data = vector.getDataBuffer();
    Cells.Slices slices = Cells.slices(vector);
    return new Values() {
      @Override
      public int compare(int row, int group) {
        int start = (int) slices.start(row);
        byte[] other = kept[group];
        return ByteFunctionHelpers.compare(
            data, start, start + slices.length(row), other, 0, other.length);
      }

      @Override
      public void keep(int row, int group) {
        budget.take(slices.length(row) - kept[group].length);
        byte[] value = new byte[slices.length(row)];
        data.getBytes(slices.start(row), value);
        kept[group] = value;
      }
    };
  }

  /** Bounds of bytes may be shortened. */
  @Override
  boolean keepBounds(ColumnStats.Bounds bounds, boolean first) {
    return false;
  }

  @Override
  void put(FieldVector vector, int row, int group) {
    if (vector instanceof FixedSizeBinaryVector fixed) {
      fixed.set(row, kept[group]);
    } else {
      ((BaseVariableWidthVector) vector).setSafe(row, kept[group]);
    }
  }

  /** A reference, and what an array takes beside its bytes. */
  @Override
  int valueBytes() {
    return 24;
  }
}
