package io.thalweg.format.filter;

import io.thalweg.format.batch.ColumnStats;
import io.thalweg.format.batch.ColumnStats.Bounds;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.filter.value.AbsoluteValue;
import io.thalweg.format.filter.value.Computation;
import io.thalweg.format.filter.value.DatePart;
import io.thalweg.format.filter.value.LongTest;
import io.thalweg.format.filter.value.TextFunctions;
import io.thalweg.format.filter.value.VariantField;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Kind;
import io.thalweg.format.type.DataType.Scalar;
import java.time.LocalDate;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Function;
import java.util.function.LongUnaryOperator;
import java.util.function.UnaryOperator;

/**
 * Ties functions of an operand to the operand's type. No function fails on a value, and none but
 * variant_get makes null of one. Where a greater value never gives a lesser result, bounds of the
 * column give bounds of the results. Stateless.
 */
final class FunctionBinder {
  private static final Set<Kind> TEXTS = EnumSet.of(Kind.CHAR, Kind.STRING);
  private static final Set<Kind> TEXTS_AND_BYTES =
      EnumSet.of(Kind.CHAR, Kind.STRING, Kind.BINARY, Kind.BYTES);
  private static final Set<Kind> DAYS = EnumSet.of(Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMP_LTZ);
  private static final Set<Kind> TIMES = EnumSet.of(Kind.TIME, Kind.TIMESTAMP, Kind.TIMESTAMP_LTZ);
  private static final Set<Kind> NUMBERS =
      EnumSet.of(
          Kind.TINYINT,
          Kind.SMALLINT,
          Kind.INT,
          Kind.BIGINT,
          Kind.FLOAT,
          Kind.DOUBLE,
          Kind.DECIMAL);

  /** No table holds a time further from 1970, in seconds; its milliseconds would not fit. */
  private static final long FURTHEST = Long.MAX_VALUE / 1_000;

  /** The beginning of the year of the least DATE, or earlier. */
  private static final long LEAST_DAY = Integer.MIN_VALUE - 366L;

  private FunctionBinder() {}

  /**
   * An operand's column and what is computed from it.
   *
   * @param inside what is read from its variants before; null for other columns
   */
  record Bound(ColumnPath path, VariantField inside, Computation computation) {}

  /** Ties {@code operand}; INVALID_FILTER where a function does not take what it is given. */
  static Bound bind(Operand operand, Function<Operand.Path, ColumnPath> resolve) {
    if (operand instanceof Operand.Path plain) {
      ColumnPath path = resolve.apply(plain);
      return new Bound(path, null, Computation.of(ConditionBinder.scalar(path)));
    }
    Operand.Call call = (Operand.Call) operand;
    if (call.function() == FilterFunction.VARIANT_GET) {
      return variant(call, resolve);
    }
    Bound input = bind(call.input(), resolve);
    return new Bound(input.path, input.inside, apply(call, input.computation));
  }

  private static Bound variant(Operand.Call call, Function<Operand.Path, ColumnPath> resolve) {
    ColumnPath path = call.input() instanceof Operand.Path plain ? resolve.apply(plain) : null;
    if (path == null || !(path.type() instanceof DataType.Variant)) {
      throw PredicateLimits.invalid(
          "variant_get takes a VARIANT column; "
              + call.input()
              + (path == null ? " is a function" : " is " + path.type()));
    }
    VariantField inside = FilterFunction.variantField(call.arguments());
    return new Bound(path, inside, Computation.of(inside.type()));
  }

  private static Computation apply(Operand.Call call, Computation input) {
    return switch (call.function()) {
      case LOWER -> texts(call, input, TextFunctions::lower, FunctionBinder::unknown);
      case UPPER -> texts(call, input, TextFunctions::upper, FunctionBinder::unknown);
      case SUBSTRING -> substring(call, input);
      case CHAR_LENGTH -> length(require(call, input, TEXTS));
      case LENGTH -> length(require(call, input, TEXTS_AND_BYTES));
      case YEAR -> {
        LongUnaryOperator day = dayOf(require(call, input, DAYS));
        LongUnaryOperator year = value -> LocalDate.ofEpochDay(day.applyAsLong(value)).getYear();
        yield longs(input, DataType.of(Kind.BIGINT), year, rising(year));
      }
      case MONTH -> {
        LongUnaryOperator day = dayOf(require(call, input, DAYS));
        yield longs(
            input,
            DataType.of(Kind.BIGINT),
            value -> LocalDate.ofEpochDay(day.applyAsLong(value)).getMonthValue(),
            FunctionBinder::unknown);
      }
      case DAY -> {
        LongUnaryOperator day = dayOf(require(call, input, DAYS));
        yield longs(
            input,
            DataType.of(Kind.BIGINT),
            value -> LocalDate.ofEpochDay(day.applyAsLong(value)).getDayOfMonth(),
            FunctionBinder::unknown);
      }
      case HOUR -> {
        LongUnaryOperator second = secondOf(require(call, input, TIMES));
        yield longs(
            input,
            DataType.of(Kind.BIGINT),
            value -> Math.floorMod(second.applyAsLong(value), DatePart.SECONDS_OF_DAY) / 3_600,
            FunctionBinder::unknown);
      }
      case DATE_TRUNC -> truncated(call, require(call, input, DAYS));
      case ABS -> AbsoluteValue.of(require(call, input, NUMBERS));
      case VARIANT_GET -> throw new IllegalStateException("a variant is no scalar");
    };
  }

