package io.thalweg.format.aggregate;

import io.thalweg.format.batch.ColumnStats;
import io.thalweg.format.type.DataType;
import java.util.Arrays;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BitVectorHelper;
import org.apache.arrow.vector.FieldVector;

/**
 * The least or the greatest value of each group, for one physical form of values. One thread.
 *
 * <p>Subclasses keep the values; this class knows which groups have one.
 */
abstract class ExtremeState implements State {
  private final boolean greatest;
  private boolean[] seen = {};

  /** Keeps the greatest values, or the least. */
  ExtremeState(boolean greatest) {
    this.greatest = greatest;
  }

  /** For values of {@code type}, whose bytes are taken from {@code budget}. */
  static ExtremeState of(DataType type, boolean greatest, Budget budget) {
    return switch (type.form()) {
      case BIT, INT8, INT16, INT32, INT64 -> new LongExtremes(greatest);
      case FLOAT32, FLOAT64 -> new DoubleExtremes(greatest);
      case DECIMAL128 -> new DecimalExtremes(greatest);
      case FIXED_BYTES, BYTES -> new BytesExtremes(greatest, budget);
      case VECTOR, LIST, MAP, STRUCT -> throw type.form().notScalar();
    };
  }

  /** Makes room for {@code room} groups. */
  abstract void resize(int room);

  /** The values of one vector, beside those of the groups. */
  interface Values {
    /** Compares the value of a row with that of a group. */
    int compare(int row, int group);

    /** Makes the value of a row that of a group. */
    void keep(int row, int group);
  }

  /** The values of {@code vector}. */
  abstract Values open(FieldVector vector);

  /** Writes a group's value into {@code row}, and nothing about its validity. */
  abstract void put(FieldVector vector, int row, int group);

  /** About how many bytes it keeps of each group's value, without those of texts. */
  abstract int valueBytes();

  /**
   * Takes bounds for group 0; false if they are not exact, or of another kind.
   *
   * @param first whether the group has no value yet
   */
  abstract boolean keepBounds(ColumnStats.Bounds bounds, boolean first);

  /** Whether a value of that order beside the present one replaces it. */
  boolean replaces(int order) {
    return greatest ? order > 0 : order < 0;
  }

  /** Whether it keeps the greatest. */
  boolean isGreatest() {
    return greatest;
  }

  @Override
  public void grow(int count) {
    if (count > seen.length) {
      seen = Arrays.copyOf(seen, Groups.room(count));
      resize(seen.length);
    }
  }

  @Override
  public void add(FieldVector vector, int[] rows, int[] groups) {
    Values values = open(vector);
    boolean nulls = vector.getNullCount() > 0;
    for (int i = 0; i < rows.length; i++) {
      int row = rows[i];
      int group = groups[i];
      if (nulls && vector.isNull(row)) {
        continue;
      }
      if (!seen[group] || replaces(values.compare(row, group))) {
        values.keep(row, group);
        seen[group] = true;
      }
    }
  }

  @Override
  public void merge(FieldVector vector, int[] rows, int[] groups) {
    add(vector, rows, groups);
  }

  @Override
  public boolean addStatistics(ColumnStats stats, int rows) {
    if (stats != null && stats.nullCount() == rows) {
      return true;
    }
    boolean taken =
        stats != null && stats.bounds().isPresent() && keepBounds(stats.bounds().get(), !seen[0]);
    seen[0] |= taken;
    return taken;
  }

  @Override
  public int groupBytes() {
    return valueBytes() + 1;
  }

  @Override
  public void write(FieldVector vector, int first, int count) {
    vector.setInitialCapacity(count);
    vector.allocateNew();
    if (vector instanceof BaseFixedWidthVector fixed) {
      fixed.zeroVector();
    }
    for (int i = 0; i < count; i++) {
      if (seen[first + i]) {
        put(vector, i, first + i);
        BitVectorHelper.setBit(vector.getValidityBuffer(), i);
      }
    }
    vector.setValueCount(count);
  }
}
