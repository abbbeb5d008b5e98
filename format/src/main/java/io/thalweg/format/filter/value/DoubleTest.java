package io.thalweg.format.filter.value;

import io.thalweg.format.batch.ColumnStats;
import java.util.Arrays;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;

/** Tests of FLOAT, widened, and DOUBLE. NaN is within no range and in no set. */
public sealed interface DoubleTest extends ColumnTest {

  /** Whether one value passes. */
  boolean passes(double value);

  /**
   * {@code min <= value <= max}, or its opposite; min over max passes no value.
   *
   * @param negated passes the values outside instead, NaN too
   */
  record Range(double min, double max, boolean negated) implements DoubleTest {
    @Override
    public boolean passes(double value) {
      return (value >= min && value <= max) != negated;
    }

    @Override
    public void evaluate(FieldVector vector, byte[] truth) {
      ArrowBuf data = vector.getDataBuffer();
      byte inside = negated ? Truth.FALSE : Truth.TRUE;
      byte outside = (byte) (Truth.TRUE - inside);
      if (vector instanceof Float4Vector) {
        for (int row = 0; row < truth.length; row++) {
          double value = data.getFloat((long) row << 2);
          truth[row] = value >= min && value <= max ? inside : outside;
        }
      } else {
        for (int row = 0; row < truth.length; row++) {
          double value = data.getDouble((long) row << 3);
          truth[row] = value >= min && value <= max ? inside : outside;
        }
      }
    }

    @Override
    public int outcomes(ColumnStats.Bounds bounds) {
      boolean mayBeInside = min <= max;
      boolean mayBeOutside = true;
      if (bounds instanceof ColumnStats.Doubles known && known.min() <= known.max()) {
        mayBeInside &= known.max() >= min && known.min() <= max;
        mayBeOutside = known.min() < min || known.max() > max;
      }
      return negated ? Truth.set(mayBeOutside, mayBeInside) : Truth.set(mayBeInside, mayBeOutside);
    }
  }

  /**
   * Is one of some values.
   *
   * @param sorted ascending, without NaN and -0.0
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Set(double[] sorted) implements DoubleTest {
    @Override
    public void evaluate(FieldVector vector, byte[] truth) {
      ArrowBuf data = vector.getDataBuffer();
      boolean single = vector instanceof Float4Vector;
      for (int row = 0; row < truth.length; row++) {
        double value = single ? data.getFloat((long) row << 2) : data.getDouble((long) row << 3);
        truth[row] = passes(value) ? Truth.TRUE : Truth.FALSE;
      }
    }

    @Override
    public boolean passes(double value) {
      // Adding zero turns -0.0, which the search tells apart, into 0.0.
      return Arrays.binarySearch(sorted, value + 0.0) >= 0;
    }

    @Override
    public int outcomes(ColumnStats.Bounds bounds) {
      if (bounds instanceof ColumnStats.Doubles known && known.min() <= known.max()) {
        int next = Arrays.binarySearch(sorted, known.min() + 0.0);
        int first = next >= 0 ? next : -next - 1;
        boolean some = first < sorted.length && sorted[first] <= known.max();
        return Truth.set(some, !(some && known.min() == known.max()));
      }
      return Truth.set(sorted.length > 0, true);
    }
  }
}
