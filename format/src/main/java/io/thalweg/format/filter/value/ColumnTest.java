package io.thalweg.format.filter.value;

import io.thalweg.format.batch.ColumnStats;
import org.apache.arrow.vector.FieldVector;

/**
 * A test of the values of a column of one physical form. It ignores nulls. Immutable; any thread.
 */
public interface ColumnTest {

  /**
   * Sets each of the first {@code truth.length} rows to {@link Truth#TRUE} or {@link Truth#FALSE};
   * the result for a null does not matter.
   */
  void evaluate(FieldVector vector, byte[] truth);

  /**
   * The truth values that values within {@code bounds} may have.
   *
   * @param bounds null if nothing is known
   */
  int outcomes(ColumnStats.Bounds bounds);
}
