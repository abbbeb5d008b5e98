package io.thalweg.format.filter;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads dates, times and timestamps as the package text writes them. Stateless. */
final class TemporalText {
  private static final String DAY = "(\\d{4})-(\\d{2})-(\\d{2})";
  private static final String CLOCK = "(\\d{2}):(\\d{2})(?::(\\d{2})(?:\\.(\\d{1,9}))?)?";
  private static final String ZONE = "(Z|z|[+-]\\d{2}(?::\\d{2}(?::\\d{2})?)?)";
  private static final Pattern DATE = Pattern.compile(DAY);
  private static final Pattern TIME = Pattern.compile(CLOCK);
  private static final Pattern TIMESTAMP =
      Pattern.compile(DAY + "(?:[ Tt]" + CLOCK + " ?" + ZONE + "?)?");

  private TemporalText() {}

  static Literal.Date date(String text) {
    Matcher parts = match(DATE, text, "a date such as '2001-01-31'");
    try {
      return new Literal.Date(day(parts));
    } catch (DateTimeException impossible) {
      throw bad(text, impossible.getMessage());
    }
  }

  static Literal.Time time(String text) {
    Matcher parts = match(TIME, text, "a time such as '10:00:00.5'");
    try {
      return new Literal.Time(clock(parts, 1));
    } catch (DateTimeException impossible) {
      throw bad(text, impossible.getMessage());
    }
  }

  static Literal.Timestamp timestamp(String text) {
    Matcher parts = match(TIMESTAMP, text, "a timestamp such as '2001-01-31 10:00:00.5'");
    try {
      LocalTime clock = parts.group(4) == null ? LocalTime.MIDNIGHT : clock(parts, 4);
      Optional<ZoneOffset> offset =
          Optional.ofNullable(parts.group(8))
              .map(zone -> ZoneOffset.of(zone.equals("z") ? "Z" : zone));
      return new Literal.Timestamp(LocalDateTime.of(day(parts), clock), offset);
    } catch (DateTimeException impossible) {
      throw bad(text, impossible.getMessage());
    }
  }

  static void checkYear(int year) {
    if (year < 0 || year > 9_999) {
      throw new ThalwegException(
          ErrorCode.INVALID_FILTER, "year " + year + " is not within 0000 to 9999");
    }
  }

  private static Matcher match(Pattern pattern, String text, String wanted) {
    Matcher matcher = pattern.matcher(text);
    if (!matcher.matches()) {
      throw bad(text, "write " + wanted);
    }
    return matcher;
  }

  private static LocalDate day(Matcher parts) {
    return LocalDate.of(number(parts.group(1)), number(parts.group(2)), number(parts.group(3)));
  }

  private static LocalTime clock(Matcher parts, int first) {
    String fraction = parts.group(first + 3);
    int nanos = fraction == null ? 0 : number((fraction + "000000000").substring(0, 9));
    String second = parts.group(first + 2);
    return LocalTime.of(
        number(parts.group(first)),
        number(parts.group(first + 1)),
        second == null ? 0 : number(second),
        nanos);
  }

  private static int number(String digits) {
    return Integer.parseInt(digits);
  }

  private static ThalwegException bad(String text, String why) {
    String shown = text.length() > 100 ? text.substring(0, 100) + "…" : text;
    return new ThalwegException(
        ErrorCode.INVALID_FILTER, "'" + shown + "' is no date or time here: " + why);
  }
}
