package io.thalweg.server.kv.store.lazy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.row.BinaryList;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.runtime.SeededRandom;
import io.thalweg.runtime.sim.SimScheduler;
import io.thalweg.server.kv.store.KvCheckpoint;
import io.thalweg.server.kv.store.KvStore;
import io.thalweg.server.kv.store.KvStoreException;
import io.thalweg.server.kv.store.KvView;
import io.thalweg.server.kv.store.memory.MemoryKvDisk;
import io.thalweg.server.kv.store.memory.MemoryKvStores;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** When files are made, when they are closed, and what a crash leaves. */
class LazyKvStoresTest {
  private static final TableBucket A = new TableBucket(1, 0);
  private static final TableBucket B = new TableBucket(1, 1);
  private static final TableBucket C = new TableBucket(1, 2);
  private static final long IDLE = Duration.ofSeconds(60).toNanos();

  private final SimScheduler scheduler = new SimScheduler(1);
  private final SeededRandom random = new SeededRandom(7);
  private final MemoryKvDisk disk = new MemoryKvDisk(random);
  private MemoryKvStores files = new MemoryKvStores(disk);
  private LazyKvStores stores = stores(400, 1_000);

  private LazyKvStores stores(long bucket, long total) {
    return new LazyKvStores(
        files, new LazyConfig(Duration.ofNanos(IDLE), bucket, total, 2), scheduler);
  }

