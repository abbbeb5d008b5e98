package io.thalweg.format.cast;

import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.DataType.Kind;
import io.thalweg.format.type.DataType.Scalar;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import org.apache.arrow.vector.types.TimeUnit;

/**
 * Converts a value to a scalar type's form in {@link VectorWriter}, or refuses it: nothing is
 * rounded, cut or wrapped. Stateless; any thread.
 */
public final class Exact {
  private static final long SECONDS_PER_DAY = 86_400;

  private Exact() {}

  /** A value does not fit its type. The message says why, without the column and the row. */
  public static final class Misfit extends Exception {
    private static final long serialVersionUID = 1;

    /** A misfit that says {@code why}. */
    public Misfit(String why) {
      super(why, null, false, false);
    }
  }

  /** Whether {@code kind} holds numbers. */
  public static boolean isNumber(Kind kind) {
    return switch (kind) {
      case TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE, DECIMAL -> true;
      case BOOLEAN, CHAR, STRING, BINARY, BYTES, DATE, TIME, TIMESTAMP, TIMESTAMP_LTZ -> false;
    };
  }

  /** A whole number. */
  public static Object whole(Scalar type, long value) throws Misfit {
    boolean fits =
        switch (type.kind()) {
          case TINYINT -> value == (byte) value;
          case SMALLINT -> value == (short) value;
          case INT -> value == (int) value;
          case BIGINT -> true;
          case FLOAT, DOUBLE, DECIMAL -> false;
          case BOOLEAN, CHAR, STRING, BINARY, BYTES, DATE, TIME, TIMESTAMP, TIMESTAMP_LTZ -> false;
        };
    return fits ? (Object) value : number(type, BigDecimal.valueOf(value));
  }

  /** A number in decimal. */
  public static Object number(Scalar type, BigDecimal value) throws Misfit {
    return switch (type.kind()) {
      case TINYINT -> integer(type, value, 7);
      case SMALLINT -> integer(type, value, 15);
      case INT -> integer(type, value, 31);
      case BIGINT -> integer(type, value, 63);
      case DECIMAL -> decimal(type, value);
      case FLOAT -> {
        float nearest = value.floatValue();
        if (!Float.isFinite(nearest) || !same(value, Float.toString(nearest), nearest)) {
          throw misfit(type, value, "a FLOAT would round it");
        }
        yield (double) nearest;
      }
      case DOUBLE -> {
        double nearest = value.doubleValue();
        if (!Double.isFinite(nearest) || !same(value, Double.toString(nearest), nearest)) {
          throw misfit(type, value, "a DOUBLE would round it");
        }
        yield nearest;
      }
      case BOOLEAN, CHAR, STRING, BINARY, BYTES, DATE, TIME, TIMESTAMP, TIMESTAMP_LTZ ->
          throw misfit(type, value, "it is a number");
    };
  }

  /** Whether {@code value} is exactly the binary fraction, or its shortest decimal text. */
  private static boolean same(BigDecimal value, String shortest, double binary) {
    return new BigDecimal(shortest).compareTo(value) == 0
        || new BigDecimal(binary).compareTo(value) == 0;
  }

  /** A binary fraction. */
  public static Object fraction(Scalar type, double value, boolean single) throws Misfit {
    return switch (type.kind()) {
      case DOUBLE -> value;
      case FLOAT -> {
        if (!single && !Double.isNaN(value) && (float) value != value) {
          throw misfit(type, value, "a FLOAT would round it");
        }
        yield value;
      }
      case DECIMAL -> number(type, shortest(type, value, single));
      case TINYINT, SMALLINT, INT, BIGINT -> {
        BigDecimal decimal = shortest(type, value, single);
        if (value != Math.rint(value)) {
          throw misfit(type, decimal, "it is no whole number");
        }
        yield number(type, new BigDecimal(value));
      }
      case BOOLEAN, CHAR, STRING, BINARY, BYTES, DATE, TIME, TIMESTAMP, TIMESTAMP_LTZ ->
          throw misfit(type, value, "it is a number");
    };
  }

  /** The shortest decimal that names {@code value}. */
  private static BigDecimal shortest(Scalar type, double value, boolean single) throws Misfit {
    if (!Double.isFinite(value)) {
      throw misfit(type, value, "it is no number");
    }
    return new BigDecimal(single ? Float.toString((float) value) : Double.toString(value));
  }

  private static Object integer(Scalar type, BigDecimal value, int bits) throws Misfit {
    // A number this large fits no integer type, and its digits would fill the memory.
    if (value.signum() != 0 && value.precision() - value.scale() > 20) {
      throw misfit(type, value, "it is out of range");
    }
    if (value.signum() == 0) {
      return 0L;
    }
    BigInteger whole;
    try {
      whole = value.stripTrailingZeros().scale() > 0 ? null : value.toBigIntegerExact();
    } catch (ArithmeticException fraction) {
      whole = null;
    }
    if (whole == null) {
      throw misfit(type, value, "it is no whole number");
    }
    if (whole.bitLength() > bits) {
      throw misfit(type, value, "it is out of range");
    }
    return whole.longValue();
  }

