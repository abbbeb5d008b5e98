package io.thalweg.server.kv.store.rocksdb;

import io.thalweg.format.row.BinaryList;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.runtime.SeededRandom;
import io.thalweg.server.kv.store.KvStore;
import io.thalweg.server.kv.store.KvStores;
import io.thalweg.server.kv.store.KvView;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Measures what one key costs, in batches of a thousand. For each step it prints wall time, CPU
 * time of the calling thread and CPU time of the whole process (with flushes and compactions), in
 * nanoseconds per key.
 *
 * <p>Arguments: keys in all (1000000), bytes of a value (100).
 */
final class KvStoreBenchmark {
  private static final int BATCH = 1000;
  private static final int KEY = 12;

  private final KvStore store;
  private final int valueLength;
  private final SeededRandom random = new SeededRandom(1);
  private long checksum;

  private KvStoreBenchmark(KvStore store, int valueLength) {
    this.store = store;
    this.valueLength = valueLength;
  }

  /** Prints a line for each step. */
  public static void main(String[] args) throws IOException {
    int count = args.length > 0 ? Integer.parseInt(args[0]) : 1_000_000;
    int valueLength = args.length > 1 ? Integer.parseInt(args[1]) : 100;
    Path root = Files.createTempDirectory("kv-benchmark");
    try (KvStores stores = new RocksKvStores(root, new KvStoreConfig(256 << 20, 128 << 20, 2));
        KvStore store = stores.open(new TableBucket(1, 0))) {
      KvStoreBenchmark benchmark = new KvStoreBenchmark(store, valueLength);
      benchmark.get("warm up", count, 20, 0);
      benchmark.insert(count);
      for (int round = 1; round <= 2; round++) {
        benchmark.update("update of random keys, round " + round, count, count / BATCH);
      }
      benchmark.upsert(count, count / BATCH);
      int lookups = Math.max(1, count / BATCH / 4);
      benchmark.get("get hit, files in the block cache", count, lookups, 0);
      benchmark.get("get hit, again", count, lookups, 0);
      benchmark.get("get miss", count, lookups, 1L << 40);
      int few = Math.min(count, 20_000);
      benchmark.update("update of few keys", few, 50);
      benchmark.get("get hit, memtable", few, lookups, 0);
      benchmark.scan();
      System.out.println("(checksum " + benchmark.checksum + ")");
    } finally {
      Directories.remove(root);
    }
  }

  private interface Work {
    void batch(int number);
  }

  private static void measure(String what, int batches, Work work) {
    long wall = System.nanoTime();
    long thread = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    long process = processCpu();
    for (int batch = 0; batch < batches; batch++) {
      work.batch(batch);
    }
    double keys = (double) batches * BATCH;
    System.out.printf(
        "%-40s wall %6.0f  thread %6.0f  process %6.0f ns/key%n",
        what,
        (System.nanoTime() - wall) / keys,
        (ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - thread) / keys,
        (processCpu() - process) / keys);
  }

  private static long processCpu() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  /** Twelve bytes that spread the keys over the whole order. */
  private static void addKey(BinaryList keys, long number) {
    byte[] key = new byte[KEY];
    ByteBuffer.wrap(key).putLong(number * 0x9E3779B97F4A7C15L).putInt((int) number);
    keys.add(key, 0, KEY);
  }

  private BinaryList values() {
    byte[] value = new byte[valueLength];
    BinaryList values = new BinaryList(BATCH, BATCH * valueLength);
    for (int i = 0; i < BATCH; i++) {
      // Half of it compresses.
      for (int at = 0; at + Long.BYTES <= valueLength / 2; at += Long.BYTES) {
        ByteBuffer.wrap(value).putLong(at, random.nextLong());
      }
      values.add(value, 0, valueLength);
    }
    return values;
  }

  private BinaryList randomKeys(int count, long beyond) {
    BinaryList keys = new BinaryList(BATCH, BATCH * KEY);
    for (int i = 0; i < BATCH; i++) {
      addKey(keys, random.nextInt(count) + beyond);
    }
    return keys;
  }

  private void insert(int count) {
    BinaryList values = values();
    measure(
        "insert",
        count / BATCH,
        batch -> {
          BinaryList keys = new BinaryList(BATCH, BATCH * KEY);
          for (int i = 0; i < BATCH; i++) {
            addKey(keys, (long) batch * BATCH + i);
          }
          store.write(keys, values, store.offset() + BATCH);
        });
  }

  private void update(String what, int count, int batches) {
    BinaryList values = values();
    measure(
        what, batches, batch -> store.write(randomKeys(count, 0), values, store.offset() + BATCH));
  }

  /** Gets, then writes, as the owner of a bucket does. */
  private void upsert(int count, int batches) {
    BinaryList values = values();
    BinaryList old = new BinaryList(BATCH, BATCH * valueLength);
    measure(
        "get and write of random keys",
        batches,
        batch -> {
          BinaryList keys = randomKeys(count, 0);
          old.clear();
          store.get(keys, old);
          checksum += old.byteCount();
          store.write(keys, values, store.offset() + BATCH);
        });
  }

  private void get(String what, int count, int batches, long beyond) {
    BinaryList found = new BinaryList(BATCH, BATCH * valueLength);
    measure(
        what,
        batches,
        batch -> {
          found.clear();
          store.get(randomKeys(count, beyond), found);
          checksum += found.byteCount();
        });
  }

  private void scan() {
    try (KvView view = store.view();
        var cursor = view.scan(new byte[0], new byte[0])) {
      BinaryList keys = new BinaryList();
      BinaryList values = new BinaryList();
      long start = System.nanoTime();
      long rows = 0;
      boolean more = true;
      while (more) {
        keys.clear();
        values.clear();
        more = cursor.next(BATCH, 1 << 20, keys, values);
        rows += keys.count();
      }
      System.out.printf(
          "%-40s wall %6.0f ns/row, %d rows%n",
          "scan", (System.nanoTime() - start) / (double) rows, rows);
    }
  }
}
