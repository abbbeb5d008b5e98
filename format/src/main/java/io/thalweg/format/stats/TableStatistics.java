package io.thalweg.format.stats;

import java.util.List;
import java.util.Optional;

/**
 * What is known of a table, or of one bucket of it.
 *
 * @param schemaId the schema whose columns these are
 * @param buckets all that were asked for, in order
 * @param columns in the order of the schema; none where they were not asked for
 * @param currentRows of a primary-key table; empty for a log table and where it is unknown
 */
public record TableStatistics(
    int schemaId,
    List<BucketStatistics> buckets,
    List<ColumnStatistics> columns,
    Optional<CurrentRows> currentRows) {
  /** Copies the lists. */
  public TableStatistics {
    buckets = List.copyOf(buckets);
    columns = List.copyOf(columns);
  }

  /**
   * Records of the log: rows of a log table, changes of a primary-key table. Where the log keeps
   * Kafka's records, those of open and void transactions count, and the batches that end them.
   */
  public long rows() {
    return buckets.stream().mapToLong(BucketStatistics::rows).sum();
  }

  /** Records that are in segments. */
  public long segmentRows() {
    return buckets.stream().mapToLong(BucketStatistics::segmentRows).sum();
  }

  /** Bytes of all records where they are stored. */
  public long bytes() {
    return buckets.stream().mapToLong(BucketStatistics::bytes).sum();
  }
}
