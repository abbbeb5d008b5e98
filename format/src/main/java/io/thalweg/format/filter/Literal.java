package io.thalweg.format.filter;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;

/** A constant in a predicate. Immutable; its {@code toString} is its text. */
public sealed interface Literal {

  /** Most digits of a number, and its greatest exponent. */
  int MAX_DIGITS = 1_000;

  /** NULL, in a list only: whether it equals a value is unknown. */
  record Null() implements Literal {
    @Override
    public String toString() {
      return "NULL";
    }
  }

  /** A number of any size within {@link #MAX_DIGITS}; one beyond is refused: INVALID_FILTER. */
  record Numeric(BigDecimal value) implements Literal {
    /** Checks the size, which bounds what comparing it can cost. */
    public Numeric {
      if (value.precision() > MAX_DIGITS || Math.abs((long) value.scale()) > 2L * MAX_DIGITS) {
        throw new ThalwegException(
            ErrorCode.INVALID_FILTER,
            "a number has "
                + value.precision()
                + " digits and exponent "
                + -(long) value.scale()
                + "; the limit is "
                + MAX_DIGITS);
      }
    }

    /** An integer. */
    public static Numeric of(long value) {
      return new Numeric(BigDecimal.valueOf(value));
    }

    @Override
    public String toString() {
      return value.toString();
    }
  }

  /** A string. */
  record Text(String value) implements Literal {
    @Override
    public String toString() {
      return "'" + value.replace("'", "''") + "'";
    }
  }

  /** TRUE or FALSE. */
  record Bool(boolean value) implements Literal {
    @Override
    public String toString() {
      return value ? "TRUE" : "FALSE";
    }
  }

  /**
   * Bytes.
   *
   * @param hex an even number of hex digits, made upper case
   */
  record Bytes(String hex) implements Literal {
    /** Checks the digits; INVALID_FILTER. */
    public Bytes {
      hex = hex.toUpperCase(Locale.ROOT);
      if (hex.length() % 2 != 0 || !hex.chars().allMatch(HexFormat::isHexDigit)) {
        throw new ThalwegException(
            ErrorCode.INVALID_FILTER, "X'…' takes an even number of hex digits");
      }
    }

    /** The bytes themselves. */
    public byte[] toBytes() {
      return HexFormat.of().parseHex(hex);
    }

    @Override
    public String toString() {
      return "X'" + hex + "'";
    }
  }

  /** A day of the years 0 to 9999. */
  record Date(LocalDate value) implements Literal {
    /** Checks the year; INVALID_FILTER. */
    public Date {
      TemporalText.checkYear(value.getYear());
    }

    @Override
    public String toString() {
      return "DATE '" + value + "'";
    }
  }

  /** A time of day. */
  record Time(LocalTime value) implements Literal {
    @Override
    public String toString() {
      return "TIME '" + value + "'";
    }
  }

  /**
   * A date and time of the years 0 to 9999.
   *
   * @param offset from UTC, where one was given
   */
  record Timestamp(LocalDateTime value, Optional<ZoneOffset> offset) implements Literal {
    /** Checks the year; INVALID_FILTER. */
    public Timestamp {
      TemporalText.checkYear(value.getYear());
    }

    @Override
    public String toString() {
      return "TIMESTAMP '"
          + value.toLocalDate()
          + " "
          + value.toLocalTime()
          + offset.map(ZoneOffset::toString).orElse("")
          + "'";
    }
  }
}
