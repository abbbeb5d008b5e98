package io.thalweg.format.segment;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names a segment and says how to check its footer; the package text specifies the key.
 *
 * @param incarnation of the server that wrote it
 * @param sequence from 1, per incarnation, shared with its WAL objects
 * @param footerLength bytes at the file's end from the footer's first byte on
 * @param footerCrc CRC32C of these bytes
 */
public record SegmentFile(
    long tableId, int bucket, long incarnation, long sequence, int footerLength, int footerCrc) {

  /** What the keys of all segments begin with. */
  public static final String PREFIX = "tables/";

  private static final Pattern KEY =
      Pattern.compile("tables/(\\d{1,18})/data/(\\d{1,9})/(\\d{1,18})-(\\d{1,18})\\.parquet");

  /** The object's key. */
  public String key() {
    return directory(tableId)
        + String.format(Locale.ROOT, "%d/%d-%d.parquet", bucket, incarnation, sequence);
  }

  /** What the keys of a table's segments begin with. */
  public static String directory(long tableId) {
    return PREFIX + tableId + "/data/";
  }

  /** The segment that a key names, its footer unknown (0); empty where it names none. */
  public static Optional<SegmentFile> ofKey(String key) {
    Matcher parts = KEY.matcher(key);
    return parts.matches()
        ? Optional.of(
            new SegmentFile(
                Long.parseLong(parts.group(1)),
                Integer.parseInt(parts.group(2)),
                Long.parseLong(parts.group(3)),
                Long.parseLong(parts.group(4)),
                0,
                0))
        : Optional.empty();
  }
}
