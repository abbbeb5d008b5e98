package io.thalweg.format.filter;

import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;
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

  /**
   * The rows by the number that each has, such as that of the bucket it goes to.
   *
   * @param numbers by row; a row with a negative one is left out
   */
  public static SortedMap<Integer, Selection> byNumber(int[] numbers) {
    SortedMap<Integer, Selection> groups = new TreeMap<>();
    long[] ordered = ordered(numbers);
    for (int from = 0; from < ordered.length; ) {
      int number = (int) (ordered[from] >> Integer.SIZE);
      int end = from;
      while (end < ordered.length && ordered[end] >> Integer.SIZE == number) {
        end++;
      }
      if (number >= 0) {
        int[] rows = new int[end - from];
        for (int i = 0; i < rows.length; i++) {
          rows[i] = (int) ordered[from + i];
        }
        groups.put(number, new Selection(numbers.length, rows));
      }
      from = end;
    }
    return groups;
  }

  /** Each number, in the upper half, with its row, in the order of numbers and rows. */
  private static long[] ordered(int[] numbers) {
    long[] ordered = new long[numbers.length];
    for (int row = 0; row < numbers.length; row++) {
      ordered[row] = (long) numbers[row] << Integer.SIZE | row;
    }
    int most = Arrays.stream(numbers).max().orElse(0);
    int least = Arrays.stream(numbers).min().orElse(0);
    long span = (long) most - least + 1;
    if (span > Math.max(1_024, numbers.length)) {
      Arrays.sort(ordered);
      return ordered;
    }
    // Few numbers: counting them is quicker than sorting.
    int[] ends = new int[(int) span + 1];
    for (int number : numbers) {
      ends[number - least + 1]++;
    }
    for (int i = 1; i < ends.length; i++) {
      ends[i] += ends[i - 1];
    }
    long[] counted = new long[numbers.length];
    for (int row = 0; row < numbers.length; row++) {
      counted[ends[numbers[row] - least]++] = ordered[row];
    }
    return counted;
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
