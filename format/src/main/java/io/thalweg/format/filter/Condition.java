package io.thalweg.format.filter;

import io.thalweg.format.batch.ColumnStats;
import io.thalweg.format.filter.value.ColumnTest;
import io.thalweg.format.filter.value.Truth;
import io.thalweg.format.filter.value.VariantField;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.IntFunction;
import org.apache.arrow.vector.FieldVector;

/** A predicate's node tied to one schema. Immutable; any thread. */
sealed interface Condition {
  /**
   * Evaluates the first {@code truth.length} rows.
   *
   * @param vectors by position in the schema
   * @param truth receives each row's truth value
   */
  void evaluate(IntFunction<FieldVector> vectors, byte[] truth);

  /**
   * Which of TRUE and FALSE rows with these statistics may have. May return one that none has;
   * never leaves one out that a row has.
   */
  int outcomes(BatchStats stats);

  /** Tells each place that it looks at, and what of the variants there; null for other columns. */
  void looks(BiConsumer<ColumnPath, VariantField> at);

  /** All or any of several conditions. */
  record Junction(boolean all, List<Condition> terms) implements Condition {
    @Override
    public void evaluate(IntFunction<FieldVector> vectors, byte[] truth) {
      terms.get(0).evaluate(vectors, truth);
      byte decided = all ? Truth.FALSE : Truth.TRUE;
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

    @Override
    public void looks(BiConsumer<ColumnPath, VariantField> at) {
      terms.forEach(term -> term.looks(at));
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
      int some = 0;
      int every = Truth.MAY_BE_EITHER;
      for (Condition term : terms) {
        int outcomes = term.outcomes(stats);
        some |= outcomes;
        every &= outcomes;
      }
      // One false term makes AND false, but all must be true to make it true; OR mirrors that.
      return all
          ? (some & Truth.MAY_BE_FALSE) | (every & Truth.MAY_BE_TRUE)
          : (some & Truth.MAY_BE_TRUE) | (every & Truth.MAY_BE_FALSE);
    }
  }

  /** The mirror image of a condition. */
  record Negation(Condition term) implements Condition {
    @Override
    public void looks(BiConsumer<ColumnPath, VariantField> at) {
      term.looks(at);
    }

    @Override
    public void evaluate(IntFunction<FieldVector> vectors, byte[] truth) {
      term.evaluate(vectors, truth);
      for (int row = 0; row < truth.length; row++) {
        truth[row] = (byte) (Truth.TRUE - truth[row]);
      }
    }

    @Override
    public int outcomes(BatchStats stats) {
      int outcomes = term.outcomes(stats);
      return Truth.set((outcomes & Truth.MAY_BE_FALSE) != 0, (outcomes & Truth.MAY_BE_TRUE) != 0);
    }
  }

  /**
   * Whether an operand is null; never unknown.
   *
   * @param inside what of its variants is tested; null for other columns
   */
  record NullTest(ColumnPath path, VariantField inside, boolean negated) implements Condition {
    @Override
    public void looks(BiConsumer<ColumnPath, VariantField> at) {
      at.accept(path, inside);
    }

    @Override
    public void evaluate(IntFunction<FieldVector> vectors, byte[] truth) {
      byte whereNull = negated ? Truth.FALSE : Truth.TRUE;
      Arrays.fill(truth, negated ? Truth.TRUE : Truth.FALSE);
      if (inside != null) {
        try (FieldVector found = inside.read(path.vector(vectors), truth.length)) {
          ColumnPath.whereNull(found, truth, whereNull);
        }
      }
      path.whereNull(vectors, truth, whereNull);
    }

    @Override
    public int outcomes(BatchStats stats) {
      ColumnStats known = stats.of(path, inside);
      if (known == null) {
        return Truth.MAY_BE_EITHER;
      }
      boolean someNull = known.nullCount() > 0;
      boolean someValue = known.nullCount() < stats.recordCount();
      return negated ? Truth.set(someValue, someNull) : Truth.set(someNull, someValue);
    }
  }

  /**
   * A test of an operand's values; unknown where it is null.
   *
   * @param inside what of its variants is tested; null for other columns
   */
  record ValueTest(ColumnPath path, VariantField inside, ColumnTest test) implements Condition {
    @Override
    public void looks(BiConsumer<ColumnPath, VariantField> at) {
      at.accept(path, inside);
    }

    @Override
    public void evaluate(IntFunction<FieldVector> vectors, byte[] truth) {
      FieldVector vector = path.vector(vectors);
      if (inside != null) {
        try (FieldVector found = inside.read(vector, truth.length)) {
          test.evaluate(found, truth);
          ColumnPath.whereNull(found, truth, Truth.UNKNOWN);
        }
      } else if (vector.getNullCount() < vector.getValueCount()) {
        test.evaluate(vector, truth);
      }
      path.whereNull(vectors, truth, Truth.UNKNOWN);
    }

    @Override
    public int outcomes(BatchStats stats) {
      ColumnStats known = stats.of(path, inside);
      if (known == null) {
        return test.outcomes(null);
      }
      return known.nullCount() == stats.recordCount()
          ? 0
          : test.outcomes(known.bounds().orElse(null));
    }
  }

  /** A condition whose FALSE is unknown: a list holds NULL beside what it was compared with. */
  record Doubted(Condition term) implements Condition {
    @Override
    public void looks(BiConsumer<ColumnPath, VariantField> at) {
      term.looks(at);
    }

    @Override
    public void evaluate(IntFunction<FieldVector> vectors, byte[] truth) {
      term.evaluate(vectors, truth);
      for (int row = 0; row < truth.length; row++) {
        truth[row] = truth[row] == Truth.FALSE ? Truth.UNKNOWN : truth[row];
      }
    }

    @Override
    public int outcomes(BatchStats stats) {
      return term.outcomes(stats) & Truth.MAY_BE_TRUE;
    }
  }

  /** A condition that is FALSE where {@code term} is unknown. */
  record Certain(ValueTest term) implements Condition {
    @Override
    public void looks(BiConsumer<ColumnPath, VariantField> at) {
      term.looks(at);
    }

    @Override
    public void evaluate(IntFunction<FieldVector> vectors, byte[] truth) {
      term.evaluate(vectors, truth);
      for (int row = 0; row < truth.length; row++) {
        truth[row] = truth[row] == Truth.UNKNOWN ? Truth.FALSE : truth[row];
      }
    }

    @Override
    public int outcomes(BatchStats stats) {
      ColumnStats known = stats.of(term.path, term.inside);
      boolean someNull = known == null || known.nullCount() > 0;
      return term.outcomes(stats) | (someNull ? Truth.MAY_BE_FALSE : 0);
    }
  }
}
