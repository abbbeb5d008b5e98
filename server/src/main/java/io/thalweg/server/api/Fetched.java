package io.thalweg.server.api;

import io.thalweg.format.batch.ColumnStats;
import io.thalweg.format.batch.EncodedBatch;
import java.util.List;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * Batches of one bucket, consecutive. Holds memory until closed.
 *
 * @param batches in offset order, the first holding the offset that was asked for; empty when
 *     nothing came in time
 * @param nextOffset where to go on
 * @param startOffset first offset that the bucket holds
 * @param endOffset the offset after the last record that this server knows to be committed
 * @param stableOffset before it, no record belongs to an open transaction
 * @param aborted the transactions of which records among the batches are void, or end among them,
 *     by their first offset. Only where the batches are handed on as they are stored
 * @param permit the memory set aside for the batches and for the rows that are made of them
 */
public record Fetched(
    List<Batch> batches,
    long nextOffset,
    long startOffset,
    long endOffset,
    long stableOffset,
    List<Aborted> aborted,
    ReadPermit permit)
    implements AutoCloseable {

  /** A transaction whose records are void from its first offset on. */
  public record Aborted(long writerId, long firstOffset) {}

  /** Batches of a bucket without transactions. */
  public Fetched(
      List<Batch> batches, long nextOffset, long startOffset, long endOffset, ReadPermit permit) {
    this(batches, nextOffset, startOffset, endOffset, endOffset, List.of(), permit);
  }

  /** Batches for which no memory is set aside. */
  public Fetched(List<Batch> batches, long nextOffset, long startOffset, long endOffset) {
    this(batches, nextOffset, startOffset, endOffset, ReadPermit.NONE);
  }

  /** Copies the list. */
  public Fetched {
    batches = List.copyOf(batches);
    aborted = List.copyOf(aborted);
  }

  /** Consecutive records. Holds memory until closed. */
  public sealed interface Batch extends AutoCloseable {
    /** The offset of its first record. */
    long baseOffset();

    /** How many records; at least 1. */
    int recordCount();

    /** About how many bytes it takes on the way to a reader. */
    long bytes();

    /**
     * About how many bytes it takes together with the rows that a reader makes of it; for each row,
     * its place in a selection and its offset or time.
     */
    default long memory() {
      return 2 * bytes();
    }

    /** The offset after its last record. */
    default long endOffset() {
      return baseOffset() + recordCount();
    }

    @Override
    void close();
  }

  /** A batch as it was appended. */
  public record LogBatch(long baseOffset, EncodedBatch encoded) implements Batch {
    @Override
    public int recordCount() {
      return encoded.header().recordCount();
    }

    @Override
    public long bytes() {
      return encoded.length();
    }

    @Override
    public long memory() {
      return bytes() + encoded.rows().loadingBytes() + 12L * recordCount();
    }

    @Override
    public void close() {
      encoded.close();
    }
  }

  /**
   * Rows of a segment.
   *
   * @param schemaId of the schema that the segment was written with
   * @param columnIds of {@code rows}' vectors, in order
   * @param rows those of the columns that were wanted, by {@link ReadSpec}, that the segment has
   */
  public record SegmentRows(
      long baseOffset, int schemaId, List<Integer> columnIds, VectorSchemaRoot rows)
      implements Batch {
    /** Copies the ids. */
    public SegmentRows {
      columnIds = List.copyOf(columnIds);
    }

    @Override
    public int recordCount() {
      return rows.getRowCount();
    }

    @Override
    public long bytes() {
      return rows.getFieldVectors().stream().mapToLong(FieldVector::getBufferSize).sum();
    }

    /** The same rows once more, to be closed on their own. */
    public SegmentRows share() {
      int count = rows.getRowCount();
      VectorSchemaRoot shared =
          columnIds.isEmpty()
              ? new VectorSchemaRoot(List.of(), List.of(), count)
              : rows.slice(0, count);
      return new SegmentRows(baseOffset, schemaId, columnIds, shared);
    }

    @Override
    public void close() {
      rows.close();
    }
  }

  /**
   * Records that a reader need not see: those of a segment of which none can match the filter, by
   * the segment's statistics; those of a transaction that was aborted; what ends transactions.
   */
  public record Skipped(long baseOffset, int recordCount) implements Batch {
    @Override
    public long bytes() {
      return 0;
    }

    @Override
    public void close() {
      // Holds nothing.
    }
  }

  /**
   * Records whose statistics tell all that the reader asks, so that they were not read.
   *
   * @param stats as ones of the reader's columns
   */
  public record ByStatistics(long baseOffset, int recordCount, List<ColumnStats> stats)
      implements Batch {
    /** Copies the list. */
    public ByStatistics {
      stats = List.copyOf(stats);
    }

    @Override
    public long bytes() {
      return 0;
    }

    @Override
    public void close() {
      // Holds nothing.
    }
  }

  @Override
  public void close() {
    batches.forEach(Batch::close);
    permit.close();
  }
}
