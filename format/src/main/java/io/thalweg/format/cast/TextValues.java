package io.thalweg.format.cast;

import io.thalweg.format.io.Utf8;
import io.thalweg.format.type.DataType.Kind;
import io.thalweg.format.type.DataType.Scalar;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.ResolverStyle;
import java.time.temporal.ChronoField;
import java.time.temporal.TemporalAccessor;
import java.time.temporal.TemporalQueries;
import java.util.Base64;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads texts as values of scalar types, exactly. Stateless; any thread. */
public final class TextValues {
  /** The texts of numbers in decimal. */
  public static final Pattern NUMBER =
      Pattern.compile("[+-]?(\\d{1,1000}(\\.\\d{0,1000})?|\\.\\d{1,1000})([eE][+-]?\\d{1,4})?");

  /** The texts of binary fractions that are not finite. */
  public static final Set<String> NOT_FINITE = Set.of("NaN", "Infinity", "-Infinity");

  /** The form of a date, a time or both, with any digits. */
  private static final Pattern SHAPE =
      Pattern.compile(
          "\\d{4}-\\d\\d-\\d\\d([T ]\\d\\d:\\d\\d(:\\d\\d(\\.\\d{1,9})?)?([+-]\\d\\d(:?\\d\\d)?|Z)?)?"
              + "|\\d\\d:\\d\\d(:\\d\\d(\\.\\d{1,9})?)?");

  /** Strict: otherwise February 30 would be read as the 28th. */
  private static final DateTimeFormatter MOMENT =
      new DateTimeFormatterBuilder()
          .append(DateTimeFormatter.ISO_LOCAL_DATE)
          .optionalStart()
          .appendPattern("['T'][' ']")
          .append(DateTimeFormatter.ISO_LOCAL_TIME)
          .optionalStart()
          .appendPattern("[XXXXX][XXX][X]")
          .optionalEnd()
          .optionalEnd()
          .toFormatter(Locale.ROOT)
          .withResolverStyle(ResolverStyle.STRICT);

  private TextValues() {}

  /**
   * The value of a text, in the form that {@link VectorWriter} takes.
   *
   * @throws Exact.Misfit where the type has no such value
   */
  public static Object parse(Scalar type, String text) throws Exact.Misfit {
    try {
      return switch (type.kind()) {
        case CHAR, STRING -> Exact.text(type, utf8(type, text));
        case BOOLEAN -> bool(type, text);
        case TINYINT, SMALLINT, INT, BIGINT, DECIMAL, FLOAT, DOUBLE -> number(type, text.strip());
        case BINARY, BYTES -> Exact.bytes(type, Base64.getDecoder().decode(text));
        case DATE -> Exact.day(type, LocalDate.parse(text.strip()).toEpochDay());
        case TIME -> {
          LocalTime time = LocalTime.parse(text.strip());
          yield Exact.seconds(
              type, time.toSecondOfDay(), time.get(ChronoField.NANO_OF_SECOND), text);
        }
        case TIMESTAMP, TIMESTAMP_LTZ -> moment(type, text.strip());
      };
    } catch (DateTimeException notOne) {
      throw Exact.misfit(
          type,
          "'" + text + "'",
          SHAPE.matcher(text.strip()).matches()
              ? "there is no such day or time"
              : "write it as in " + example(type.kind()));
    } catch (IllegalArgumentException notBase64) {
      throw Exact.misfit(type, "'" + text + "'", "bytes are written in Base64");
    }
  }

  private static byte[] utf8(Scalar type, String text) throws Exact.Misfit {
    try {
      return Utf8.bytes(text);
    } catch (Utf8.Malformed half) {
      throw Exact.misfit(type, "'" + text + "'", half.getMessage());
    }
  }

  private static String example(Kind kind) {
    return switch (kind) {
      case DATE -> "2026-11-28";
      case TIME -> "16:30:00.5";
      case TIMESTAMP -> "2026-11-28T16:30:00.5, without a zone";
      case TIMESTAMP_LTZ -> "2026-11-28T16:30:00.5Z";
      case BOOLEAN, TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE, DECIMAL ->
          throw new IllegalStateException(kind + " is neither a day nor a time");
      case CHAR, STRING, BINARY, BYTES ->
          throw new IllegalStateException(kind + " is neither a day nor a time");
    };
  }

  private static Object bool(Scalar type, String text) throws Exact.Misfit {
    String lower = text.strip().toLowerCase(Locale.ROOT);
    if (!lower.equals("true") && !lower.equals("false")) {
      throw Exact.misfit(type, "'" + text + "'", "write true or false");
    }
    return lower.equals("true");
  }

  /** The value of a number's text. */
  public static Object number(Scalar type, String text) throws Exact.Misfit {
    boolean binary = type.kind() == Kind.DOUBLE || type.kind() == Kind.FLOAT;
    if (binary && NOT_FINITE.contains(text)) {
      return Double.valueOf(text);
    }
    if (!NUMBER.matcher(text).matches()) {
      throw Exact.misfit(type, "'" + text + "'", "it is no number");
    }
    BigDecimal exact = new BigDecimal(text);
    boolean whole = text.indexOf('.') < 0 && text.indexOf('e') < 0 && text.indexOf('E') < 0;
    if (!binary || (whole && exact.signum() != 0)) {
      return Exact.number(type, exact);
    }
    // Rounding to the nearest binary fraction is what these types mean.
    double nearest = type.kind() == Kind.FLOAT ? Float.parseFloat(text) : Double.parseDouble(text);
    if (Double.isInfinite(nearest)) {
      throw Exact.misfit(type, text, "it is out of range");
    }
    return nearest;
  }

  private static Object moment(Scalar type, String text) throws Exact.Misfit {
    TemporalAccessor parsed = MOMENT.parse(text);
    LocalTime time = parsed.query(TemporalQueries.localTime());
    LocalDateTime local =
        LocalDateTime.of(
            parsed.query(TemporalQueries.localDate()), time == null ? LocalTime.MIDNIGHT : time);
    ZoneOffset zone = parsed.query(TemporalQueries.offset());
    if (zone != null && type.kind() == Kind.TIMESTAMP) {
      throw Exact.misfit(type, text, "it has a zone");
    }
    ZoneOffset offset = zone == null ? ZoneOffset.UTC : zone;
    return Exact.seconds(
        type, local.toEpochSecond(offset), local.get(ChronoField.NANO_OF_SECOND), text);
  }

  /** Whether {@code text} has the form of a date, or of a date with a time and no zone. */
  public static boolean looksLikeMoment(String text, boolean withTime) {
    return text.length() >= 10
        && text.charAt(4) == '-'
        && withTime == text.length() >= 16
        && (withTime || text.length() == 10);
  }

  /** Whether {@code type} holds the value of {@code text}. */
  public static boolean fits(Scalar type, String text) {
    try {
      parse(type, text);
      return true;
    } catch (Exact.Misfit misfit) {
      return false;
    }
  }
}
