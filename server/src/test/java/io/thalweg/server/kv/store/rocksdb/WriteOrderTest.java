package io.thalweg.server.kv.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.row.BinaryList;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class WriteOrderTest {
  private static BinaryList keys(int count, long seed, String prefix, int values) {
    Random random = new Random(seed);
    BinaryList keys = new BinaryList();
    for (int i = 0; i < count; i++) {
      byte[] key = (prefix + random.nextInt(values)).getBytes(StandardCharsets.UTF_8);
      keys.add(key, 0, key.length);
    }
    return keys;
  }

  @Test
  void isTheOrderOfTheKeysWhereTheirFirstBytesTellThemApart() {
    for (String prefix : new String[] {"", "\uffff", "a long prefix that all of them have "}) {
      BinaryList keys = keys(2_000, 7, prefix, 90_000);
      int[] order = WriteOrder.of(keys);
      Integer[] sorted = IntStream.range(0, keys.count()).boxed().toArray(Integer[]::new);
      Arrays.sort(sorted, Comparator.comparing(keys::get, Arrays::compareUnsigned));
      assertThat(order)
          .as(prefix)
          .containsExactly(Arrays.stream(sorted).mapToInt(each -> each).toArray());
    }
  }

  @Test
  void equalKeysStayInTheirOrder() {
    BinaryList keys = keys(1_000, 3, "k", 10);
    int[] order = WriteOrder.of(keys);
    assertThat(order).doesNotHaveDuplicates().hasSize(1_000);
    for (int i = 1; i < order.length; i++) {
      if (Arrays.equals(keys.get(order[i - 1]), keys.get(order[i]))) {
        assertThat(order[i - 1]).isLessThan(order[i]);
      }
    }
  }

  @Test
  void fewKeysStayAsTheyAre() {
    assertThat(WriteOrder.of(keys(10, 1, "", 100))).isNull();
  }
}
