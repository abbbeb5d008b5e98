package io.thalweg.format.filter;

import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.filter.Predicate.Op;
import io.thalweg.format.filter.value.BytesTest;
import io.thalweg.format.filter.value.ColumnTest;
import io.thalweg.format.filter.value.DecimalTest;
import io.thalweg.format.filter.value.DoubleTest;
import io.thalweg.format.filter.value.LikePattern;
import io.thalweg.format.filter.value.LongTest;
import io.thalweg.format.io.Utf8;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.DataType.Kind;
import io.thalweg.format.type.DataType.Scalar;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Converts literals to the physical form of one column and makes the test. A literal between two
 * values of the column becomes the nearest value below it, marked as not exact; from these two
 * every comparison becomes a closed range. One thread.
 */
final class LiteralBinder {
  private static final BigInteger LONG_MIN = BigInteger.valueOf(Long.MIN_VALUE);
  private static final BigInteger LONG_MAX = BigInteger.valueOf(Long.MAX_VALUE);
  private static final BigDecimal NANOS = BigDecimal.valueOf(1_000_000_000L);

  private final String name;
  private final Scalar type;

  /**
   * For the values of an operand.
   *
   * @param name the operand's, for messages
   */
  LiteralBinder(String name, Scalar type) {
    this.name = name;
    this.type = type;
  }

  /** The test {@code column op literal}. */
  ColumnTest compare(Op op, Literal literal) {
    boolean negated = op == Op.NE;
    return switch (type.form()) {
      case FLOAT32, FLOAT64 -> doubles(op, number(literal), negated);
      case DECIMAL128 -> {
        BigInteger[] range = range(op, decimal(literal), DecimalTest.LEAST, DecimalTest.GREATEST);
        yield new DecimalTest.Range(range[0], range[1], negated);
      }
      case FIXED_BYTES, BYTES -> bytes(op, bytes(literal));
      case BIT, INT8, INT16, INT32, INT64 -> {
        BigInteger[] range = range(op, integer(literal), LONG_MIN, LONG_MAX);
        yield new LongTest.Range(range[0].longValueExact(), range[1].longValueExact(), negated);
      }
      case VECTOR, LIST, MAP, STRUCT -> throw type.form().notScalar();
    };
  }

  /**
   * The test {@code column IN (literals)}, without the literals that no value of the column equals.
   */
  ColumnTest in(List<Literal> literals) {
    return switch (type.form()) {
      case FLOAT32, FLOAT64 ->
          new DoubleTest.Set(
              literals.stream()
                  .mapToDouble(literal -> nearest(number(literal).value()))
                  .filter(Double::isFinite)
                  .sorted()
                  .toArray());
      case DECIMAL128 ->
          new DecimalTest.Set(
              exact(literals.stream().map(this::decimal), DecimalTest.LEAST, DecimalTest.GREATEST)
                  .toList());
      case FIXED_BYTES, BYTES ->
          new BytesTest.Set(
              literals.stream().map(this::bytes).sorted(Arrays::compareUnsigned).toList());
      case BIT, INT8, INT16, INT32, INT64 ->
          new LongTest.Set(
              exact(literals.stream().map(this::integer), LONG_MIN, LONG_MAX)
                  .mapToLong(BigInteger::longValueExact)
                  .toArray());
      case VECTOR, LIST, MAP, STRUCT -> throw type.form().notScalar();
    };
  }

  /** The test {@code column LIKE pattern}. */
  ColumnTest like(String text, Optional<String> escape) {
    if (type.kind() != Kind.CHAR && type.kind() != Kind.STRING) {
      throw PredicateLimits.invalid(place() + " is no text; LIKE takes CHAR and STRING");
    }
    LikePattern pattern = LikePattern.of(text, escape);
    if (pattern.isLiteral()) {
      return BytesTest.Compare.equal(pattern.prefix());
    }
    return pattern.isPrefix()
        ? new BytesTest.Prefix(pattern.prefix())
        : new BytesTest.Like(pattern);
  }