  /** Nothing is known of the results. */
  private static Bounds unknown(Bounds input) {
    return null;
  }

  private static Computation require(Operand.Call call, Computation input, Set<Kind> kinds) {
    if (!kinds.contains(input.type().kind())) {
      throw mismatch(call, input, kinds);
    }
    return input;
  }

  private static ThalwegException mismatch(Operand.Call call, Computation input, Set<Kind> kinds) {
    String taken = kinds.toString();
    return PredicateLimits.invalid(
        call.function().text()
            + " takes "
            + taken.substring(1, taken.length() - 1)
            + "; "
            + call.input()
            + " is "
            + input.type());
  }

  private static Computation texts(
      Operand.Call call,
      Computation input,
      UnaryOperator<byte[]> function,
      UnaryOperator<Bounds> bounds) {
    Computation.OfBytes bytes = (Computation.OfBytes) require(call, input, TEXTS);
    return new Computation.OfBytes(
        DataType.of(Kind.STRING),
        vector -> {
          Computation.Bytes values = bytes.open().apply(vector);
          return row -> function.apply(values.at(row));
        },
        Computation.then(bytes, bounds));
  }

  private static Computation substring(Operand.Call call, Computation input) {
    int from = FilterFunction.number(call.arguments().get(0));
    int length =
        call.arguments().size() == 1
            ? Integer.MAX_VALUE
            : FilterFunction.number(call.arguments().get(1));
    UnaryOperator<byte[]> function = text -> TextFunctions.substring(text, from, length);
    return texts(
        call,
        input,
        function,
        bounds ->
            // A maximum that was rounded up may be no text; then more of it may come out lesser.
            from == 1
                    && bounds instanceof ColumnStats.Bytes known
                    && TextFunctions.isText(known.max())
                ? new ColumnStats.Bytes(function.apply(known.min()), function.apply(known.max()))
                : null);
  }

  private static Computation length(Computation input) {
    boolean texts = TEXTS.contains(input.type().kind());
    Computation.OfBytes bytes = (Computation.OfBytes) input;
    return new Computation.OfLongs(
        DataType.of(Kind.BIGINT),
        vector -> {
          Computation.Bytes values = bytes.open().apply(vector);
          return texts ? row -> TextFunctions.length(values.at(row)) : row -> values.at(row).length;
        },
        FunctionBinder::unknown);
  }

  private static Computation longs(
      Computation input, Scalar type, LongUnaryOperator function, UnaryOperator<Bounds> bounds) {
    Computation.OfLongs longs = (Computation.OfLongs) input;
    return new Computation.OfLongs(
        type,
        vector -> {
          LongTest.Longs values = longs.open().apply(vector);
          return row -> function.applyAsLong(values.at(row));
        },
        Computation.then(longs, bounds));
  }

  /** The bounds of a function that never falls. */
  private static UnaryOperator<Bounds> rising(LongUnaryOperator function) {
    return bounds ->
        bounds instanceof ColumnStats.Longs known
            ? new ColumnStats.Longs(
                function.applyAsLong(known.min()), function.applyAsLong(known.max()))
            : null;
  }

  /** Results have whole seconds: the beginning of a year may be before what finer units reach. */
  private static Computation truncated(Operand.Call call, Computation input) {
    DatePart part = DatePart.of(((Literal.Text) call.arguments().get(0)).value());
    boolean days = input.type().kind() == Kind.DATE;
    LongUnaryOperator inner = days ? dayOf(input) : secondOf(input);
    LongUnaryOperator function =
        days
            ? value -> part.ofDay(inner.applyAsLong(value))
            : value -> part.ofSecond(inner.applyAsLong(value));
    Scalar type = days ? DataType.of(Kind.DATE) : DataType.of(input.type().kind(), 0);
    return longs(input, type, function, rising(function));
  }

  private static LongUnaryOperator dayOf(Computation input) {
    if (input.type().kind() == Kind.DATE) {
      // Damaged statistics may hold more than a DATE can, and so may the beginning of its year.
      return day -> Math.max(LEAST_DAY, Math.min(Integer.MAX_VALUE, day));
    }
    LongUnaryOperator second = secondOf(input);
    return value -> Math.floorDiv(second.applyAsLong(value), DatePart.SECONDS_OF_DAY);
  }

  private static LongUnaryOperator secondOf(Computation input) {
    long units =
        switch (ArrowTypes.unit(input.type().precision())) {
          case SECOND -> 1;
          case MILLISECOND -> 1_000;
          case MICROSECOND -> 1_000_000;
          case NANOSECOND -> 1_000_000_000;
        };
    return value -> Math.max(-FURTHEST, Math.min(FURTHEST, Math.floorDiv(value, units)));
  }
}
