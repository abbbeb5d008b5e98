package io.thalweg.server.kv.rows;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.row.BinaryList;
import io.thalweg.format.row.StoredRow;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.runtime.sim.SimScheduler;
import io.thalweg.server.kv.store.KvCursor;
import io.thalweg.server.kv.store.KvStore;
import io.thalweg.server.kv.store.memory.MemoryKvDisk;
import io.thalweg.server.kv.store.memory.MemoryKvStores;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class PlainViewTest {
  private static final StoredRow FORM = new StoredRow(true);

  @Test
  void rowsAreFoundWithoutTheirTimes() {
    KvStore store =
        new MemoryKvStores(new MemoryKvDisk(new SimScheduler(1).random()))
            .open(new TableBucket(1, 0));
    BinaryList keys = new BinaryList();
    BinaryList stored = new BinaryList();
    for (byte i = 0; i < 5; i++) {
      keys.add(new byte[] {i}, 0, 1);
      stored.add(new byte[] {i, 7}, 0, 2);
      FORM.completeLast(stored, 1_000 + i, i);
    }
    store.write(keys, stored, 5);
    try (PlainView view = new PlainView(store.view(), FORM)) {
      assertThat(view.offset()).isEqualTo(5);
      rows(view, each -> each.scan(new byte[] {1}, new byte[] {4}));
      rows(view, each -> each.find(new byte[] {1}, new byte[] {4}));
    }
  }

  /** Reads three rows in two pieces. */
  private static void rows(PlainView view, Function<PlainView, KvCursor> open) {
    BinaryList keys = new BinaryList();
    BinaryList rows = new BinaryList();
    try (KvCursor cursor = open.apply(view)) {
      assertThat(cursor.next(2, 1_000, keys, rows)).isTrue();
      assertThat(rows.count()).isEqualTo(2);
      assertThat(cursor.next(2, 1_000, keys, rows)).isFalse();
    }
    assertThat(rows.count()).isEqualTo(3);
    for (int i = 0; i < 3; i++) {
      assertThat(keys.get(i)).containsExactly(1 + i);
      assertThat(rows.get(i)).containsExactly(1 + i, 7);
    }
  }
}
