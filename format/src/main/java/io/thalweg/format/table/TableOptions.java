package io.thalweg.format.table;

import io.thalweg.format.batch.Compression;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.util.Locale;
import java.util.Map;

/**
 * A table's properties, typed. Keys that begin with {@code table.} or {@code bucket.} are ours and
 * must be known; others are the user's own and mean nothing to us.
 *
 * @param compression {@code table.log.arrow.compression.type}: none (default), lz4, zstd
 * @param zstdLevel {@code table.log.arrow.compression.zstd.level}: 1 to 22, default 3
 * @param writeMode {@code table.write.mode}: auto (default), inline, object
 */
public record TableOptions(Compression compression, int zstdLevel, WriteMode writeMode) {

  /** How batches become durable. */
  public enum WriteMode {
    /** Small groups ride inside the log entry, large ones go to the object store. */
    AUTO,
    /** Inside the log entry as far as an entry has room: lowest latency. */
    INLINE,
    /** Always in the object store: no bytes on the coordinators' disks. */
    OBJECT
  }

  /** Reads the properties of a table and refuses what cannot be used. */
  public static TableOptions from(Map<String, String> properties) {
    Compression compression = Compression.NONE;
    int level = 3;
    WriteMode mode = WriteMode.AUTO;
    for (Map.Entry<String, String> property : properties.entrySet()) {
      String value = property.getValue();
      switch (property.getKey()) {
        case "table.log.arrow.compression.type" ->
            compression = choice(property, Compression.values());
        case "table.write.mode" -> mode = choice(property, WriteMode.values());
        case "table.log.format" -> {
          if (!value.equalsIgnoreCase("arrow")) {
            throw bad(property, "arrow");
          }
        }
        case "table.log.arrow.compression.zstd.level" -> {
          if (!value.matches("\\d{1,2}")
              || Integer.parseInt(value) < 1
              || Integer.parseInt(value) > 22) {
            throw bad(property, "a level from 1 to 22");
          }
          level = Integer.parseInt(value);
        }
        default -> {
          if (property.getKey().startsWith("table.") || property.getKey().startsWith("bucket.")) {
            throw new ThalwegException(
                ErrorCode.INVALID_PROPERTY,
                "there is no table property '"
                    + property.getKey()
                    + "'; see docs/tables.md for those there are");
          }
        }
      }
    }
    return new TableOptions(compression, level, mode);
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
