package io.thalweg.format.filter;

import io.thalweg.format.batch.ColumnStats;
import org.apache.arrow.vector.FieldVector;

/**
 * A test of the values of a column of one physical form. It ignores nulls. Immutable; any thread.
 */
interface ColumnTest {

  /**
   * Sets each of the first {@code truth.length} rows to {@link Condition#TRUE} or {@link
   * Condition#FALSE}; the result for a null does not matter.
   */
  void evaluate(FieldVector vector, byte[] truth);

  /**
   * The truth values that values within {@code bounds} may have.
   *
   * @param bounds null if nothing is known
   */
  int outcomes(ColumnStats.Bounds bounds);

  /** The set of the truth values that are possible. */
  static int set(boolean mayBeTrue, boolean mayBeFalse) {
    return (mayBeTrue ? Condition.MAY_BE_TRUE : 0) | (mayBeFalse ? Condition.MAY_BE_FALSE : 0);
  }
}
