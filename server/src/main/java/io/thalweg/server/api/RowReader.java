package io.thalweg.server.api;

import io.thalweg.format.batch.ColumnStats;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Turns fetched batches into the rows and columns that a reader asked for. Prunes columns without
 * decoding the others, skips batches by their statistics, filters rows. Not thread-safe: one per
 * reader.
 */
public interface RowReader {
  /** Name of the column that holds each row's offset, when asked for: BIGINT NOT NULL. */
  String OFFSET_COLUMN = "__offset";

  /** Name of the column that holds each row's append time: TIMESTAMP_LTZ(3) NOT NULL. */
  String TIMESTAMP_COLUMN = "__timestamp";

  /** What this reader looks at, for the fetches whose batches it is to read. */
  ReadSpec wants();

  /** The schema of what {@link #read} gives. */
  Schema schema();

  /**
   * The wanted rows of a batch from offset {@code fromOffset} on, or empty when there are none.
   *
   * @param untilOffset rows at or after this offset are left out
   * @param allocator holds what had to be copied
   * @return rows that the caller closes; they may share memory with the batch, which the caller
   *     keeps until then
   */
  Optional<VectorSchemaRoot> read(
      Fetched.Batch batch, long fromOffset, long untilOffset, BufferAllocator allocator);

  /**
   * The statistics of all records of a batch, as ones of this reader's columns; empty where there
   * are none that it may trust.
   */
  default Optional<List<ColumnStats>> statistics(Fetched.Batch batch) {
    return Optional.empty();
  }

  /** What was done so far. */
  Counts counts();

  /**
   * Counts since the reader was made.
   *
   * @param batches batches looked at
   * @param batchesSkipped of these, skipped by their statistics alone
   * @param rows rows looked at, those of skipped batches included
   * @param rowsReturned rows given
   */
  record Counts(long batches, long batchesSkipped, long rows, long rowsReturned) {}
}
