package io.thalweg.server.kv;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.row.BinaryList;
import io.thalweg.format.row.StoredRow;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.runtime.sim.SimScheduler;
import io.thalweg.server.kv.store.KvStore;
import io.thalweg.server.kv.store.memory.MemoryKvDisk;
import io.thalweg.server.kv.store.memory.MemoryKvStores;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class ExpirySweepTest {
  private static final StoredRow FORM = new StoredRow(true);
  private static final TableBucket B = new TableBucket(1, 0);

  private final KvStore store =
      new MemoryKvStores(new MemoryKvDisk(new SimScheduler(1).random())).open(B);

  /** Rows of {@code size} bytes, row i written at the time i. */
  private void rows(int count, int size) {
    BinaryList keys = new BinaryList();
    BinaryList values = new BinaryList();
    for (int i = 0; i < count; i++) {
      keys.add(new byte[] {(byte) (i >> 8), (byte) i}, 0, 2);
      values.add(new byte[size], 0, size);
      FORM.completeLast(values, i, 5);
    }
    store.write(keys, values, count);
  }

  private static List<Integer> ids(BinaryList keys) {
    List<Integer> ids = new ArrayList<>();
    for (int i = 0; i < keys.count(); i++) {
      byte[] key = keys.get(i);
      ids.add(((key[0] & 0xff) << 8) | (key[1] & 0xff));
    }
    return ids;
  }

  @Test
  void everyRowThatIsTooOldIsFoundOnce() {
    rows(9_000, 3);
    TreeSet<Integer> found = new TreeSet<>();
    int steps = 0;
    try (ExpirySweep sweep = new ExpirySweep(store.view(), 4_999, 1 << 20)) {
      for (Optional<BinaryList> next = sweep.next(); next.isPresent(); next = sweep.next()) {
        for (int id : ids(next.get())) {
          assertThat(found.add(id)).isTrue();
        }
        steps++;
      }
      assertThat(sweep.oldestLeft()).isEqualTo(5_000);
    }
    assertThat(found).hasSize(5_000).contains(0, 4_999);
    assertThat(steps).as("a piece after the other, whatever it holds").isGreaterThanOrEqualTo(3);
  }

  @Test
  void aBatchHoldsNoMoreBytesThanItMayOrOneRow() {
    rows(5, 300);
    store.write(BinaryList.of(new byte[] {0, 9}), large(2_000, 3), 9);
    List<List<Integer>> batches = new ArrayList<>();
    try (ExpirySweep sweep = new ExpirySweep(store.view(), 100, 1_000)) {
      for (Optional<BinaryList> next = sweep.next(); next.isPresent(); next = sweep.next()) {
        batches.add(ids(next.get()));
      }
      assertThat(sweep.oldestLeft()).as("nothing is left").isEqualTo(Long.MAX_VALUE);
    }
    assertThat(batches).containsExactly(List.of(0, 1, 2), List.of(3, 4), List.of(9));
  }

  private static BinaryList large(int size, long millis) {
    BinaryList values = BinaryList.of(new byte[size]);
    FORM.completeLast(values, millis, 5);
    return values;
  }

  @Test
  void aBucketWithoutRowsHasNone() {
    try (ExpirySweep sweep = new ExpirySweep(store.view(), 100, 1_000)) {
      assertThat(sweep.next().map(BinaryList::count)).hasValue(0);
      assertThat(sweep.next()).isEmpty();
    }
  }
}
