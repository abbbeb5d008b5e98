package io.thalweg.format.table;

import io.thalweg.format.batch.BucketFunction;
import io.thalweg.format.batch.Compression;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A table's properties, typed. Keys that begin with {@code table.} or {@code bucket.} are reserved:
 * an unknown one is refused. Others are the user's own and have no effect.
 *
 * @param compression {@code table.log.arrow.compression.type}: none (default), lz4, zstd
 * @param zstdLevel {@code table.log.arrow.compression.zstd.level}: 1 to 22, default 3
 * @param writeMode {@code table.write.mode}: auto (default), inline, object
 * @param segmentTargetSize {@code table.segment.target-size}: bytes of log that become one segment,
 *     64 KiB to 1 GiB, default 128 MiB
 * @param segmentMaxAge {@code table.segment.max-age}: records older than that become a segment,
 *     even if they are few, 1 s to 365 d, default 10 min
 * @param segmentZstdLevel {@code table.segment.zstd.level}: 1 to 22, default 3
 * @param ttl {@code table.log.ttl}: records older than that expire, a run at a time; default 7 d,
 *     empty for {@code never}
 * @param beforeImages {@code table.changelog.image}: whether the changelog of a table with a
 *     primary key contains rows as they were before an update: full (default), or wal for no
 * @param rowTtl {@code table.row.ttl}: how long after its last write a row of a table with a
 *     primary key expires, 1 s to 36,500 d; empty for {@code never} (default)
 * @param statistics {@code table.statistics.columns}: all (default), none, or names with commas
 *     between: the columns whose distinct values are counted
 * @param shredding {@code table.variant.shredding}: off (default), auto, or paths with their types:
 *     what of variants segments store in columns of their own
 * @param logFormat {@code table.log.format}: arrow (default), or kafka for a table that keeps
 *     Kafka's record batches as they were sent
 * @param cleanup {@code table.log.cleanup} and {@code table.log.compact.…}: what happens to old
 *     records of such a table
 * @param kafkaValues {@code table.kafka.value-format}: none (default), json or variant: what the
 *     values of Kafka's records are
 * @param bucketFunction {@code bucket.function}: murmur3 (default), or kafka for the buckets that
 *     Kafka's default partitioner chooses
 */
