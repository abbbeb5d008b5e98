package io.thalweg.format.table;

import java.time.Duration;

/**
 * What happens to the old records of a table that keeps Kafka's record batches.
 *
 * @param compacts {@code table.log.cleanup}, which is delete (default), compact, or both with a
 *     comma between: of the records with one key only the newest stays
 * @param deletes the same: records expire by {@code table.log.ttl}
 * @param minDirtyPercent {@code table.log.compact.min-dirty-percent}: how much of the bytes must
 *     have come since the last time, 1 to 100, default 50
 * @param deleteRetention {@code table.log.compact.delete-retention}: for how long the end of a key,
 *     or of a transaction, stays once it was seen by a compaction, 0 s to 36,500 d, default 1 d
 */
public record LogCleanup(
    boolean compacts, boolean deletes, int minDirtyPercent, Duration deleteRetention) {
  /** The property that says which. */
  public static final String PROPERTY = "table.log.cleanup";

  /** The property of {@link #minDirtyPercent}. */
  public static final String MIN_DIRTY = "table.log.compact.min-dirty-percent";

  /** The property of {@link #deleteRetention}. */
  public static final String DELETE_RETENTION = "table.log.compact.delete-retention";

  /** That of a table without these properties. */
  public static final LogCleanup DEFAULT = new LogCleanup(false, true, 50, Duration.ofDays(1));

  LogCleanup with(boolean compacting, boolean deleting) {
    return new LogCleanup(compacting, deleting, minDirtyPercent, deleteRetention);
  }

  LogCleanup withMinDirty(int percent) {
    return new LogCleanup(compacts, deletes, percent, deleteRetention);
  }

  LogCleanup withRetention(Duration retention) {
    return new LogCleanup(compacts, deletes, minDirtyPercent, retention);
  }
}
