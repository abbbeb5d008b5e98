package io.thalweg.format.partition;

import io.thalweg.format.cast.ScalarText;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Partition;
import io.thalweg.format.schema.Partitions;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.table.PartitionOptions;
import io.thalweg.format.table.PartitionOptions.Unit;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.DataType.Scalar;
import java.nio.charset.StandardCharsets;
import java.text.ParsePosition;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.time.temporal.ChronoUnit;
import java.time.temporal.IsoFields;
import java.time.temporal.TemporalAccessor;
import java.time.temporal.TemporalField;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The times of a table's partitions, whose texts tell them: which partitions should be there ahead
 * of time, and which are too old. Immutable; any thread.
 */
public final class PartitionTimes {
  /** Times by which a format is tried: with numbers of two digits, and of one. */
  private static final List<LocalDateTime> SAMPLES =
      List.of(LocalDateTime.of(2026, 11, 29, 22, 0), LocalDateTime.of(2026, 1, 1, 0, 0));

  private final PartitionOptions options;
  private final PartitionKey key;
  private final int column;
  private final Scalar type;
  private final ZoneId zone;
  private final DateTimeFormatter format;

  private PartitionTimes(PartitionOptions options, PartitionKey key, int column) {
    this.options = options;
    this.key = key;
    this.column = column;
    this.type = key.type(column);
    try {
      this.zone = ZoneId.of(options.zone());
    } catch (DateTimeException unknown) {
      throw PartitionOptions.badZone(options.zone());
    }
    String pattern = options.format().orElse(options.unit().format());
    try {
      this.format = formatter(pattern);
    } catch (IllegalArgumentException unreadable) {
      throw PartitionOptions.badFormat(
          pattern, "a pattern of java.time: " + unreadable.getMessage());
    }
  }

  private static DateTimeFormatter formatter(String pattern) {
    if (!pattern.equals(Unit.QUARTER.format())) {
      return DateTimeFormatter.ofPattern(pattern, Locale.ROOT);
    }
    // Of the pattern, java.time makes a year that takes the quarter for its fifth digit.
    return new DateTimeFormatterBuilder()
        .appendValue(ChronoField.YEAR_OF_ERA, 4)
        .appendValue(IsoFields.QUARTER_OF_YEAR, 1)
        .toFormatter(Locale.ROOT);
  }

  /**
   * Those of a table with automatic partitions; empty for others.
   *
   * @throws ThalwegException INVALID_PROPERTY where the properties cannot be used
   */
  public static Optional<PartitionTimes> of(TableDescriptor table) {
    PartitionOptions options = PartitionOptions.from(table);
    if (!options.auto()) {
      return Optional.empty();
    }
    int column = table.partitionKey().indexOf(options.key());
    PartitionTimes times = new PartitionTimes(options, PartitionKey.of(table), column);
    times.check();
    return Optional.of(times);
  }

  private void check() {
    String name = key.columns().get(column).name();
    boolean fits =
        switch (type.kind()) {
          case CHAR, STRING, TIMESTAMP, TIMESTAMP_LTZ, INT, BIGINT -> true;
          case DATE -> options.unit() != Unit.HOUR;
          case BOOLEAN, TINYINT, SMALLINT, FLOAT, DOUBLE, DECIMAL, BINARY, BYTES, TIME -> false;
        };
    if (!fits) {
      throw PartitionOptions.badKey(
          name,
          "a column of CHAR, STRING, INT, BIGINT, DATE (not by the hour), TIMESTAMP or"
              + " TIMESTAMP_LTZ; it is "
              + type);
    }
    if (options.precreate() > 0 && key.columns().size() > 1) {
      throw new ThalwegException(
          ErrorCode.INVALID_PROPERTY,
          "table.auto-partition.num-precreate is "
              + options.precreate()
              + ", but the table has more partition columns than the time; set it to 0: writes make"
              + " the partitions");
    }
    String why = "";
    try {
      if (SAMPLES.stream().allMatch(this::comesBack)) {
        return;
      }
    } catch (DateTimeException | ThalwegException unfit) {
      why = ": " + unfit.getMessage();
    }
    throw PartitionOptions.badFormat(
        options.format().orElse(options.unit().format()),
        "a pattern that tells the whole "
            + options.unit()
            + ", such as "
            + options.unit().format()
            + ", and fits the column's type"
            + why);
  }

  /** Whether the text of the unit at that time is the one form of a value, and tells the unit. */
  private boolean comesBack(LocalDateTime sample) {
    LocalDateTime begin = start(sample);
    String text = text(begin);
    return text.equals(ScalarText.of(type, key.value(column, text)))
        && time(text).equals(Optional.of(begin));
  }

  /** The texts of the partitions that should be there at a time and are not. */
  public List<List<String>> due(Partitions known, long nowMillis) {
    List<List<String>> due = new ArrayList<>();
    LocalDateTime begin = start(local(nowMillis));
    for (int i = 0; i < options.precreate(); i++) {
      List<String> texts = List.of(text(later(begin, i)));
      if (known.find(texts).isEmpty() && !due.contains(texts)) {
        due.add(texts);
      }
    }
    return due;
  }

