package io.thalweg.format.filter.value;

import io.thalweg.format.batch.ColumnStats;
import java.util.Arrays;
import java.util.function.IntPredicate;
import org.apache.arrow.vector.FieldVector;

/**
 * A test of what functions make of a column's values. It computes no nulls. Immutable; any thread.
 *
 * @param test of the form of the results
 */
public record ComputedTest(Computation computation, ColumnTest test) implements ColumnTest {
  @Override
  public void evaluate(FieldVector vector, byte[] truth) {
    IntPredicate passes = passes(vector);
    boolean nulls = vector.getNullCount() > 0;
    for (int row = 0; row < truth.length; row++) {
      boolean skipped = nulls && vector.isNull(row);
      truth[row] = !skipped && passes.test(row) ? Truth.TRUE : Truth.FALSE;
    }
  }

  private IntPredicate passes(FieldVector vector) {
    if (computation instanceof Computation.OfLongs longs) {
      LongTest.Longs values = longs.open().apply(vector);
      LongTest wanted = (LongTest) test;
      return row -> wanted.passes(values.at(row));
    }
    if (computation instanceof Computation.OfDoubles doubles) {
      Computation.Doubles values = doubles.open().apply(vector);
      DoubleTest wanted = (DoubleTest) test;
      return row -> wanted.passes(values.at(row));
    }
    if (computation instanceof Computation.OfDecimals decimals) {
      Computation.Decimals values = decimals.open().apply(vector);
      DecimalTest.Halves wanted = ((DecimalTest) test).halves();
      return row -> wanted.pass(values.high(row), values.low(row));
    }
    Computation.Bytes values = ((Computation.OfBytes) computation).open().apply(vector);
    BytesTest wanted = (BytesTest) test;
    return row -> wanted.passes(values.at(row));
  }

  @Override
  public int outcomes(ColumnStats.Bounds bounds) {
    return test.outcomes(
        bounds == null || !inOrder(bounds) ? null : computation.bounds().apply(bounds));
  }

  /** Functions could make bounds of what are none. */
  private static boolean inOrder(ColumnStats.Bounds bounds) {
    if (bounds instanceof ColumnStats.Longs longs) {
      return longs.min() <= longs.max();
    }
    if (bounds instanceof ColumnStats.Doubles doubles) {
      return doubles.min() <= doubles.max();
    }
    if (bounds instanceof ColumnStats.Decimals decimals) {
      return decimals.min().compareTo(decimals.max()) <= 0;
    }
    ColumnStats.Bytes bytes = (ColumnStats.Bytes) bounds;
    return Arrays.compareUnsigned(bytes.min(), bytes.max()) <= 0;
  }
}