  private static BinaryList list(String... texts) {
    BinaryList list = new BinaryList();
    for (String text : texts) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      list.add(bytes, 0, bytes.length);
    }
    return list;
  }

  private static void put(KvStore store, String key, String value) {
    store.write(list(key), list(value), store.offset() + 1);
  }

  private static String get(KvStore store, String key) {
    BinaryList values = new BinaryList();
    store.get(list(key), values);
    return values.isAbsent(0) ? null : new String(values.get(0), StandardCharsets.UTF_8);
  }

  private void pass(long nanos) {
    scheduler.runFor(nanos);
  }

  @Test
  void aYoungBucketHasNoFiles() {
    KvStore store = stores.open(A);
    put(store, "a", "1");
    assertThat(get(store, "a")).isEqualTo("1");
    assertThat(files.local()).isEmpty();
    store.close();
    try (KvStore again = stores.open(A)) {
      assertThat(again.offset()).as("the changelog makes its rows anew").isZero();
      assertThat(get(again, "a")).isNull();
    }
    stores.close();
  }

  @Test
  void aBucketThatWritesMoreGetsFilesWithAllItsRows() {
    try (KvStore store = stores.open(A)) {
      for (int i = 0; i < 20; i++) {
        put(store, "k" + i % 7, "v" + i);
      }
      assertThat(files.local()).containsExactly(A);
      assertThat(get(store, "k5")).isEqualTo("v19");
      assertThat(get(store, "k6")).isEqualTo("v13");
    }
    try (KvStore again = stores.open(A)) {
      assertThat(again.offset()).isEqualTo(20);
      assertThat(get(again, "k6")).isEqualTo("v13");
    }
    stores.close();
  }

  @Test
  void rewritingOneRowDoesNotKeepABucketYoung() {
    try (KvStore store = stores.open(A)) {
      for (int i = 0; i < 20; i++) {
        put(store, "k", "v" + i);
      }
      assertThat(files.local()).as("replaying stays short").containsExactly(A);
    }
    stores.close();
  }

  @Test
  void allYoungBucketsShareOneBudget() {
    stores = stores(400, 100);
    try (KvStore first = stores.open(A);
        KvStore second = stores.open(B)) {
      put(first, "a", "1");
      put(second, "b", "1");
      assertThat(files.local()).containsExactly(B);
      first.close();
      assertThat(get(second, "b")).isEqualTo("1");
    }
    try (KvStore first = stores.open(A)) {
      put(first, "a", "1");
      assertThat(files.local()).as("closing gave the memory back").containsExactly(B);
    }
    stores.close();
  }

  @Test
  void aCheckpointWritesAYoungBucketOut() {
    try (KvStore store = stores.open(A)) {
      put(store, "a", "1");
      try (KvCheckpoint checkpoint = store.checkpoint()) {
        assertThat(checkpoint.offset()).isEqualTo(1);
        assertThat(checkpoint.files()).isNotEmpty();
      }
      assertThat(files.local()).containsExactly(A);
      assertThat(get(store, "a")).isEqualTo("1");
    }
    stores.close();
  }

  @Test
  void filesThatNobodyUsesAreClosedAndOpenedAgain() {
    stores = stores(0, 0);
    KvStore store = stores.open(A);
    put(store, "a", "1");
    assertThat(files.drop(A)).as("the files are open").isFalse();
    pass(IDLE / 2);
    assertThat(store.rest()).isEqualTo(IDLE / 2);
    try (KvView view = store.view()) {
      pass(2 * IDLE);
      assertThat(store.rest()).as("somebody reads").isPositive();
      assertThat(view.offset()).isEqualTo(1);
    }
    assertThat(store.rest()).isEqualTo(KvStore.NOTHING_HELD);
    assertThat(store.offset()).as("known without files").isEqualTo(1);
    assertThat(store.rest()).isEqualTo(KvStore.NOTHING_HELD);
    assertThat(get(store, "a")).isEqualTo("1");
    assertThat(store.rest()).as("open again").isEqualTo(IDLE);
    store.close();
    stores.close();
  }

  @Test
  void theLeastRecentlyUsedBucketMakesRoomForOneTooMany() {
    stores = stores(0, 0);
    List<TableBucket> asked = new ArrayList<>();
    Map<TableBucket, KvStore> all = new TreeMap<>();
    for (TableBucket each : List.of(A, B, C)) {
      KvStore store = stores.open(each);
      store.onRestWanted(() -> asked.add(each));
      all.put(each, store);
      pass(1);
      put(store, "k", "v");
    }
    assertThat(asked).as("two may be open").containsExactly(A);
    pass(1);
    assertThat(get(all.get(B), "k")).isEqualTo("v");
    assertThat(asked).as("it was asked once").containsExactly(A);
    assertThat(all.get(A).rest()).isEqualTo(KvStore.NOTHING_HELD);
    assertThat(all.get(A).offset()).isEqualTo(1);
    assertThat(all.get(B).rest()).as("not idle, not asked").isPositive();

    pass(1);
    assertThat(get(all.get(A), "k")).isEqualTo("v");
    assertThat(asked).containsExactly(A, C);
    pass(1);
    try (KvView view = all.get(C).view()) {
      assertThat(all.get(C).rest()).as("somebody reads").isPositive();
      assertThat(view.offset()).isEqualTo(1);
      assertThat(asked).containsExactly(A, C);
    }
    assertThat(asked).as("again once nobody reads").containsExactly(A, C, C);
    assertThat(all.get(C).rest()).isEqualTo(KvStore.NOTHING_HELD);
    all.values().forEach(KvStore::close);
    stores.close();
  }

  @Test
  void aRestingBucketThatCameBackElsewhereIsDamaged() {
    stores = stores(0, 0);
    KvStore store = stores.open(A);
    put(store, "a", "1");
    pass(2 * IDLE);
    store.rest();
    files.drop(A);
    assertThatThrownBy(() -> get(store, "a"))
        .isInstanceOfSatisfying(
            KvStoreException.class, lost -> assertThat(lost.damaged()).isTrue());
    assertThat(store.offset()).isEqualTo(1);
    store.close();
    stores.close();
  }

  @Test
  void theFilesOfAnEarlierAttemptDoNotMixWithTheRows() {
    try (KvStore store = stores.open(A)) {
      put(store, "a", "1");
      try (KvStore earlier = files.open(A)) {
        put(earlier, "ended since", "1");
      }
      try (KvCheckpoint checkpoint = store.checkpoint()) {
        assertThat(checkpoint.offset()).isEqualTo(1);
      }
      assertThat(get(store, "ended since")).isNull();
    }
    stores.close();
  }

  /** Whatever a bucket does before the process dies, it comes back as it was at one offset. */
  @Test
  void aCrashLeavesAStateThatItHadBefore() {
    for (int life = 0; life < 300; life++) {
      files = new MemoryKvStores(disk);
      stores = stores(200L * random.nextInt(4), 1_000);
      KvStore store = stores.open(A);
      long offset = store.offset();
      assertThat(rows(store)).isEqualTo(fold(offset));
      for (int step = random.nextInt(40); step > 0; step--) {
        switch (random.nextInt(8)) {
          case 0 -> {
            pass(2 * IDLE);
            store.rest();
          }
          case 1 -> assertThat(rows(store)).isEqualTo(fold(offset));
          default -> {
            put(store, "k" + offset % 5, "v" + offset);
            offset++;
          }
        }
      }
      if (random.nextInt(4) == 0) {
        store.close();
      }
      disk.crash();
    }
  }

  private static Map<String, String> rows(KvStore store) {
    BinaryList keys = new BinaryList();
    BinaryList values = new BinaryList();
    try (KvView view = store.view();
        var cursor = view.scan(new byte[0], new byte[0])) {
      assertThat(cursor.next(1_000, 1 << 20, keys, values)).isFalse();
    }
    TreeMap<String, String> rows = new TreeMap<>();
    for (int i = 0; i < keys.count(); i++) {
      rows.put(
          new String(keys.get(i), StandardCharsets.UTF_8),
          new String(values.get(i), StandardCharsets.UTF_8));
    }
    return rows;
  }

  private static Map<String, String> fold(long offset) {
    TreeMap<String, String> rows = new TreeMap<>();
    for (long i = 0; i < offset; i++) {
      rows.put("k" + i % 5, "v" + i);
    }
    return rows;
  }
}
