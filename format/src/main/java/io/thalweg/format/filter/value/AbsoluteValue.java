package io.thalweg.format.filter.value;

import io.thalweg.format.batch.ColumnStats;
import io.thalweg.format.batch.ColumnStats.Bounds;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Kind;
import java.math.BigInteger;

/**
 * The function abs of each kind of number. What it makes of the least BIGINT is no BIGINT, so for
 * BIGINT its results are DECIMAL(19, 0). Stateless.
 */
public final class AbsoluteValue {
  private AbsoluteValue() {}

  /** Of {@code input}, which is of numbers. */
  public static Computation of(Computation input) {
    if (input instanceof Computation.OfDoubles doubles) {
      return new Computation.OfDoubles(
          doubles.type(),
          vector -> {
            Computation.Doubles values = doubles.open().apply(vector);
            return row -> Math.abs(values.at(row));
          },
          Computation.then(input, AbsoluteValue::doubles));
    }
    if (input instanceof Computation.OfDecimals decimals) {
      return new Computation.OfDecimals(
          decimals.type(),
          vector -> positive(decimals.open().apply(vector)),
          Computation.then(input, AbsoluteValue::exact));
    }
    Computation.OfLongs longs = (Computation.OfLongs) input;
    if (longs.type().kind() == Kind.BIGINT) {
      return new Computation.OfDecimals(
          DataType.decimal(19, 0),
          vector -> unsigned(longs.open().apply(vector)),
          Computation.then(input, AbsoluteValue::exact));
    }
    return new Computation.OfLongs(
        DataType.of(Kind.BIGINT),
        vector -> {
          LongTest.Longs values = longs.open().apply(vector);
          return row -> Math.abs(values.at(row));
        },
        Computation.then(input, AbsoluteValue::small));
  }

  private static Computation.Decimals positive(Computation.Decimals values) {
    return new Computation.Decimals() {
      @Override
      public long high(int row) {
        long high = values.high(row);
        return high >= 0 ? high : ~high + (values.low(row) == 0 ? 1 : 0);
      }

      @Override
      public long low(int row) {
        long low = values.low(row);
        return values.high(row) >= 0 ? low : -low;
      }
    };
  }

  private static Computation.Decimals unsigned(LongTest.Longs values) {
    return new Computation.Decimals() {
      @Override
      public long high(int row) {
        return 0;
      }

      @Override
      public long low(int row) {
        // Of the least long this is itself, which is its distance from 0 without a sign.
        return Math.abs(values.at(row));
      }
    };
  }

  private static Bounds doubles(Bounds bounds) {
    if (!(bounds instanceof ColumnStats.Doubles known)) {
      return null;
    }
    double most = Math.max(Math.abs(known.min()), Math.abs(known.max()));
    double least = Math.max(0, Math.max(known.min(), -known.max()));
    return new ColumnStats.Doubles(least, most);
  }

  private static Bounds small(Bounds bounds) {
    if (!(bounds instanceof ColumnStats.Longs known)
        || known.min() < Integer.MIN_VALUE
        || known.max() > Integer.MAX_VALUE) {
      return null;
    }
    long most = Math.max(Math.abs(known.min()), Math.abs(known.max()));
    return new ColumnStats.Longs(Math.max(0, Math.max(known.min(), -known.max())), most);
  }

  private static Bounds exact(Bounds bounds) {
    if (bounds instanceof ColumnStats.Longs longs) {
      return exact(BigInteger.valueOf(longs.min()), BigInteger.valueOf(longs.max()));
    }
    return bounds instanceof ColumnStats.Decimals decimals
        ? exact(decimals.min(), decimals.max())
        : null;
  }

  private static Bounds exact(BigInteger min, BigInteger max) {
    return new ColumnStats.Decimals(
        BigInteger.ZERO.max(min).max(max.negate()), min.abs().max(max.abs()));
  }
}
