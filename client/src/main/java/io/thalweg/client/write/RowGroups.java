package io.thalweg.client.write;

import io.thalweg.format.filter.Selection;
import io.thalweg.format.partition.RowPartitions;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;

/** The rows of vectors by the bucket or the partition that they go to. Immutable; any thread. */
public final class RowGroups {
  private final int rowCount;
  private final Map<Integer, IntStream.Builder> rows;

  private RowGroups(int rowCount, Map<Integer, IntStream.Builder> rows) {
    this.rowCount = rowCount;
    this.rows = rows;
  }

  /** Rows with those numbers; a row with {@link RowPartitions#MISSING} is left out. */
  public static RowGroups of(int[] numbers) {
    Map<Integer, IntStream.Builder> rows = new TreeMap<>();
    for (int row = 0; row < numbers.length; row++) {
      if (numbers[row] != RowPartitions.MISSING) {
        rows.computeIfAbsent(numbers[row], none -> IntStream.builder()).add(row);
      }
    }
    return new RowGroups(numbers.length, rows);
  }

  /**
   * Gives the rows of each number to {@code use}, which may keep them only until it returns, until
   * it says false.
   */
  public void each(
      VectorSchemaRoot all, BufferAllocator allocator, BiPredicate<Integer, VectorSchemaRoot> use) {
    for (Map.Entry<Integer, IntStream.Builder> group : rows.entrySet()) {
      Selection chosen = Selection.of(rowCount, group.getValue().build().toArray());
      boolean goesOn;
      if (chosen.isAll()) {
        goesOn = use.test(group.getKey(), all);
      } else {
        try (VectorSchemaRoot part = chosen.take(all, allocator)) {
          goesOn = use.test(group.getKey(), part);
        }
      }
      if (!goesOn) {
        return;
      }
    }
  }
}
