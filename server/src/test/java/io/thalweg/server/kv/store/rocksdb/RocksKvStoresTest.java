package io.thalweg.server.kv.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.row.BinaryList;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.runtime.SeededRandom;
import io.thalweg.server.kv.store.KvCheckpoint;
import io.thalweg.server.kv.store.KvRestore;
import io.thalweg.server.kv.store.KvStore;
import io.thalweg.server.kv.store.KvStoreException;
import io.thalweg.server.kv.store.KvStores;
import io.thalweg.server.kv.store.KvView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What only the real stores can show: damage, directories, memory, many stores at once. */
class RocksKvStoresTest {
  private static final TableBucket BUCKET = new TableBucket(7, 3);
  private static final KvStoreConfig SMALL = new KvStoreConfig(8 << 20, 8 << 20, 2);

  @TempDir Path root;

  private KvStores start() {
    return new RocksKvStores(root, SMALL);
  }

  /** Random values, so that nothing is compressed away. */
  private static void put(KvStore store, int rows, int valueLength, long seed) {
    SeededRandom random = new SeededRandom(seed);
    BinaryList keys = new BinaryList();
    BinaryList values = new BinaryList();
    for (int row = 0; row < rows; row++) {
      keys.add(ByteBuffer.allocate(Long.BYTES).putLong(0, random.nextLong()));
      ByteBuffer value = ByteBuffer.allocate(valueLength);
      while (value.remaining() >= Long.BYTES) {
        value.putLong(random.nextLong());
      }
      values.add(value.clear());
    }
    store.write(keys, values, store.offset() + rows);
  }

  private static int count(KvStore store) {
    BinaryList keys = new BinaryList();
    BinaryList values = new BinaryList();
    int rows = 0;
    try (KvView view = store.view();
        var cursor = view.scan(new byte[0], new byte[0])) {
      boolean more = true;
      while (more) {
        keys.clear();
        values.clear();
        more = cursor.next(1000, 1 << 20, keys, values);
        rows += keys.count();
      }
    }
    return rows;
  }

  private List<Path> files(String suffix) throws IOException {
    try (Stream<Path> files = Files.list(root.resolve("7-3"))) {
      return files.filter(file -> file.getFileName().toString().contains(suffix)).sorted().toList();
    }
  }

  private List<String> children() throws IOException {
    try (Stream<Path> files = Files.list(root)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"MANIFEST", ".sst", "CURRENT"})
  void aStoreWithATruncatedFileBeginsAnew(String file) throws IOException {
    try (KvStores stores = start();
        KvStore store = stores.open(BUCKET)) {
      put(store, 1000, 100, 1);
    }
    Path damaged = files(file).get(0);
    Files.write(damaged, Arrays.copyOf(Files.readAllBytes(damaged), 10));
    assertBeginsAnew();
  }

  @ParameterizedTest
  @ValueSource(strings = {"MANIFEST", ".sst"})
  void aStoreWithoutAFileBeginsAnew(String file) throws IOException {
    try (KvStores stores = start();
        KvStore store = stores.open(BUCKET)) {
      put(store, 1000, 100, 1);
    }
    Files.delete(files(file).get(0));
    assertBeginsAnew();
  }

  private void assertBeginsAnew() {
    for (int again = 0; again < 2; again++) {
      try (KvStores stores = start();
          KvStore store = stores.open(BUCKET)) {
        assertThat(store.offset()).isEqualTo(again * 10L);
        assertThat(count(store)).isEqualTo(again * 10);
        put(store, 10, 100, 2);
      }
    }
  }

  /** Wherever a bit flips, the store begins anew, fails when it is read, or is unchanged. */
  @Test
  void aFlippedBitNeverGivesWrongRows() throws IOException {
    try (KvStores stores = start();
        KvStore store = stores.open(BUCKET)) {
      put(store, 300, 100, 1);
    }
    byte[] expected = content();
    int failed = 0;
    for (String kind : List.of(".sst", "MANIFEST", "CURRENT")) {
      Path whole = Files.createTempDirectory("whole");
      copy(root.resolve("7-3"), whole);
      int size = (int) Files.size(files(kind).get(0));
      for (int at = 0; at < size; at += Math.max(1, size / 40)) {
        Path file = files(kind).get(0);
        byte[] bytes = Files.readAllBytes(file);
        bytes[at] ^= 16;
        Files.write(file, bytes);
        try {
          byte[] seen = content();
          assertThat(seen.length == Long.BYTES || Arrays.equals(seen, expected))
              .as("%s at %d", kind, at)
              .isTrue();
          failed += seen.length == Long.BYTES ? 1 : 0;
        } catch (KvStoreException noticed) {
          assertThat(noticed).hasMessageContaining(BUCKET.toString());
          failed++;
        }
        Directories.remove(root.resolve("7-3"));
        copy(whole, root.resolve("7-3"));
      }
      Directories.remove(whole);
    }
    assertThat(failed).as("most flips matter").isGreaterThan(60);
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }

  /** The offset and all rows; 8 zero bytes for a new store. */
  private byte[] content() {
    try (KvStores stores = start();
        KvStore store = stores.open(BUCKET);
        KvView view = store.view();
        var cursor = view.scan(new byte[0], new byte[0])) {
      BinaryList keys = new BinaryList();
      BinaryList values = new BinaryList();
      assertThat(cursor.next(10_000, 1 << 30, keys, values)).isFalse();
      return ByteBuffer.allocate(Long.BYTES + keys.byteCount() + values.byteCount())
          .putLong(store.offset())
          .put(keys.array(), 0, keys.byteCount())
          .put(values.array(), 0, values.byteCount())
          .array();
    }
  }

