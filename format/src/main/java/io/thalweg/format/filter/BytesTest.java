package io.thalweg.format.filter;

import io.thalweg.format.batch.ColumnStats;
import io.thalweg.format.filter.Predicate.Op;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.util.ByteFunctionHelpers;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FixedSizeBinaryVector;

/** Tests of strings and bytes, in unsigned byte order. */
sealed interface BytesTest extends ColumnTest {

  /** Whether the value in {@code [start, end)} of {@code data} passes. */
  boolean passes(ArrowBuf data, int start, int end);

  /** Whether {@code value} passes. */
  boolean passes(byte[] value);

  @Override
  default void evaluate(FieldVector vector, byte[] truth) {
    ArrowBuf data = vector.getDataBuffer();
    if (vector instanceof FixedSizeBinaryVector fixed) {
      int width = fixed.getByteWidth();
      for (int row = 0; row < truth.length; row++) {
        boolean passes = passes(data, row * width, row * width + width);
        truth[row] = passes ? Condition.TRUE : Condition.FALSE;
      }
      return;
    }
    ArrowBuf offsets = vector.getOffsetBuffer();
    int start = truth.length == 0 ? 0 : offsets.getInt(0);
    for (int row = 0; row < truth.length; row++) {
      int end = offsets.getInt(4L * row + 4);
      truth[row] = passes(data, start, end) ? Condition.TRUE : Condition.FALSE;
      start = end;
    }
  }

  /** Compares with one value. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Compare(Op op, byte[] value) implements BytesTest {
    @Override
    public boolean passes(ArrowBuf data, int start, int end) {
      return switch (op) {
        case EQ -> end - start == value.length && order(data, start, end) == 0;
        case NE -> end - start != value.length || order(data, start, end) != 0;
        case LT -> order(data, start, end) < 0;
        case LE -> order(data, start, end) <= 0;
        case GT -> order(data, start, end) > 0;
        case GE -> order(data, start, end) >= 0;
      };
    }

    @Override
    public boolean passes(byte[] given) {
      int order = Arrays.compareUnsigned(given, value);
      return switch (op) {
        case EQ -> order == 0;
        case NE -> order != 0;
        case LT -> order < 0;
        case LE -> order <= 0;
        case GT -> order > 0;
        case GE -> order >= 0;
      };
    }

    private int order(ArrowBuf data, int start, int end) {
      return ByteFunctionHelpers.compare(data, start, end, value, 0, value.length);
    }

    @Override
    public int outcomes(ColumnStats.Bounds bounds) {
      if (!(bounds instanceof ColumnStats.Bytes known)
          || Arrays.compareUnsigned(known.min(), known.max()) > 0) {
        return ColumnTest.set(true, true);
      }
      int least = Arrays.compareUnsigned(known.min(), value);
      int greatest = Arrays.compareUnsigned(known.max(), value);
      boolean mayEqual = least <= 0 && greatest >= 0;
      boolean mayDiffer = least != 0 || greatest != 0;
      return switch (op) {
        case EQ -> ColumnTest.set(mayEqual, mayDiffer);
        case NE -> ColumnTest.set(mayDiffer, mayEqual);
        case LT -> ColumnTest.set(least < 0, greatest >= 0);
        case LE -> ColumnTest.set(least <= 0, greatest > 0);
        case GT -> ColumnTest.set(greatest > 0, least <= 0);
        case GE -> ColumnTest.set(greatest >= 0, least < 0);
      };
    }
  }

  /**
   * Is one of some values.
   *
   * @param sorted ascending
   */
  record Set(List<byte[]> sorted) implements BytesTest {
    @Override
    public boolean passes(ArrowBuf data, int start, int end) {
      int from = 0;
      int to = sorted.size() - 1;
      while (from <= to) {
        int middle = (from + to) >>> 1;
        byte[] candidate = sorted.get(middle);
        int order = ByteFunctionHelpers.compare(data, start, end, candidate, 0, candidate.length);
        if (order == 0) {
          return true;
        }
        if (order > 0) {
          from = middle + 1;
        } else {
          to = middle - 1;
        }
      }
      return false;
    }

    @Override
    public boolean passes(byte[] value) {
      return Collections.binarySearch(sorted, value, Arrays::compareUnsigned) >= 0;
    }

    @Override
    public int outcomes(ColumnStats.Bounds bounds) {
      if (!(bounds instanceof ColumnStats.Bytes known)
          || Arrays.compareUnsigned(known.min(), known.max()) > 0) {
        return ColumnTest.set(true, true);
      }
      boolean some =
          sorted.stream()
              .anyMatch(
                  value ->
                      Arrays.compareUnsigned(value, known.min()) >= 0
                          && Arrays.compareUnsigned(value, known.max()) <= 0);
      return ColumnTest.set(some, !(some && Arrays.equals(known.min(), known.max())));
    }
  }

  /** Begins with some bytes. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Prefix(byte[] prefix) implements BytesTest {
    @Override
    public boolean passes(ArrowBuf data, int start, int end) {
      int until = start + prefix.length;
      return until <= end
          && ByteFunctionHelpers.compare(data, start, until, prefix, 0, prefix.length) == 0;
    }

    @Override
    public boolean passes(byte[] value) {
      return value.length >= prefix.length
          && Arrays.equals(value, 0, prefix.length, prefix, 0, prefix.length);
    }

    @Override
    public int outcomes(ColumnStats.Bounds bounds) {
      if (prefix.length == 0) {
        return ColumnTest.set(true, false);
      }
      if (!(bounds instanceof ColumnStats.Bytes known)
          || Arrays.compareUnsigned(known.min(), known.max()) > 0) {
        return ColumnTest.set(true, true);
      }
      boolean some =
          Arrays.compareUnsigned(known.max(), prefix) >= 0
              && (passes(known.min()) || Arrays.compareUnsigned(known.min(), prefix) < 0);
      return ColumnTest.set(some, !(passes(known.min()) && passes(known.max())));
    }
  }

  /** Matches a pattern. */
  record Like(LikePattern pattern) implements BytesTest {
    @Override
    public boolean passes(ArrowBuf data, int start, int end) {
      byte[] prefix = pattern.prefix();
      int until = start + prefix.length;
      if (until > end
          || ByteFunctionHelpers.compare(data, start, until, prefix, 0, prefix.length) != 0) {
        return false;
      }
      byte[] value = new byte[end - start];
      data.getBytes(start, value);
      return pattern.matches(value);
    }

    @Override
    public boolean passes(byte[] value) {
      return pattern.matches(value);
    }

    @Override
    public int outcomes(ColumnStats.Bounds bounds) {
      return new Prefix(pattern.prefix()).outcomes(bounds) | Condition.MAY_BE_FALSE;
    }
  }
}
