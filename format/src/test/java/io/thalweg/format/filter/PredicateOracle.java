package io.thalweg.format.filter;

import io.thalweg.format.filter.Predicate.Op;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.testing.RandomTables;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Kind;
import io.thalweg.format.type.DataType.Scalar;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/** Evaluates a predicate on one row, by exact arithmetic on Java values; empty for unknown. */
final class PredicateOracle {
  private final Schema schema;

  PredicateOracle(Schema schema) {
    this.schema = schema;
  }

  Optional<Boolean> evaluate(Predicate predicate, List<Object> row) {
    if (predicate instanceof Predicate.Not not) {
      return evaluate(not.term(), row).map(truth -> !truth);
    }
    if (predicate instanceof Predicate.And and) {
      List<Optional<Boolean>> terms =
          and.terms().stream().map(term -> evaluate(term, row)).toList();
      return terms.contains(Optional.of(false))
          ? Optional.of(false)
          : terms.contains(Optional.<Boolean>empty()) ? Optional.empty() : Optional.of(true);
    }
    if (predicate instanceof Predicate.Or or) {
      List<Optional<Boolean>> terms = or.terms().stream().map(term -> evaluate(term, row)).toList();
      return terms.contains(Optional.of(true))
          ? Optional.of(true)
          : terms.contains(Optional.<Boolean>empty()) ? Optional.empty() : Optional.of(false);
    }
    Predicate.Test test = (Predicate.Test) predicate;
    Object value = OperandOracle.value(test.operand(), schema, row);
    if (test instanceof Predicate.IsNull isNull) {
      return Optional.of((value == null) != isNull.negated());
    }
    if (test instanceof Predicate.IsBool is) {
      return Optional.of(Boolean.valueOf(is.value()).equals(value) != is.negated());
    }
    DataType type = OperandOracle.type(test.operand(), schema);
    return value == null ? Optional.empty() : holds(test, (Scalar) type, value);
  }

  private static Optional<Boolean> holds(Predicate.Test test, Scalar type, Object value) {
    if (test instanceof Predicate.In in) {
      boolean found = false;
      boolean doubt = false;
      for (Literal literal : in.literals()) {
        doubt |= literal instanceof Literal.Null;
        found |= !(literal instanceof Literal.Null) && holds(type, Op.EQ, value, literal);
      }
      return found || !doubt ? Optional.of(found) : Optional.empty();
    }
    if (test instanceof Predicate.Like like) {
      return Optional.of(((String) value).matches(regex(like)));
    }
    Predicate.Compare compare = (Predicate.Compare) test;
    return Optional.of(holds(type, compare.op(), value, compare.literal()));
  }

  /** The pattern as a regular expression. */
  static String regex(Predicate.Like like) {
    StringBuilder regex = new StringBuilder("(?s)");
    boolean escaped = false;
    for (int point : like.pattern().codePoints().toArray()) {
      String one = Character.toString(point);
      if (!escaped && like.escape().equals(Optional.of(one))) {
        escaped = true;
        continue;
      }
      boolean wild = !escaped && (point == '%' || point == '_');
      regex.append(wild ? (point == '%' ? ".*" : ".") : Pattern.quote(one));
      escaped = false;
    }
    return regex.toString();
  }

  private static boolean holds(Scalar type, Op op, Object value, Literal literal) {
    OptionalInt order = order(type, value, literal);
    if (order.isEmpty()) {
      return op == Op.NE;
    }
    int sign = order.getAsInt();
    return switch (op) {
      case EQ -> sign == 0;
      case NE -> sign != 0;
      case LT -> sign < 0;
      case LE -> sign <= 0;
      case GT -> sign > 0;
      case GE -> sign >= 0;
    };
  }

  /** Empty if the value is NaN. */
  private static OptionalInt order(Scalar type, Object value, Literal literal) {
    if (value instanceof Float || value instanceof Double) {
      return floating(type, ((Number) value).doubleValue(), ((Literal.Numeric) literal).value());
    }
    return OptionalInt.of(
        switch (type.kind()) {
          case BOOLEAN -> Boolean.compare((Boolean) value, ((Literal.Bool) literal).value());
          case DECIMAL ->
              new BigDecimal((BigInteger) value, type.scale())
                  .compareTo(((Literal.Numeric) literal).value());
          case CHAR, STRING ->
              Arrays.compare(
                  ((String) value).codePoints().toArray(),
                  ((Literal.Text) literal).value().codePoints().toArray());
          case BINARY, BYTES ->
              Arrays.compareUnsigned((byte[]) value, ((Literal.Bytes) literal).toBytes());
          case DATE -> nanos((Long) value * 86_400, 1).compareTo(nanos(moment(literal)));
          case TIME ->
              nanos((Long) value, RandomTables.unitsPerSecond(type.precision()))
                  .compareTo(nanos(moment(literal)));
          case TIMESTAMP, TIMESTAMP_LTZ ->
              nanos((Long) value, RandomTables.unitsPerSecond(type.precision()))
                  .compareTo(nanos(moment(literal)));
          default -> new BigDecimal((Long) value).compareTo(((Literal.Numeric) literal).value());
        });
  }

  private static OptionalInt floating(Scalar type, double value, BigDecimal literal) {
    if (Double.isNaN(value)) {
      return OptionalInt.empty();
    }
    if (Double.isInfinite(value)) {
      return OptionalInt.of(value > 0 ? 1 : -1);
    }
    double rounded = type.kind() == Kind.FLOAT ? literal.floatValue() : literal.doubleValue();
    BigDecimal other = Double.isInfinite(rounded) ? literal : new BigDecimal(rounded);
    return OptionalInt.of(new BigDecimal(value).compareTo(other));
  }

  private static LocalDateTime moment(Literal literal) {
    LocalDate epoch = LocalDate.of(1970, 1, 1);
    if (literal instanceof Literal.Date date) {
      return date.value().atStartOfDay();
    }
    if (literal instanceof Literal.Time time) {
      return time.value().atDate(epoch);
    }
    if (literal instanceof Literal.Text text) {
      return text.value().contains("-")
          ? LocalDateTime.parse(text.value().replace(' ', 'T'))
          : LocalTime.parse(text.value()).atDate(epoch);
    }
    Literal.Timestamp timestamp = (Literal.Timestamp) literal;
    return timestamp
        .value()
        .minusSeconds(timestamp.offset().map(ZoneOffset::getTotalSeconds).orElse(0));
  }

  private static BigInteger nanos(LocalDateTime moment) {
    LocalDateTime epoch = LocalDateTime.of(1970, 1, 1, 0, 0);
    long seconds = ChronoUnit.SECONDS.between(epoch, moment);
    long rest = ChronoUnit.NANOS.between(epoch.plusSeconds(seconds), moment);
    return nanos(seconds, 1).add(BigInteger.valueOf(rest));
  }

  private static BigInteger nanos(long units, long unitsPerSecond) {
    return BigInteger.valueOf(units).multiply(BigInteger.valueOf(1_000_000_000L / unitsPerSecond));
  }
}