  @Test
  void aDirectoryHasOneUser() {
    try (KvStores first = start()) {
      assertThat(first.local()).isEmpty();
      assertThatThrownBy(this::start)
          .isInstanceOf(KvStoreException.class)
          .hasMessageContaining("in use by another server")
          .hasMessageContaining(root.toString());
    }
    start().close();
  }

  @Test
  void aRootThatIsAFileIsRefused() throws IOException {
    Path file = Files.createFile(root.resolve("file"));
    assertThatThrownBy(() -> new RocksKvStores(file, SMALL))
        .isInstanceOf(KvStoreException.class)
        .hasMessageContaining(file.toString());
  }

  @Test
  void whatAFormerProcessLeftIsRemoved() throws IOException {
    try (KvStores stores = start();
        KvStore store = stores.open(BUCKET)) {
      put(store, 10, 100, 1);
    }
    for (String left : List.of("7-3.checkpoint-12", "9-1.restore", "7-3.old")) {
      Files.createDirectory(root.resolve(left));
      Files.createFile(root.resolve(left).resolve("000001.sst"));
    }
    Files.createDirectory(root.resolve("someone else's"));
    try (KvStores stores = start()) {
      assertThat(stores.local()).containsExactly(BUCKET);
      assertThat(children()).containsExactly("7-3", "LOCK", "someone else's");
      try (KvStore store = stores.open(BUCKET)) {
        assertThat(store.offset()).isEqualTo(10);
      }
    }
  }

  @Test
  void aRestoreCutOffInTheMiddleLeavesTheOldStore() throws IOException {
    try (KvStores stores = start();
        KvStore store = stores.open(BUCKET)) {
      put(store, 10, 100, 1);
    }
    Files.move(root.resolve("7-3"), root.resolve("7-3.old"));
    try (KvStores stores = start();
        KvStore store = stores.open(BUCKET)) {
      assertThat(store.offset()).isEqualTo(10);
    }
  }

  @Test
  void checkpointsAndRestoresLeaveNoDirectory() throws IOException {
    try (KvStores stores = start()) {
      try (KvStore store = stores.open(BUCKET)) {
        put(store, 10, 100, 1);
        try (KvCheckpoint checkpoint = store.checkpoint();
            KvRestore restore = stores.restore(new TableBucket(8, 0))) {
          for (var file : checkpoint.files()) {
            restore.write(file.name(), checkpoint.read(file, 0, (int) file.size()));
          }
          assertThat(children()).containsExactly("7-3", "7-3.checkpoint-1", "8-0.restore", "LOCK");
          restore.open(checkpoint.files()).close();
        }
      }
      assertThat(children()).containsExactly("7-3", "8-0", "LOCK");
    }
  }

  /** Without a flush of the largest, a busy bucket among idle ones would write a file per write. */
  @Test
  void memoryHoldsWithManyBucketsAndIdleOnesDoNotMakeABusyOneWriteTinyFiles() throws IOException {
    try (RocksKvStores stores = new RocksKvStores(root, SMALL)) {
      List<KvStore> open = new ArrayList<>();
      for (int bucket = 0; bucket < 64; bucket++) {
        open.add(stores.open(new TableBucket(1, bucket)));
      }
      for (int round = 0; round < 4; round++) {
        for (KvStore store : open) {
          put(store, 200, 250, round);
        }
      }
      KvStore busy = open.get(0);
      for (int round = 0; round < 200; round++) {
        put(busy, 200, 250, 100 + round);
        assertThat(stores.budget().unflushedBytes()).isLessThan(SMALL.writeBuffer());
      }
      assertThat(count(busy)).isEqualTo(204 * 200);
      assertThat(count(open.get(63))).isEqualTo(4 * 200);
      // Ten megabytes, flushed about a mebibyte at a time, and compacted.
      assertThat(tableFiles("1-0")).isLessThan(40);
      open.forEach(KvStore::close);
    }
  }

  private long tableFiles(String store) throws IOException {
    try (Stream<Path> files = Files.list(root.resolve(store))) {
      return files.filter(file -> file.getFileName().toString().endsWith(".sst")).count();
    }
  }

  /** A leak of one native object of 10 KiB each would show; a leaked database would abort. */
  @Test
  void openingAndClosingManyTimesKeepsNoMemory() throws IOException {
    try (KvStores stores = start()) {
      for (int warm = 0; warm < 50; warm++) {
        openUseAndClose(stores, warm);
      }
      long before = residentBytes();
      for (int again = 0; again < 300; again++) {
        openUseAndClose(stores, again);
      }
      assertThat(residentBytes() - before).isLessThan(48L << 20);
    }
  }

  private static void openUseAndClose(KvStores stores, int number) {
    try (KvStore store = stores.open(new TableBucket(1, number % 4))) {
      put(store, 5, 100, number);
      assertThat(count(store)).isPositive();
      store.checkpoint().close();
    }
  }

  private static long residentBytes() throws IOException {
    String[] pages = Files.readString(Path.of("/proc/self/statm")).split(" ", -1);
    return Long.parseLong(pages[1]) * 4096;
  }
}
