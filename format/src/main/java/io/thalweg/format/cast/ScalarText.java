package io.thalweg.format.cast;

import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.DataType.Kind;
import io.thalweg.format.type.DataType.Scalar;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;

/**
 * Writes values of scalar types as texts, in the form that docs/types.md describes and {@link
 * TextValues} reads. Stateless; any thread.
 */
public final class ScalarText {
  private static final long NANOS = 1_000_000_000;

  /** Seconds within which a moment has a calendar's date, far beyond what anybody stores. */
  private static final long MOST_SECONDS = 31_000_000_000_000_000L;

  private ScalarText() {}

  /** The text of a value in the form that {@link VectorWriter} takes; not null. */
  public static String of(Scalar type, Object value) {
    if (value instanceof Long number) {
      return whole(type, number);
    }
    if (value instanceof Double number) {
      return fraction(type, number);
    }
    if (value instanceof BigDecimal decimal) {
      return decimal.toPlainString();
    }
    return value instanceof Boolean truth ? truth.toString() : bytes(type, (byte[]) value);
  }

  /** The text of a FLOAT or DOUBLE. */
  public static String fraction(Scalar type, double value) {
    return type.kind() == Kind.FLOAT ? Float.toString((float) value) : Double.toString(value);
  }

  /** The text of a text or of bytes, these in Base64. */
  public static String bytes(Scalar type, byte[] value) {
    return switch (type.kind()) {
      case CHAR, STRING -> new String(value, StandardCharsets.UTF_8);
      case BOOLEAN, TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE, DECIMAL, BINARY, BYTES ->
          Base64.getEncoder().encodeToString(value);
      case DATE, TIME, TIMESTAMP, TIMESTAMP_LTZ -> Base64.getEncoder().encodeToString(value);
    };
  }

  /**
   * The text of a whole number, a date, a time or a moment in its Arrow unit; 0 and 1 of BOOLEAN.
   */
  public static String whole(Scalar type, long value) {
    return switch (type.kind()) {
      case BOOLEAN -> Boolean.toString(value != 0);
      case DATE -> LocalDate.ofEpochDay(value).toString();
      case TIME ->
          DateTimeFormatter.ISO_LOCAL_TIME.format(
              LocalTime.ofNanoOfDay(value * (NANOS / perSecond(type))));
      case TIMESTAMP -> moment(type, value);
      case TIMESTAMP_LTZ -> moment(type, value) + "Z";
      case TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE, DECIMAL -> Long.toString(value);
      case CHAR, STRING, BINARY, BYTES -> Long.toString(value);
    };
  }

  private static String moment(Scalar type, long value) {
    long perSecond = perSecond(type);
    long seconds = Math.floorDiv(value, perSecond);
    if (Math.abs(seconds) > MOST_SECONDS) {
      return seconds + " s";
    }
    return DateTimeFormatter.ISO_LOCAL_DATE_TIME.format(
        LocalDateTime.ofEpochSecond(
            seconds,
            (int) (Math.floorMod(value, perSecond) * (NANOS / perSecond)),
            ZoneOffset.UTC));
  }

  private static long perSecond(Scalar type) {
    return switch (ArrowTypes.unit(type.precision())) {
      case SECOND -> 1;
      case MILLISECOND -> 1_000;
      case MICROSECOND -> 1_000_000;
      case NANOSECOND -> NANOS;
    };
  }
}
