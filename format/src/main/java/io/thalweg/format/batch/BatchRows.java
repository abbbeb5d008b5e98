package io.thalweg.format.batch;

import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Schema;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * Reads the records of one batch, independently of its body's format; {@link EncodedBatch#rows}
 * returns the right one. Valid while the batch is held. Immutable; any thread.
 */
public interface BatchRows {
  /** Most bytes that the columns of a batch may take once decompressed. */
  long MAX_DECOMPRESSED = 512L << 20;

  /**
   * Loads columns. They may share the batch's memory.
   *
   * @param schema the schema that the header's schema id names
   * @param columns positions in {@code schema}, each at most once, in the order wanted
   * @return a root of those columns that the caller closes; every value lies within its buffers
   * @throws ThalwegException CORRUPT_DATA if the batch is not what the schema says; OVERLOADED if
   *     the allocator's limit is reached
   */
  VectorSchemaRoot load(Schema schema, int[] columns, BufferAllocator allocator);

  /** Which places of the batch have a row. */
  default RowPlaces places() {
    return RowPlaces.ALL;
  }

  /** What the batch says of its columns; a column may be missing. */
  List<ColumnStats> statistics();

  /**
   * How many bytes all columns take once decompressed, according to the batch. {@link #load} checks
   * that this is true.
   */
  long decompressedBytes();

  /** How many bytes {@link #load} takes beside the batch, for all columns. */
  long loadingBytes();

  /** When the records were appended, row by row. */
  RecordTimes times();
}