  /** The partitions that are too old at a time. One whose text tells no time never is. */
  public List<Partition> expired(Partitions known, long nowMillis) {
    if (options.retention().isEmpty()) {
      return List.of();
    }
    LocalDateTime least = later(start(local(nowMillis)), -options.retention().get());
    return known.all().stream()
        .filter(
            each ->
                time(each.values().get(column)).map(begin -> begin.isBefore(least)).orElse(false))
        .toList();
  }

  private LocalDateTime local(long millis) {
    return LocalDateTime.ofInstant(Instant.ofEpochMilli(millis), zone);
  }

  private LocalDateTime start(LocalDateTime time) {
    LocalDate day = time.toLocalDate();
    return switch (options.unit()) {
      case HOUR -> time.truncatedTo(ChronoUnit.HOURS);
      case DAY -> day.atStartOfDay();
      case MONTH -> day.withDayOfMonth(1).atStartOfDay();
      case QUARTER ->
          day.withMonth(day.getMonth().firstMonthOfQuarter().getValue())
              .withDayOfMonth(1)
              .atStartOfDay();
      case YEAR -> day.withDayOfYear(1).atStartOfDay();
    };
  }

  private LocalDateTime later(LocalDateTime time, int units) {
    return switch (options.unit()) {
      case HOUR -> time.plusHours(units);
      case DAY -> time.plusDays(units);
      case MONTH -> time.plusMonths(units);
      case QUARTER -> time.plusMonths(3L * units);
      case YEAR -> time.plusYears(units);
    };
  }

  /** The text of the partition that begins then. */
  private String text(LocalDateTime begin) {
    return switch (type.kind()) {
      case DATE -> ScalarText.whole(type, begin.toLocalDate().toEpochDay());
      case TIMESTAMP -> ScalarText.whole(type, unit(begin.toEpochSecond(ZoneOffset.UTC)));
      case TIMESTAMP_LTZ -> ScalarText.whole(type, unit(begin.atZone(zone).toEpochSecond()));
      case CHAR, STRING ->
          ScalarText.of(type, format.format(begin).getBytes(StandardCharsets.UTF_8));
      case INT, BIGINT -> format.format(begin);
      case BOOLEAN, TINYINT, SMALLINT, FLOAT, DOUBLE, DECIMAL, BINARY, BYTES, TIME ->
          throw new IllegalStateException(type + " carries no time");
    };
  }

  private long unit(long seconds) {
    return seconds * perSecond();
  }

  private long perSecond() {
    return switch (ArrowTypes.unit(type.precision())) {
      case SECOND -> 1;
      case MILLISECOND -> 1_000;
      case MICROSECOND -> 1_000_000;
      case NANOSECOND -> 1_000_000_000;
    };
  }

  /** When the partition with that text begins; empty where it tells no time. */
  private Optional<LocalDateTime> time(String text) {
    if (text.equals(Partition.NULL)) {
      return Optional.empty();
    }
    return switch (type.kind()) {
      case DATE -> Optional.of(LocalDate.ofEpochDay((Long) key.value(column, text)).atStartOfDay());
      case TIMESTAMP ->
          Optional.of(
              LocalDateTime.ofEpochSecond(
                  Math.floorDiv((Long) key.value(column, text), perSecond()), 0, ZoneOffset.UTC));
      case TIMESTAMP_LTZ ->
          Optional.of(
              LocalDateTime.ofInstant(
                  Instant.ofEpochSecond(Math.floorDiv((Long) key.value(column, text), perSecond())),
                  zone));
      case CHAR, STRING, INT, BIGINT -> parsed(text);
      case BOOLEAN, TINYINT, SMALLINT, FLOAT, DOUBLE, DECIMAL, BINARY, BYTES, TIME ->
          throw new IllegalStateException(type + " carries no time");
    };
  }

  private Optional<LocalDateTime> parsed(String text) {
    ParsePosition position = new ParsePosition(0);
    TemporalAccessor fields = format.parseUnresolved(text, position);
    if (fields == null || position.getIndex() != text.length()) {
      return Optional.empty();
    }
    long year = field(fields, ChronoField.YEAR, field(fields, ChronoField.YEAR_OF_ERA, 0));
    long quarter = field(fields, IsoFields.QUARTER_OF_YEAR, 1);
    long month = field(fields, ChronoField.MONTH_OF_YEAR, 3 * quarter - 2);
    try {
      LocalDateTime time =
          LocalDateTime.of(
              Math.toIntExact(year),
              (int) month,
              (int) field(fields, ChronoField.DAY_OF_MONTH, 1),
              (int) field(fields, ChronoField.HOUR_OF_DAY, 0),
              0);
      return format.format(time).equals(text) ? Optional.of(time) : Optional.empty();
    } catch (DateTimeException | ArithmeticException none) {
      return Optional.empty(); // a text of that form, but of no time, as 20261399
    }
  }

  private static long field(TemporalAccessor fields, TemporalField field, long orElse) {
    return fields.isSupported(field) ? fields.getLong(field) : orElse;
  }
}
