package io.thalweg.format.json;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * The metadata of each message of a scan.
 *
 * @param range which offsets the rows came from; empty in the last message of a bounded scan
 * @param summary in the last message of a bounded scan only
 * @param resume in a scan of a primary-key table's rows: the token with which a later ticket
 *     resumes after this message
 * @param newerSchema the id of the schema that the table has now, if the scan reads with an earlier
 *     one
 */
public record ScanProgress(
    Optional<Range> range,
    Optional<Summary> summary,
    Optional<String> resume,
    OptionalInt newerSchema) {

  private ScanProgress(Optional<Range> range, Optional<Summary> summary, Optional<String> resume) {
    this(range, summary, resume, OptionalInt.empty());
  }

  /** The same, and that the table has changed. */
  public ScanProgress withNewer(OptionalInt schemaId) {
    return schemaId.isEmpty() ? this : new ScanProgress(range, summary, resume, schemaId);
  }

  /**
   * Offsets of one bucket that were read.
   *
   * @param baseOffset where the message's rows begin
   * @param nextOffset where to continue after this message
   * @param endOffset the offset after the last record known to be committed
   */
  public record Range(int bucket, long baseOffset, long nextOffset, long endOffset) {}

  /**
   * What a bounded scan did.
   *
   * @param nextOffsets by bucket, where to continue
   * @param batches read or skipped
   * @param batchesSkipped batches among them that statistics excluded
   * @param rows in these batches, skipped ones included
   * @param rowsReturned that matched
   * @param batchesByStatistics of an aggregate: the batches that were counted by their statistics
   *     and not read; empty for a scan of rows
   */
  public record Summary(
      Map<Integer, Long> nextOffsets,
      long batches,
      long batchesSkipped,
      long rows,
      long rowsReturned,
      OptionalLong batchesByStatistics) {
    /** Copies the map. */
    public Summary {
      nextOffsets = Collections.unmodifiableMap(new TreeMap<>(nextOffsets));
    }

    /** Of a scan of rows. */
    public Summary(
        Map<Integer, Long> nextOffsets,
        long batches,
        long batchesSkipped,
        long rows,
        long rowsReturned) {
      this(nextOffsets, batches, batchesSkipped, rows, rowsReturned, OptionalLong.empty());
    }
  }

  /** Progress within a bucket. */
  public static ScanProgress of(Range range) {
    return new ScanProgress(Optional.of(range), Optional.empty(), Optional.empty());
  }

  /** Progress within a bucket's rows. */
  public static ScanProgress of(Range range, String resume) {
    return new ScanProgress(Optional.of(range), Optional.empty(), Optional.of(resume));
  }

  /** The end of a bounded scan. */
  public static ScanProgress of(Summary summary) {
    return new ScanProgress(Optional.empty(), Optional.of(summary), Optional.empty());
  }

  /** Reads what {@link #toJson} wrote. */
  public static ScanProgress read(byte[] json) {
    JsonFields fields = JsonFields.parse("scan progress", json);
    Optional<Range> range =
        fields.optionalInt("bucket").stream()
            .mapToObj(
                bucket ->
                    new Range(
                        bucket,
                        fields.number("base_offset"),
                        fields.number("next_offset"),
                        fields.number("end_offset")))
            .findFirst();
    Optional<Summary> summary = fields.object("scanned").map(ScanProgress::summary);
    return new ScanProgress(
        range, summary, fields.optionalText("resume"), fields.optionalInt("newer_schema_id"));
  }

  private static Summary summary(JsonFields scanned) {
    Map<Integer, Long> next = new TreeMap<>();
    Position at = Position.read(scanned, "next_offsets", new Position.Buckets(Map.of()));
    if (at instanceof Position.Buckets buckets) {
      next.putAll(buckets.offsets());
    }
    return new Summary(
        next,
        scanned.number("batches"),
        scanned.number("batches_skipped"),
        scanned.number("rows"),
        scanned.number("rows_returned"),
        scanned.optionalLong("batches_by_statistics"));
  }

  /**
   * {@code {"bucket","base_offset","next_offset","end_offset","resume"?,"newer_schema_id"?}} or
   * {@code {"scanned":{…}}}.
   */
  public byte[] toJson() {
    ObjectNode object = JsonFields.object();
    range.ifPresent(
        at ->
            object
                .put("bucket", at.bucket())
                .put("base_offset", at.baseOffset())
                .put("next_offset", at.nextOffset())
                .put("end_offset", at.endOffset()));
    resume.ifPresent(token -> object.put("resume", token));
    newerSchema.ifPresent(id -> object.put("newer_schema_id", id));
    summary.ifPresent(
        done -> {
          ObjectNode scanned =
              object
                  .putObject("scanned")
                  .put("batches", done.batches())
                  .put("batches_skipped", done.batchesSkipped())
                  .put("rows", done.rows())
                  .put("rows_returned", done.rowsReturned());
          done.batchesByStatistics()
              .ifPresent(number -> scanned.put("batches_by_statistics", number));
          if (!done.nextOffsets().isEmpty()) {
            scanned.set("next_offsets", new Position.Buckets(done.nextOffsets()).toJson());
          }
        });
    return JsonFields.bytes(object);
  }
}
