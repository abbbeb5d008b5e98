package io.thalweg.benchmark.measure;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * The peer of primary-key tables: RocksDB as it comes with the server's caches and a Bloom filter,
 * in this process, without a network, a changelog or a merge. What it writes is durable at once:
 * its own log is synced after each group. {@link #put} does without the log. One thread.
 */
public final class PlainRocksDb implements AutoCloseable {
  private final Path directory;
  private final Options options;
  private final RocksDB db;
  private final WriteOptions synced;
  private final WriteOptions unlogged;
  private final byte[] value;

  /** Opens a new one for rows of so many bytes. */
  public PlainRocksDb(int rowBytes) throws IOException, RocksDBException {
    RocksDB.loadLibrary();
    synced = new WriteOptions().setSync(true);
    unlogged = new WriteOptions().setDisableWAL(true);
    directory = Files.createTempDirectory(Path.of("testing/benchmark/target"), "rocksdb");
    options =
        new Options()
            .setCreateIfMissing(true)
            .setWriteBufferSize(64L << 20)
            .setTableFormatConfig(
                new BlockBasedTableConfig()
                    .setBlockCache(new LRUCache(256L << 20))
                    .setFilterPolicy(new BloomFilter(10)));
    db = RocksDB.open(options, directory.toString());
    value = new byte[rowBytes - Long.BYTES];
    Random random = new Random(rowBytes);
    for (int i = 0; i < value.length; i++) {
      value[i] = (byte) ('a' + random.nextInt(26));
    }
  }

  private static byte[] key(long id) {
    return ByteBuffer.allocate(Long.BYTES).putLong(0, id).array();
  }

  private static List<byte[]> keys(LongSupplier ids, int count) {
    List<byte[]> keys = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      keys.add(key(ids.getAsLong()));
    }
    return keys;
  }

  /** Gets and puts {@code groups} groups of rows; rows a second. */
  public double getAndPut(LongSupplier ids, int groups, int rows) throws RocksDBException {
    long begin = System.nanoTime();
    for (int group = 0; group < groups; group++) {
      List<byte[]> keys = keys(ids, rows);
      List<byte[]> old = db.multiGetAsList(keys);
      try (WriteBatch batch = new WriteBatch()) {
        for (int i = 0; i < rows; i++) {
          byte[] before = old.get(i);
          ByteBuffer.wrap(value)
              .putLong(0, before == null ? 1 : 1 + ByteBuffer.wrap(before).getLong(0));
          batch.put(keys.get(i), value);
        }
        db.write(synced, batch);
      }
    }
    return (double) groups * rows * 1e9 / (System.nanoTime() - begin);
  }

  /**
   * Puts {@code rows} rows, in groups of {@code group}, without its own log; rows a second. What
   * this writes is durable only once RocksDB flushes it.
   */
  public double put(LongSupplier ids, long rows, int group, LongFunction<byte[]> values)
      throws RocksDBException {
    long begin = System.nanoTime();
    for (long done = 0; done < rows; done += group) {
      try (WriteBatch batch = new WriteBatch()) {
        for (long i = done; i < Math.min(rows, done + group); i++) {
          long id = ids.getAsLong();
          batch.put(key(id), values.apply(id));
        }
        db.write(unlogged, batch);
      }
    }
    return rows * 1e9 / (System.nanoTime() - begin);
  }

  /** Gets rows, many keys in one call; rows a second. */
  public double multiGet(LongSupplier ids, int groups, int rows) throws RocksDBException {
    long begin = System.nanoTime();
    for (int group = 0; group < groups; group++) {
      if (db.multiGetAsList(keys(ids, rows)).contains(null)) {
        throw new IllegalStateException("a row is missing");
      }
    }
    return (double) groups * rows * 1e9 / (System.nanoTime() - begin);
  }

  /** Goes through all rows, keys and values copied into one array each; rows a second. */
  public double scan(int rows) throws RocksDBException {
    byte[] key = new byte[Long.BYTES];
    byte[] row = new byte[value.length];
    int count = 0;
    long begin = System.nanoTime();
    try (RocksIterator all = db.newIterator()) {
      for (all.seekToFirst(); all.isValid(); all.next()) {
        all.key(key);
        all.value(row);
        count++;
      }
      all.status();
    }
    if (count != rows) {
      throw new IllegalStateException(count + " rows of " + rows);
    }
    return (double) count * 1e9 / (System.nanoTime() - begin);
  }

  @Override
  public void close() throws IOException {
    synced.close();
    unlogged.close();
    db.close();
    options.close();
    try (Stream<Path> files = Files.walk(directory)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    }
  }
}
