package io.thalweg.format.filter;

import io.thalweg.format.batch.ColumnStats;
import java.util.List;
import java.util.function.IntFunction;
import org.apache.arrow.vector.FieldVector;

/**
 * A predicate's node tied to one schema. Truth values are ordered so that AND is the lesser, OR the
 * greater and NOT the mirror image. Immutable; any thread.
 */
sealed interface Condition {
  /** The three truth values of a row. */
  byte FALSE = 0;

  byte UNKNOWN = 1;
  byte TRUE = 2;

  /** Sets of truth values, as bits. */
  int MAY_BE_FALSE = 1;

  int MAY_BE_UNKNOWN = 2;
  int MAY_BE_TRUE = 4;
  int MAY_BE_ANY = 7;

  /**
   * Evaluates the first {@code truth.length} rows.
   *
   * @param vectors by position in the schema
   * @param truth receives each row's truth value
   */
  void evaluate(IntFunction<FieldVector> vectors, byte[] truth);

  /**
   * The truth values that rows with these statistics may have; too many is allowed, too few never.
   */
  int outcomes(BatchStats stats);

  /** All or any of several conditions. */
  record Junction(boolean all, List<Condition> terms) implements Condition {
    @Override
    public void evaluate(IntFunction<FieldVector> vectors, byte[] truth) {
      terms.get(0).evaluate(vectors, truth);
      byte decided = all ? FALSE : TRUE;
      byte[] next = new byte[truth.length];
      for (int i = 1; i < terms.size() && !isAll(truth, decided); i++) {
        terms.get(i).evaluate(vectors, next);
        if (all) {
          for (int row = 0; row < truth.length; row++) {
            truth[row] = (byte) Math.min(truth[row], next[row]);
          }
        } else {
          for (int row = 0; row < truth.length; row++) {
            truth[row] = (byte) Math.max(truth[row], next[row]);
          }
        }
      }
    }

    private static boolean isAll(byte[] truth, byte value) {
      for (byte each : truth) {
        if (each != value) {
          return false;
        }
      }
      return true;
    }

    @Override
    public int outcomes(BatchStats stats) {
      // One term suffices for `deciding`, every term must allow `passing`.
      int deciding = all ? MAY_BE_FALSE : MAY_BE_TRUE;
      int passing = all ? MAY_BE_TRUE : MAY_BE_FALSE;
      int some = 0;
      int every = MAY_BE_ANY;
      for (Condition term : terms) {
        int outcomes = term.outcomes(stats);
        some |= outcomes;
        every &= outcomes;
        if (outcomes == deciding) {
          return deciding;
        }
      }
      return (some & (deciding | MAY_BE_UNKNOWN)) | (every & passing);
    }
  }

  /** The mirror image of a condition. */
  record Negation(Condition term) implements Condition {
    @Override
    public void evaluate(IntFunction<FieldVector> vectors, byte[] truth) {
      term.evaluate(vectors, truth);
      for (int row = 0; row < truth.length; row++) {
        truth[row] = (byte) (TRUE - truth[row]);
      }
    }

    @Override
    public int outcomes(BatchStats stats) {
      int outcomes = term.outcomes(stats);
      return (outcomes & MAY_BE_UNKNOWN)
          | ((outcomes & MAY_BE_TRUE) != 0 ? MAY_BE_FALSE : 0)
          | ((outcomes & MAY_BE_FALSE) != 0 ? MAY_BE_TRUE : 0);
    }
  }

  /** Whether a column is null; never unknown. */
  record NullTest(int column, boolean negated) implements Condition {
    @Override
    public void evaluate(IntFunction<FieldVector> vectors, byte[] truth) {
      FieldVector vector = vectors.apply(column);
      for (int row = 0; row < truth.length; row++) {
        truth[row] = vector.isNull(row) == negated ? FALSE : TRUE;
      }
    }

    @Override
    public int outcomes(BatchStats stats) {
      ColumnStats known = stats.column(column);
      if (known == null) {
        return MAY_BE_TRUE | MAY_BE_FALSE;
      }
      boolean someNull = known.nullCount() > 0;
      boolean someValue = known.nullCount() < stats.recordCount();
      return ((negated ? someValue : someNull) ? MAY_BE_TRUE : 0)
          | ((negated ? someNull : someValue) ? MAY_BE_FALSE : 0);
    }
  }

  /** A test of one column's values; unknown where the column is null. */
  record ValueTest(int column, ColumnTest test) implements Condition {
    @Override
    public void evaluate(IntFunction<FieldVector> vectors, byte[] truth) {
      FieldVector vector = vectors.apply(column);
      int nulls = vector.getNullCount();
      if (nulls < vector.getValueCount()) {
        test.evaluate(vector, truth);
      }
      if (nulls > 0) {
        nullsAreUnknown(vector, truth);
      }
    }

    private static void nullsAreUnknown(FieldVector vector, byte[] truth) {
      for (int row = 0; row < truth.length; row++) {
        if (vector.isNull(row)) {
          truth[row] = UNKNOWN;
        }
      }
    }

    @Override
    public int outcomes(BatchStats stats) {
      ColumnStats known = stats.column(column);
      if (known == null) {
        return MAY_BE_UNKNOWN | test.outcomes(null);
      }
      int ofNulls = known.nullCount() > 0 ? MAY_BE_UNKNOWN : 0;
      return known.nullCount() == stats.recordCount()
          ? ofNulls
          : ofNulls | test.outcomes(known.bounds().orElse(null));
    }
  }
}