  /** The test {@code column = TRUE} or FALSE, of a BOOLEAN only. */
  ColumnTest is(boolean value) {
    if (type.kind() != Kind.BOOLEAN) {
      throw PredicateLimits.invalid(
          place() + " is no BOOLEAN; only BOOLEAN columns take IS TRUE and IS FALSE");
    }
    return compare(Op.EQ, new Literal.Bool(value));
  }

  /** A literal's place among the column's values: the nearest at or below it. */
  private record Place(BigInteger floor, boolean exact) {
    static Place of(BigDecimal value) {
      BigInteger floor = value.setScale(0, RoundingMode.FLOOR).unscaledValue();
      return new Place(floor, value.compareTo(new BigDecimal(floor)) == 0);
    }
  }

  private static Stream<BigInteger> exact(Stream<Place> places, BigInteger min, BigInteger max) {
    return places
        .filter(place -> place.exact)
        .map(Place::floor)
        .filter(value -> value.compareTo(min) >= 0 && value.compareTo(max) <= 0)
        .sorted();
  }

  /** The closed range that {@code op} selects (NE as EQ), cut to [min, max]. */
  private static BigInteger[] range(Op op, Place place, BigInteger min, BigInteger max) {
    BigInteger floor = place.floor;
    BigInteger above = floor.add(BigInteger.ONE);
    BigInteger from = min;
    BigInteger to = max;
    switch (op) {
      case EQ, NE -> {
        from = place.exact ? floor : above;
        to = floor;
      }
      case LT -> to = place.exact ? floor.subtract(BigInteger.ONE) : floor;
      case LE -> to = floor;
      case GT -> from = above;
      case GE -> from = place.exact ? floor : above;
    }
    if (from.compareTo(max) > 0 || to.compareTo(min) < 0 || from.compareTo(to) > 0) {
      return new BigInteger[] {max, min};
    }
    return new BigInteger[] {from.max(min), to.min(max)};
  }

  private ColumnTest doubles(Op op, Literal.Numeric literal, boolean negated) {
    double near = nearest(literal.value());
    // Beyond the type's range the literal lies between the greatest finite value and infinity.
    boolean exact = Double.isFinite(near);
    double greatest = type.kind() == Kind.FLOAT ? Float.MAX_VALUE : Double.MAX_VALUE;
    double floor = exact || near < 0 ? near : greatest;
    double above = Math.nextUp(floor);
    double from = Double.NEGATIVE_INFINITY;
    double to = Double.POSITIVE_INFINITY;
    switch (op) {
      case EQ, NE -> {
        from = exact ? floor : Double.POSITIVE_INFINITY;
        to = exact ? floor : Double.NEGATIVE_INFINITY;
      }
      case LT -> to = exact ? Math.nextDown(floor) : floor;
      case LE -> to = floor;
      case GT -> from = above;
      case GE -> from = exact ? floor : above;
    }
    return new DoubleTest.Range(from, to, negated);
  }

  /** The nearest value of the column's type; infinite beyond its range; never -0.0. */
  private double nearest(BigDecimal value) {
    return (type.kind() == Kind.FLOAT ? value.floatValue() : value.doubleValue()) + 0.0;
  }

  private Literal.Numeric number(Literal literal) {
    if (literal instanceof Literal.Numeric number) {
      return number;
    }
    throw mismatch(literal, "a number");
  }

  private Place decimal(Literal literal) {
    return Place.of(number(literal).value().scaleByPowerOfTen(type.scale()));
  }

