package io.thalweg.format.segment;

import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.StorageId;
import io.thalweg.format.schema.TableBucket;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names a segment and says how to check its footer; the package text specifies the key.
 *
 * @param bucket whose records it holds
 * @param incarnation of the server that wrote it
 * @param sequence from 1, per incarnation, shared with its WAL objects
 * @param footerLength bytes at the file's end from the footer's first byte on
 * @param footerCrc CRC32C of these bytes
 */
public record SegmentFile(
    SegmentForm form,
    TableBucket bucket,
    long incarnation,
    long sequence,
    int footerLength,
    int footerCrc) {

  /** The version of the Parquet files that this release writes, and the only one that it reads. */
  public static final int VERSION = 1;

  /** The key of the version in a segment's Parquet key-value metadata. */
  public static final String VERSION_KEY = "thalweg.segment.version";

  /** The key of the id of the schema that a segment's columns have. */
  public static final String SCHEMA_KEY = "thalweg.schema.id";

  /** The key of how many records of a changelog insert a row. */
  public static final String INSERTS_KEY = "thalweg.inserts";

  /** The key of how many records of a changelog delete a row. */
  public static final String DELETES_KEY = "thalweg.deletes";

  /** The prefix of all segments' keys. */
  public static final String PREFIX = "tables/";

  private static final Pattern KEY =
      Pattern.compile(
          "tables/(\\d{1,18})/data/(\\d{1,9})/(\\d{1,18})-(\\d{1,18})\\.(parquet|batches|cleaned)");

  /** A Parquet file. */
  public SegmentFile(
      TableBucket bucket, long incarnation, long sequence, int footerLength, int footerCrc) {
    this(SegmentForm.PARQUET, bucket, incarnation, sequence, footerLength, footerCrc);
  }

  /** The object's key. */
  public String key() {
    return directory(bucket.storage())
        + String.format(
            Locale.ROOT, "%d/%d-%d.%s", bucket.bucket(), incarnation, sequence, form.suffix());
  }

  /**
   * Checks that this release reads a segment.
   *
   * @param metadata of its Parquet footer
   * @throws ThalwegException UNSUPPORTED where the segment is of another version
   */
  public static void checkVersion(Map<String, String> metadata) {
    String version = metadata.get(VERSION_KEY);
    if (!Integer.toString(VERSION).equals(version)) {
      throw ThalwegException.unsupported(
          "a segment has "
              + (version == null ? "no version" : "version " + version)
              + ", this release reads version "
              + VERSION);
    }
  }

  /**
   * The id of the schema that a segment's columns have.
   *
   * @param metadata of its Parquet footer
   * @throws ThalwegException CORRUPT_DATA where the segment does not say
   */
  public static int schemaId(Map<String, String> metadata) {
    String id = metadata.getOrDefault(SCHEMA_KEY, "");
    if (!id.matches("\\d{1,9}")) {
      throw ThalwegException.corrupt("a segment has the schema id '" + id + "'");
    }
    return Integer.parseInt(id);
  }

  /**
   * By how many rows a segment's records make a primary-key table larger; empty where the segment
   * does not say.
   *
   * @param metadata of its Parquet footer
   * @throws ThalwegException CORRUPT_DATA where it says no number
   */
  public static OptionalLong growth(Map<String, String> metadata) {
    if (!metadata.containsKey(INSERTS_KEY)) {
      return OptionalLong.empty();
    }
    String inserts = metadata.get(INSERTS_KEY);
    String deletes = metadata.getOrDefault(DELETES_KEY, "");
    if (!inserts.matches("\\d{1,18}") || !deletes.matches("\\d{1,18}")) {
      throw ThalwegException.corrupt(
          "a segment has '" + inserts + "' inserts and '" + deletes + "' deletes");
    }
    return OptionalLong.of(Long.parseLong(inserts) - Long.parseLong(deletes));
  }

  /** The prefix of the keys of a storage's segments. */
  public static String directory(StorageId storage) {
    return PREFIX + storage + "/data/";
  }

  /** The segment that a key names, its footer unknown (0); empty where it names none. */
  public static Optional<SegmentFile> ofKey(String key) {
    Matcher parts = KEY.matcher(key);
    return parts.matches()
        ? Optional.of(
            new SegmentFile(
                SegmentForm.ofSuffix(parts.group(5)),
                new TableBucket(Long.parseLong(parts.group(1)), Integer.parseInt(parts.group(2))),
                Long.parseLong(parts.group(3)),
                Long.parseLong(parts.group(4)),
                0,
                0))
        : Optional.empty();
  }
}
