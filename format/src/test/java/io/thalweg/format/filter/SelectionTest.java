package io.thalweg.format.filter;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows by number, against a plain map. */
class SelectionTest {

  /** Few numbers are counted, many are sorted. */
  @ParameterizedTest
  @ValueSource(ints = {1, 7, 900, 5_000, Integer.MAX_VALUE})
  void rowsAreGroupedByNumberInTheirOrder(int bound) {
    Random random = new Random(bound);
    for (int rowCount : new int[] {0, 1, 2, 300, 3_000}) {
      int[] numbers =
          IntStream.range(0, rowCount)
              .map(row -> random.nextInt(5) == 0 ? -1 : random.nextInt(bound))
              .toArray();
      Map<Integer, List<Integer>> wanted = new TreeMap<>();
      for (int row = 0; row < rowCount; row++) {
        if (numbers[row] >= 0) {
          wanted.computeIfAbsent(numbers[row], none -> new ArrayList<>()).add(row);
        }
      }
      Map<Integer, List<Integer>> found = new TreeMap<>();
      Selection.byNumber(numbers)
          .forEach(
              (number, chosen) -> {
                assertThat(chosen.rowCount()).isEqualTo(rowCount);
                found.put(number, IntStream.of(chosen.rows()).boxed().toList());
              });
      assertThat(found).isEqualTo(wanted);
    }
  }
}