public record TableOptions(
    Compression compression,
    int zstdLevel,
    WriteMode writeMode,
    long segmentTargetSize,
    Duration segmentMaxAge,
    int segmentZstdLevel,
    Optional<Duration> ttl,
    boolean beforeImages,
    Optional<Duration> rowTtl,
    StatisticsColumns statistics,
    VariantShredding shredding,
    LogFormat logFormat,
    LogCleanup cleanup,
    KafkaValues kafkaValues,
    BucketFunction bucketFunction) {

  /** The options of a table without properties. */
  public static final TableOptions DEFAULT =
      new TableOptions(
          Compression.NONE,
          3,
          WriteMode.AUTO,
          128L << 20,
          Duration.ofMinutes(10),
          3,
          Optional.of(Duration.ofDays(7)),
          true,
          Optional.empty(),
          StatisticsColumns.ALL,
          VariantShredding.OFF,
          LogFormat.ARROW,
          LogCleanup.DEFAULT,
          KafkaValues.NONE,
          BucketFunction.MURMUR3);

  /** The property of {@link #rowTtl}, for tables with a primary key only. */
  static final String ROW_TTL = "table.row.ttl";

  private static final Pattern AMOUNT = Pattern.compile("(\\d{1,18})\\s*([a-z]*)");

  /** The longest duration of an option. */
  public static final Duration LONGEST = Duration.ofDays(36_500);

  private enum ChangelogImage {
    FULL,
    WAL
  }

  /** How batches become durable. */
  public enum WriteMode {
    /** Small groups go into the log entry, large ones into the object store. */
    AUTO,
    /** Inside the log entry if it has room: lowest latency. */
    INLINE,
    /** Always in the object store: no bytes on the coordinators' disks. */
    OBJECT
  }

  /** Reads the properties of a table and refuses what cannot be used. */
  public static TableOptions from(Map<String, String> properties) {
    Compression compression = DEFAULT.compression;
    int level = DEFAULT.zstdLevel;
    WriteMode mode = DEFAULT.writeMode;
    long targetSize = DEFAULT.segmentTargetSize;
    Duration maxAge = DEFAULT.segmentMaxAge;
    int segmentLevel = DEFAULT.segmentZstdLevel;
    Optional<Duration> ttl = DEFAULT.ttl;
    boolean beforeImages = DEFAULT.beforeImages;
    Optional<Duration> rowTtl = DEFAULT.rowTtl;
    StatisticsColumns statistics = DEFAULT.statistics;
    VariantShredding shredding = DEFAULT.shredding;
    LogFormat logFormat = DEFAULT.logFormat;
    LogCleanup cleanup = DEFAULT.cleanup;
    KafkaValues kafkaValues = DEFAULT.kafkaValues;
    BucketFunction bucketFunction = DEFAULT.bucketFunction;
    for (Map.Entry<String, String> property : properties.entrySet()) {
      String value = property.getValue();
      switch (property.getKey()) {
        case "table.log.arrow.compression.type" ->
            compression = choice(property, Compression.values());
        case "table.write.mode" -> mode = choice(property, WriteMode.values());
        case LogFormat.PROPERTY -> logFormat = choice(property, LogFormat.values());
        case KafkaValues.PROPERTY -> kafkaValues = choice(property, KafkaValues.values());
        case BucketFunction.PROPERTY -> bucketFunction = choice(property, BucketFunction.values());
        case LogCleanup.PROPERTY -> cleanup = cleanup(cleanup, property);
        case LogCleanup.MIN_DIRTY -> cleanup = cleanup.withMinDirty(percent(property));
        case LogCleanup.DELETE_RETENTION ->
            cleanup = cleanup.withRetention(duration(property, Duration.ZERO, LONGEST));
        case "table.log.arrow.compression.zstd.level" -> level = level(property);
        case "table.segment.zstd.level" -> segmentLevel = level(property);
        case "table.segment.target-size" -> targetSize = bytes(property, 64L << 10, 1L << 30);
        case "table.segment.max-age" ->
            maxAge = duration(property, Duration.ofSeconds(1), Duration.ofDays(365));
        case "table.log.ttl" -> ttl = timeToLive(property);
        case ROW_TTL -> rowTtl = timeToLive(property);
        case StatisticsColumns.PROPERTY -> statistics = StatisticsColumns.parse(value);
        case VariantShredding.PROPERTY -> shredding = VariantShredding.parse(value);
        case "table.changelog.image" ->
            beforeImages = choice(property, ChangelogImage.values()) == ChangelogImage.FULL;
        case "table.merge-engine",
            "table.merge-engine.versioned.ver-column",
            "table.delete.behavior",
            "table.auto-increment.column" -> {
          // MergeOptions checks these, as they need the schema.
        }
        default -> {
          if (PartitionOptions.isOurs(property.getKey())) {
            continue; // PartitionOptions checks these, as they need the partition key
          }
          if (property.getKey().startsWith("table.") || property.getKey().startsWith("bucket.")) {
            throw new ThalwegException(
                ErrorCode.INVALID_PROPERTY,
                "there is no table property '"
                    + property.getKey()
                    + "'; docs/tables.md lists them");
          }
        }
      }
    }
    if (cleanup.compacts() && logFormat != LogFormat.KAFKA) {
      throw new ThalwegException(
          ErrorCode.INVALID_PROPERTY,
          LogCleanup.PROPERTY
              + " = compact is for tables with table.log.format = kafka; a table with a primary key"
              + " keeps the newest row of each key");
    }
    return new TableOptions(
        compression,
        level,
        mode,
        targetSize,
        maxAge,
        segmentLevel,
        ttl,
        beforeImages,
        rowTtl,
        statistics,
        shredding,
        logFormat,
        cleanup,
        kafkaValues,
        bucketFunction);
  }

  /** Whether the property may change while the table lives; only of those that we know. */
  public static boolean mayChange(String property) {
    return switch (property) {
      case "table.log.arrow.compression.type",
          "table.log.arrow.compression.zstd.level",
          "table.write.mode",
          KafkaValues.PROPERTY,
          LogCleanup.PROPERTY,
          LogCleanup.MIN_DIRTY,
          LogCleanup.DELETE_RETENTION,
          LogFormat.PROPERTY, // to what it is; Alteration refuses another format
          "table.segment.zstd.level",
          "table.segment.target-size",
          "table.segment.max-age",
          "table.log.ttl",
          ROW_TTL,
          StatisticsColumns.PROPERTY,
          VariantShredding.PROPERTY,
          "table.delete.behavior" ->
          true;
      default -> PartitionOptions.mayChange(property);
    };
  }

  private static LogCleanup cleanup(LogCleanup before, Map.Entry<String, String> property) {
    Set<String> policies = new HashSet<>(List.of(property.getValue().trim().split("\\s*,\\s*")));
    if (!Set.of("compact", "delete").containsAll(policies)) {
      throw bad(property, "delete, compact, or both with a comma between");
    }
    return before.with(policies.contains("compact"), policies.contains("delete"));
  }

  private static int percent(Map.Entry<String, String> property) {
    String value = property.getValue();
    if (!value.matches("\\d{1,3}")
        || Integer.parseInt(value) < 1
        || Integer.parseInt(value) > 100) {
      throw bad(property, "a percentage from 1 to 100");
    }
    return Integer.parseInt(value);
  }

  /** How long records live; empty where they stay, or only until their key's next one comes. */
  public Optional<Duration> life() {
    return cleanup.deletes() ? ttl : Optional.empty();
  }

  private static Optional<Duration> timeToLive(Map.Entry<String, String> property) {
    return property.getValue().equalsIgnoreCase("never")
        ? Optional.empty()
        : Optional.of(duration(property, Duration.ofSeconds(1), LONGEST));
  }

  private static int level(Map.Entry<String, String> property) {
    String value = property.getValue();
    if (!value.matches("\\d{1,2}") || Integer.parseInt(value) < 1 || Integer.parseInt(value) > 22) {
      throw bad(property, "a level from 1 to 22");
    }
    return Integer.parseInt(value);
  }

  private static long bytes(Map.Entry<String, String> property, long min, long max) {
    String wanted = "a size such as 64mib or 1gib, from " + min + " to " + max + " bytes";
    Matcher parts = amount(property, wanted);
    long unit =
        switch (parts.group(2)) {
          case "", "b" -> 1;
          case "kib", "kb" -> 1L << 10;
          case "mib", "mb" -> 1L << 20;
          case "gib", "gb" -> 1L << 30;
          default -> throw bad(property, wanted);
        };
    long amount = Long.parseLong(parts.group(1));
    if (amount > max / unit || amount * unit < min) {
      throw bad(property, wanted);
    }
    return amount * unit;
  }

  private static Duration duration(Map.Entry<String, String> property, Duration min, Duration max) {
    String wanted = "a duration such as 1500ms, 30s, 10min, 12h or 7d, from " + min + " to " + max;
    Matcher parts = amount(property, wanted);
    long millis =
        switch (parts.group(2)) {
          case "ms" -> 1;
          case "s" -> 1_000;
          case "min" -> 60_000;
          case "h" -> 3_600_000;
          case "d" -> 86_400_000;
          default -> throw bad(property, wanted);
        };
    long amount = Long.parseLong(parts.group(1));
    if (amount > max.toMillis() / millis || amount * millis < min.toMillis()) {
      throw bad(property, wanted);
    }
    return Duration.ofMillis(amount * millis);
  }

  private static Matcher amount(Map.Entry<String, String> property, String wanted) {
    Matcher parts = AMOUNT.matcher(property.getValue().trim().toLowerCase(Locale.ROOT));
    if (!parts.matches()) {
      throw bad(property, wanted);
    }
    return parts;
  }

  private static <E extends Enum<E>> E choice(Map.Entry<String, String> property, E[] choices) {
    StringBuilder names = new StringBuilder("one of");
    for (E each : choices) {
      if (each.name().equalsIgnoreCase(property.getValue())) {
        return each;
      }
      names.append(' ').append(each.name().toLowerCase(Locale.ROOT));
    }
    throw bad(property, names.toString());
  }

  private static ThalwegException bad(Map.Entry<String, String> property, String wanted) {
    return new ThalwegException(
        ErrorCode.INVALID_PROPERTY,
        property.getKey() + " = '" + property.getValue() + "' cannot be used; give " + wanted);
  }
}
