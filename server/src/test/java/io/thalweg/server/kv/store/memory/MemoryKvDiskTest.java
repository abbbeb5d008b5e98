package io.thalweg.server.kv.store.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.thalweg.format.row.BinaryList;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.runtime.SeededRandom;
import io.thalweg.server.kv.store.KvCheckpoint;
import io.thalweg.server.kv.store.KvRestore;
import io.thalweg.server.kv.store.KvStore;
import io.thalweg.server.kv.store.KvStores;
import io.thalweg.server.kv.store.KvView;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class MemoryKvDiskTest {
  private static final TableBucket BUCKET = new TableBucket(1, 0);

  private static BinaryList numbers(int... numbers) {
    BinaryList list = new BinaryList();
    for (int number : numbers) {
      list.add(ByteBuffer.allocate(4).putInt(0, number));
    }
    return list;
  }

  /** Write {@code n} sets key 0 to n, key n to n, and deletes key n - 1 where n is even. */
  private static void write(KvStore store, int from, int to) {
    for (int n = from; n <= to; n++) {
      BinaryList keys = numbers(0, n, n - 1);
      BinaryList values = numbers(n, n);
      if (n % 2 == 0) {
        values.addAbsent();
      } else {
        values.add(numbers(n), 0);
      }
      store.write(keys, values, n);
    }
  }

  private static List<String> content(KvStore store) {
    List<String> rows = new ArrayList<>();
    BinaryList keys = new BinaryList();
    BinaryList values = new BinaryList();
    try (KvView view = store.view();
        var cursor = view.scan(new byte[0], new byte[0])) {
      cursor.next(1000, 1 << 20, keys, values);
    }
    for (int i = 0; i < keys.count(); i++) {
      rows.add(keys.view(i).getInt() + "=" + values.view(i).getInt());
    }
    return rows;
  }

  private static List<String> contentAt(int offset) {
    KvStores stores = new MemoryKvStores(new MemoryKvDisk(new SeededRandom(0)));
    KvStore store = stores.open(BUCKET);
    write(store, 1, offset);
    return content(store);
  }

  @Test
  void aCrashGoesBackToAnOffsetItHad() {
    Set<Long> offsets = new TreeSet<>();
    for (int seed = 0; seed < 500; seed++) {
      MemoryKvDisk disk = new MemoryKvDisk(new SeededRandom(seed));
      write(new MemoryKvStores(disk).open(BUCKET), 1, 100);
      disk.crash();
      KvStore after = new MemoryKvStores(disk).open(BUCKET);
      offsets.add(after.offset());
      assertThat(content(after)).isEqualTo(contentAt((int) after.offset()));
      write(after, (int) after.offset() + 1, 101);
      assertThat(content(after)).isEqualTo(contentAt(101));
    }
    assertThat(offsets).hasSizeGreaterThan(60).contains(100L, 100L - MemoryRows.MAX_UNFLUSHED);
  }

  @Test
  void aCrashLosesNothingThatACheckpointOrClosingFlushed() {
    MemoryKvDisk disk = new MemoryKvDisk(new SeededRandom(1));
    KvStores stores = new MemoryKvStores(disk);
    KvStore store = stores.open(BUCKET);
    write(store, 1, 30);
    store.close();
    disk.crash();
    store = new MemoryKvStores(disk).open(BUCKET);
    assertThat(store.offset()).isEqualTo(30);
    write(store, 31, 50);
    store.checkpoint().close();
    disk.crash();
    assertThat(new MemoryKvStores(disk).open(BUCKET).offset()).isEqualTo(50);
  }

  @Test
  void whatACrashedProcessHeldCannotBeUsed() {
    MemoryKvDisk disk = new MemoryKvDisk(new SeededRandom(1));
    MemoryKvStores stores = new MemoryKvStores(disk);
    KvStore store = stores.open(BUCKET);
    write(store, 1, 10);
    KvView view = store.view();
    KvCheckpoint checkpoint = store.checkpoint();
    KvRestore restore = stores.restore(new TableBucket(2, 0));
    disk.crash();
    assertThatIllegalStateException().isThrownBy(store::offset).withMessageContaining("crashed");
    assertThatIllegalStateException().isThrownBy(() -> view.scan(new byte[0], new byte[0]));
    assertThatIllegalStateException()
        .isThrownBy(() -> checkpoint.read(checkpoint.files().get(0), 0, 1));
    assertThatIllegalStateException().isThrownBy(() -> restore.write("a", ByteBuffer.allocate(1)));
    assertThatIllegalStateException().isThrownBy(() -> stores.open(BUCKET));
    restore.close();
    checkpoint.close();
    view.close();
    store.close();
    stores.close();
  }

  @Test
  void aLostDiskIsEmpty() {
    MemoryKvDisk disk = new MemoryKvDisk(new SeededRandom(1));
    KvStore store = new MemoryKvStores(disk).open(BUCKET);
    write(store, 1, 10);
    disk.lose();
    assertThatIllegalStateException().isThrownBy(store::offset);
    KvStores stores = new MemoryKvStores(disk);
    assertThat(stores.local()).isEmpty();
    assertThat(stores.open(BUCKET).offset()).isZero();
  }

  @Test
  void theSameSeedGivesTheSameFiles() {
    List<Object> seen = new ArrayList<>();
    for (int run = 0; run < 2; run++) {
      MemoryKvDisk disk = new MemoryKvDisk(new SeededRandom(9));
      write(new MemoryKvStores(disk).open(BUCKET), 1, 300);
      disk.crash();
      KvStore store = new MemoryKvStores(disk).open(BUCKET);
      seen.add(store.checkpoint().files());
    }
    assertThat(seen.get(0)).isEqualTo(seen.get(1));
  }
}
