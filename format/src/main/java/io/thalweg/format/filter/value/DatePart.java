package io.thalweg.format.filter.value;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.time.LocalDate;
import java.time.temporal.IsoFields;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** The parts of a date and time that {@code date_trunc} cuts to, in the ISO calendar and UTC. */
public enum DatePart {
  /** A year. */
  YEAR,
  /** Three months. */
  QUARTER,
  /** A month. */
  MONTH,
  /** Seven days from Monday. */
  WEEK,
  /** A day. */
  DAY,
  /** An hour. */
  HOUR,
  /** A minute. */
  MINUTE,
  /** A second. */
  SECOND;

  /** How many seconds a day has. */
  public static final long SECONDS_OF_DAY = 86_400;

  /** The part called {@code name}, whatever its case; INVALID_FILTER. */
  public static DatePart of(String name) {
    return Arrays.stream(values())
        .filter(part -> part.name().equalsIgnoreCase(name))
        .findFirst()
        .orElseThrow(
            () ->
                new ThalwegException(
                    ErrorCode.INVALID_FILTER,
                    "date_trunc does not know '"
                        + (name.length() > 50 ? name.substring(0, 50) + "…" : name)
                        + "'; it cuts to "
                        + Arrays.stream(values())
                            .map(part -> "'" + part.name().toLowerCase(Locale.ROOT) + "'")
                            .collect(Collectors.joining(", "))));
  }

  /** The first second of the part that {@code second} since 1970 is in. */
  public long ofSecond(long second) {
    return switch (this) {
      case SECOND -> second;
      case MINUTE -> second - Math.floorMod(second, 60L);
      case HOUR -> second - Math.floorMod(second, 3_600L);
      case YEAR, QUARTER, MONTH, WEEK, DAY ->
          ofDay(Math.floorDiv(second, SECONDS_OF_DAY)) * SECONDS_OF_DAY;
    };
  }

  /** The first day of the part that {@code day} since 1970 is in. */
  public long ofDay(long day) {
    return switch (this) {
      case YEAR -> LocalDate.ofEpochDay(day).withDayOfYear(1).toEpochDay();
      case QUARTER -> LocalDate.ofEpochDay(day).with(IsoFields.DAY_OF_QUARTER, 1).toEpochDay();
      case MONTH -> LocalDate.ofEpochDay(day).withDayOfMonth(1).toEpochDay();
      // Day 0 was a Thursday; weeks begin on Monday.
      case WEEK -> day - Math.floorMod(day + 3, 7L);
      case DAY, HOUR, MINUTE, SECOND -> day;
    };
  }
}