  private static Object decimal(Scalar type, BigDecimal value) throws Misfit {
    BigDecimal plain = value.signum() == 0 ? BigDecimal.ZERO : value.stripTrailingZeros();
    if (plain.scale() > type.scale()) {
      throw misfit(type, value, "it has more than " + type.scale() + " digits after the point");
    }
    if (plain.signum() != 0
        && plain.precision() - plain.scale() > type.precision() - type.scale()) {
      throw misfit(
          type,
          value,
          "it has more than " + (type.precision() - type.scale()) + " digits before the point");
    }
    return plain.setScale(type.scale());
  }

  /** Text in UTF-8. */
  public static Object text(Scalar type, byte[] utf8) throws Misfit {
    if (type.kind() == Kind.CHAR) {
      String text = new String(utf8, StandardCharsets.UTF_8);
      int characters = text.codePointCount(0, text.length());
      if (characters > type.precision()) {
        throw misfit(type, text, "it has " + characters + " characters");
      }
    }
    return utf8;
  }

  /** Bytes. */
  public static Object bytes(Scalar type, byte[] value) throws Misfit {
    if (type.kind() == Kind.BINARY && value.length != type.precision()) {
      throw misfit(
          type, value.length + " bytes", "it takes exactly " + type.precision() + " bytes");
    }
    return value;
  }

  /**
   * A time of day.
   *
   * @param value in {@code unit} since midnight
   */
  public static Object time(Scalar type, long value, TimeUnit unit) throws Misfit {
    long perSecond = perSecond(unit);
    if (value < 0 || value / perSecond >= SECONDS_PER_DAY) {
      throw misfit(type, value + " " + unit, "it lies outside a day");
    }
    return rescaled(type, value, unit);
  }

  /**
   * A moment.
   *
   * @param value in {@code unit} since 1970-01-01T00:00
   */
  public static Object timestamp(Scalar type, long value, TimeUnit unit) throws Misfit {
    if (type.kind() == Kind.DATE) {
      long perDay = perSecond(unit) * SECONDS_PER_DAY;
      long day = Math.floorDiv(value, perDay);
      if (value != day * perDay) {
        throw misfit(type, value + " " + unit + " since 1970", "it has a time of day");
      }
      return day(type, day);
    }
    return rescaled(type, value, unit);
  }

  /** A day since 1970-01-01; midnight where {@code type} is a timestamp. */
  public static Object day(Scalar type, long value) throws Misfit {
    if (type.kind() != Kind.DATE) {
      try {
        return rescaled(type, Math.multiplyExact(value, SECONDS_PER_DAY), TimeUnit.SECOND);
      } catch (ArithmeticException tooFar) {
        throw misfit(type, "day " + value, "it is out of range");
      }
    }
    if (value != (int) value) {
      throw misfit(type, "day " + value, "it is out of range");
    }
    return value;
  }

  /**
   * A moment of seconds and nanoseconds since 1970-01-01T00:00, or of a day.
   *
   * @param shown the value for the message
   */
  public static Object seconds(Scalar type, long seconds, int nanos, Object shown) throws Misfit {
    long perUnit = perSecond(ArrowTypes.unit(type.precision()));
    long nanosPerUnit = 1_000_000_000L / perUnit;
    if (nanos % nanosPerUnit != 0) {
      throw misfit(type, shown, "it is finer than the type");
    }
    try {
      // Before 1970 the product alone may overflow although the sum does not.
      return seconds < 0
          ? Math.addExact(Math.multiplyExact(seconds + 1, perUnit), nanos / nanosPerUnit - perUnit)
          : Math.addExact(Math.multiplyExact(seconds, perUnit), nanos / nanosPerUnit);
    } catch (ArithmeticException tooFar) {
      throw misfit(type, shown, "it is out of range");
    }
  }

  private static Object rescaled(Scalar type, long value, TimeUnit from) throws Misfit {
    long perSecondFrom = perSecond(from);
    long perSecondTo = perSecond(ArrowTypes.unit(type.precision()));
    if (perSecondTo >= perSecondFrom) {
      try {
        return Math.multiplyExact(value, perSecondTo / perSecondFrom);
      } catch (ArithmeticException tooFar) {
        throw misfit(type, value + " " + from, "it is out of range");
      }
    }
    long divisor = perSecondFrom / perSecondTo;
    if (value % divisor != 0) {
      throw misfit(type, value + " " + from, "it is finer than the type");
    }
    return value / divisor;
  }

  private static long perSecond(TimeUnit unit) {
    return switch (unit) {
      case SECOND -> 1L;
      case MILLISECOND -> 1_000L;
      case MICROSECOND -> 1_000_000L;
      case NANOSECOND -> 1_000_000_000L;
    };
  }

  /** The refusal of a value that does not fit. */
  public static Misfit misfit(Scalar type, Object value, String why) {
    String shown = String.valueOf(value);
    shown = shown.length() > 100 ? shown.substring(0, 100) + "…" : shown;
    return new Misfit(shown + " does not fit " + type.withNullable(true) + ": " + why);
  }
}
