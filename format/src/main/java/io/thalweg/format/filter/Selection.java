package io.thalweg.format.filter;

import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;

/** Which rows of a batch are kept, in their order. Immutable; any thread. */
public final class Selection {
  private final int rowCount;
  private final int[] rows;

  /** Owns {@code rows}, which are ascending positions within {@code [0, rowCount)}. */
  Selection(int rowCount, int[] rows) {
    this.rowCount = rowCount;
    this.rows = rows;
  }

  /**
   * The rows at {@code rows}.
   *
   * @param rows ascending positions within {@code [0, rowCount)}
   */
  public static Selection of(int rowCount, int[] rows) {
    return new Selection(rowCount, rows.clone());
  }

  /** All of {@code rowCount} rows. */
  public static Selection all(int rowCount) {
    return new Selection(rowCount, IntStream.range(0, rowCount).toArray());
  }

  /** Rows of the batch, kept or not. */
  public int rowCount() {
    return rowCount;
  }

  /** Rows kept. */
  public int count() {
    return rows.length;
  }

  /** Position of the {@code index}-th row kept. */
  public int row(int index) {
    return rows[index];
  }

  /** Positions of the rows kept, ascending; a copy. */
  public int[] rows() {
    return rows.clone();
  }

  /** Whether every row is kept. */
  public boolean isAll() {
    return rows.length == rowCount;
  }

  /** Whether no row is kept. */
  public boolean isEmpty() {
    return rows.length == 0;
  }

  /**
   * The kept rows of {@code root}, which need not hold the columns that were tested. If every row
   * is kept the result shares the buffers of {@code root}, otherwise it is a copy.
   *
   * @param allocator of the same root allocator as the vectors of {@code root}
   * @return a new root that the caller closes; {@code root} stays the caller's too
   * @throws IllegalArgumentException if {@code root} has another number of rows
   */
  public VectorSchemaRoot take(VectorSchemaRoot root, BufferAllocator allocator) {
    if (root.getRowCount() != rowCount) {
      throw new IllegalArgumentException(
          "the selection is of " + rowCount + " rows, the root has " + root.getRowCount());
    }
    return isAll() ? RowGather.share(root, allocator) : RowGather.copy(root, rows, allocator);
  }
}