  private Place integer(Literal literal) {
    return switch (type.kind()) {
      case BOOLEAN -> {
        if (literal instanceof Literal.Bool bool) {
          yield new Place(bool.value() ? BigInteger.ONE : BigInteger.ZERO, true);
        }
        throw mismatch(literal, "TRUE or FALSE");
      }
      case DATE -> {
        Literal.Timestamp moment = moment(literal);
        long day = moment.value().toLocalDate().toEpochDay();
        boolean midnight = moment.value().toLocalTime().toNanoOfDay() == 0;
        yield new Place(BigInteger.valueOf(day), midnight);
      }
      case TIME -> {
        Literal given = literal instanceof Literal.Text text ? time(text) : literal;
        if (given instanceof Literal.Time time) {
          yield inUnits(0, time.value().toNanoOfDay());
        }
        throw mismatch(literal, "TIME '10:00:00'");
      }
      case TIMESTAMP, TIMESTAMP_LTZ -> {
        Literal.Timestamp moment = moment(literal);
        LocalDateTime midnight = moment.value().toLocalDate().atStartOfDay();
        long seconds = midnight.toEpochSecond(moment.offset().orElse(ZoneOffset.UTC));
        yield inUnits(seconds, moment.value().toLocalTime().toNanoOfDay());
      }
      case TINYINT, SMALLINT, INT, BIGINT -> Place.of(number(literal).value());
      case FLOAT, DOUBLE, DECIMAL, CHAR, STRING, BINARY, BYTES ->
          throw new IllegalStateException(type + " holds no integers");
    };
  }

  private Place inUnits(long seconds, long nanos) {
    int digits =
        switch (ArrowTypes.unit(type.precision())) {
          case SECOND -> 0;
          case MILLISECOND -> 3;
          case MICROSECOND -> 6;
          case NANOSECOND -> 9;
        };
    BigDecimal exact = BigDecimal.valueOf(seconds).add(BigDecimal.valueOf(nanos).divide(NANOS));
    return Place.of(exact.scaleByPowerOfTen(digits));
  }

  private Literal.Time time(Literal.Text text) {
    try {
      return TemporalText.time(text.value());
    } catch (ThalwegException unreadable) {
      throw PredicateLimits.invalid(place() + ": " + unreadable.getMessage());
    }
  }

  private Literal.Timestamp moment(Literal literal) {
    Literal.Timestamp moment = null;
    if (literal instanceof Literal.Text text) {
      try {
        moment = TemporalText.timestamp(text.value());
      } catch (ThalwegException unreadable) {
        throw PredicateLimits.invalid(place() + ": " + unreadable.getMessage());
      }
    } else if (literal instanceof Literal.Date date) {
      moment = new Literal.Timestamp(date.value().atStartOfDay(), Optional.empty());
    } else if (literal instanceof Literal.Timestamp timestamp) {
      moment = timestamp;
    }
    if (moment == null) {
      throw mismatch(literal, "DATE '2001-01-31' or TIMESTAMP '2001-01-31 10:00:00'");
    }
    if (moment.offset().isPresent() && type.kind() != Kind.TIMESTAMP_LTZ) {
      throw PredicateLimits.invalid(
          place()
              + " has no time zone; leave the zone out of "
              + moment
              + " or convert the column");
    }
    return moment;
  }

  private static ColumnTest bytes(Op op, byte[] value) {
    boolean less = op == Op.LT || op == Op.LE || op == Op.NE;
    boolean equal = op == Op.EQ || op == Op.LE || op == Op.GE;
    boolean greater = op == Op.GT || op == Op.GE || op == Op.NE;
    return new BytesTest.Compare(less, equal, greater, value);
  }

  private byte[] bytes(Literal literal) {
    boolean strings = type.kind() == Kind.CHAR || type.kind() == Kind.STRING;
    if (strings && literal instanceof Literal.Text text) {
      try {
        return Utf8.bytes(text.value());
      } catch (Utf8.Malformed half) {
        throw PredicateLimits.invalid(
            place() + " is compared with a string that is not Unicode: " + half.getMessage());
      }
    }
    if (!strings && literal instanceof Literal.Bytes bytes) {
      return bytes.toBytes();
    }
    throw mismatch(literal, strings ? "a string in single quotes" : "X'CAFE'");
  }

  private String place() {
    return name + " (" + type + ")";
  }

  private ThalwegException mismatch(Literal literal, String wanted) {
    String shown = literal.toString();
    return PredicateLimits.invalid(
        place()
            + " cannot be compared with "
            + (shown.length() > 100 ? shown.substring(0, 100) + "…" : shown)
            + "; write "
            + wanted);
  }
}
