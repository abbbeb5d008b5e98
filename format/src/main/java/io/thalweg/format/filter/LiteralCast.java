package io.thalweg.format.filter;

import io.thalweg.format.type.DataType.Kind;
import io.thalweg.format.type.DataType.Scalar;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;

/**
 * Computes CAST of a literal when a filter is parsed. A value that the type cannot hold is refused,
 * never cut: engines differ in how they would. Stateless.
 */
final class LiteralCast {
  private LiteralCast() {}

  /** What {@code literal} is as a value of {@code type}; INVALID_FILTER if it is none. */
  static Literal cast(Literal literal, Scalar type) {
    return switch (type.kind()) {
      case BOOLEAN -> bool(literal, type);
      case TINYINT -> whole(literal, type, 8);
      case SMALLINT -> whole(literal, type, 16);
      case INT -> whole(literal, type, 32);
      case BIGINT -> whole(literal, type, 64);
      case DECIMAL -> decimal(literal, type);
      case FLOAT, DOUBLE -> binary(literal, type);
      case CHAR, STRING -> text(literal, type);
      case BINARY, BYTES -> bytes(literal, type);
      case DATE -> {
        Literal.Timestamp moment = moment(literal, type);
        if (!moment.value().equals(moment.value().truncatedTo(ChronoUnit.DAYS))) {
          throw refused(literal, type);
        }
        yield new Literal.Date(moment.value().toLocalDate());
      }
      case TIME -> {
        Literal given =
            literal instanceof Literal.Text text ? TemporalText.time(trim(text)) : literal;
        if (given instanceof Literal.Time time && fits(time.value(), type)) {
          yield time;
        }
        throw refused(literal, type);
      }
      case TIMESTAMP, TIMESTAMP_LTZ -> {
        Literal.Timestamp moment = moment(literal, type);
        if (!fits(moment.value().toLocalTime(), type)) {
          throw refused(literal, type);
        }
        yield type.kind() == Kind.TIMESTAMP || moment.offset().isPresent()
            ? moment
            : new Literal.Timestamp(moment.value(), Optional.of(ZoneOffset.UTC));
      }
    };
  }

  /** Whether the seconds have no more digits than the type. */
  private static boolean fits(LocalTime time, Scalar type) {
    return BigDecimal.valueOf(time.toNanoOfDay(), 9).stripTrailingZeros().scale()
        <= type.precision();
  }

  private static String trim(Literal.Text text) {
    return text.value().strip();
  }

  private static Literal bool(Literal literal, Scalar type) {
    if (literal instanceof Literal.Bool) {
      return literal;
    }
    if (literal instanceof Literal.Text text) {
      String word = trim(text).toUpperCase(Locale.ROOT);
      if (word.equals("TRUE") || word.equals("FALSE")) {
        return new Literal.Bool(word.equals("TRUE"));
      }
    }
    throw refused(literal, type);
  }

  private static BigDecimal number(Literal literal, Scalar type) {
    if (literal instanceof Literal.Numeric number) {
      return number.value();
    }
    if (literal instanceof Literal.Text text && trim(text).length() <= Literal.MAX_DIGITS) {
      try {
        return new Literal.Numeric(new BigDecimal(trim(text))).value();
      } catch (NumberFormatException none) {
        throw refused(literal, type);
      }
    }
    throw refused(literal, type);
  }

  private static Literal whole(Literal literal, Scalar type, int bits) {
    BigDecimal number = number(literal, type);
    if (number.remainder(BigDecimal.ONE).signum() != 0
        || number.toBigInteger().bitLength() >= bits) {
      throw refused(literal, type);
    }
    return new Literal.Numeric(number.setScale(0, RoundingMode.UNNECESSARY));
  }

  private static Literal decimal(Literal literal, Scalar type) {
    BigDecimal number = number(literal, type).stripTrailingZeros();
    if (number.scale() > type.scale()
        || number.precision() - number.scale() > type.precision() - type.scale()) {
      throw refused(literal, type);
    }
    return new Literal.Numeric(number.setScale(type.scale(), RoundingMode.UNNECESSARY));
  }

  private static Literal binary(Literal literal, Scalar type) {
    BigDecimal number = number(literal, type);
    double nearest = type.kind() == Kind.FLOAT ? number.floatValue() : number.doubleValue();
    if (!Double.isFinite(nearest)) {
      throw refused(literal, type);
    }
    return new Literal.Numeric(new BigDecimal(nearest));
  }

  private static Literal text(Literal literal, Scalar type) {
    String text =
        literal instanceof Literal.Text given
            ? given.value()
            : literal instanceof Literal.Numeric number
                ? number.value().toPlainString()
                : literal instanceof Literal.Date date ? date.value().toString() : null;
    text = literal instanceof Literal.Bool bool ? (bool.value() ? "TRUE" : "FALSE") : text;
    if (text == null
        || (type.kind() == Kind.CHAR && text.codePointCount(0, text.length()) > type.precision())) {
      throw refused(literal, type);
    }
    return new Literal.Text(text);
  }

  private static Literal bytes(Literal literal, Scalar type) {
    Literal.Bytes bytes =
        literal instanceof Literal.Text text
            ? new Literal.Bytes(
                HexFormat.of().formatHex(text.value().getBytes(StandardCharsets.UTF_8)))
            : literal instanceof Literal.Bytes given ? given : null;
    if (bytes == null
        || (type.kind() == Kind.BINARY && bytes.hex().length() != 2 * type.precision())) {
      throw refused(literal, type);
    }
    return bytes;
  }

  private static Literal.Timestamp moment(Literal literal, Scalar type) {
    Literal.Timestamp moment = null;
    if (literal instanceof Literal.Text text) {
      moment = TemporalText.timestamp(trim(text));
    } else if (literal instanceof Literal.Date date) {
      moment = new Literal.Timestamp(date.value().atStartOfDay(), Optional.empty());
    } else if (literal instanceof Literal.Timestamp given) {
      moment = given;
    }
    if (moment == null || (moment.offset().isPresent() && type.kind() != Kind.TIMESTAMP_LTZ)) {
      throw refused(literal, type);
    }
    return moment;
  }

  private static RuntimeException refused(Literal literal, Scalar type) {
    String shown = literal.toString();
    return PredicateLimits.invalid(
        (shown.length() > 100 ? shown.substring(0, 100) + "…" : shown) + " is no value of " + type);
  }
}
