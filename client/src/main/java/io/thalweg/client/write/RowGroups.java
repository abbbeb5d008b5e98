package io.thalweg.client.write;

import io.thalweg.format.filter.Selection;
import java.util.Map;
import java.util.function.BiPredicate;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;

/** The rows of vectors by the bucket or the partition that they go to. Stateless. */
public final class RowGroups {
  private RowGroups() {}

  /**
   * Gives the rows of each number to {@code use}, which may keep them only until it returns, until
   * it says false.
   *
   * @param numbers by row; a row with a negative one is left out
   */
  public static void each(
      int[] numbers,
      VectorSchemaRoot all,
      BufferAllocator allocator,
      BiPredicate<Integer, VectorSchemaRoot> use) {
    for (Map.Entry<Integer, Selection> group : Selection.byNumber(numbers).entrySet()) {
      try (VectorSchemaRoot part = group.getValue().take(all, allocator)) {
        if (!use.test(group.getKey(), part)) {
          return;
        }
      }
    }
  }
}
