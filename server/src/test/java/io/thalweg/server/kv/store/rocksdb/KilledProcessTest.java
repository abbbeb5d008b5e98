package io.thalweg.server.kv.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.row.BinaryList;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.runtime.SeededRandom;
import io.thalweg.server.kv.store.KvStore;
import io.thalweg.server.kv.store.KvStores;
import io.thalweg.server.kv.store.KvView;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that writes without end is killed; the rows left are the fold up to their offset. */
class KilledProcessTest {
  private static final TableBucket BUCKET = new TableBucket(1, 0);
  private static final int KEYS = 20_000;
  private static final int ROWS = 100;

  /** A small buffer, so that it is flushed often. */
  private static final KvStoreConfig CONFIG = new KvStoreConfig(1 << 20, 4 << 20, 2);

  @TempDir Path root;

  /** The rows of write number {@code write}, the same in every process. */
  private static void rows(long write, BinaryList keys, BinaryList values) {
    SeededRandom random = new SeededRandom(write);
    for (int row = 0; row < ROWS; row++) {
      keys.add(ByteBuffer.allocate(Integer.BYTES).putInt(0, random.nextInt(KEYS)));
      if (random.nextInt(5) == 0) {
        values.addAbsent();
      } else {
        ByteBuffer value = ByteBuffer.allocate(100);
        while (value.remaining() >= Long.BYTES) {
          value.putLong(random.nextLong());
        }
        values.add(value.clear());
      }
    }
  }

  /** Writes from where the store is, and prints each offset, until it is killed. */
  static final class Writer {
    private Writer() {}

    public static void main(String[] args) {
      KvStores stores = new RocksKvStores(Path.of(args[0]), CONFIG);
      KvStore store = stores.open(BUCKET);
      while (true) {
        BinaryList keys = new BinaryList();
        BinaryList values = new BinaryList();
        rows(store.offset() / ROWS, keys, values);
        store.write(keys, values, store.offset() + ROWS);
        System.out.println(store.offset());
      }
    }
  }

  /** Kills it some time after it has written {@code moreRows} rows. */
  private void writeAndKill(long moreRows) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx128m",
                    "-XX:+UseSerialGC",
                    "-cp",
                    System.getProperty("java.class.path"),
                    Writer.class.getName(),
                    root.toString()))
            .redirectErrorStream(true)
            .start();
    try (BufferedReader out =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      long first = -1;
      long last = -1;
      while (first < 0 || last < first + moreRows) {
        String line = Objects.requireNonNull(out.readLine(), "the writer ended");
        if (line.matches("\\d+")) {
          last = Long.parseLong(line);
          first = first < 0 ? last : first;
        }
      }
    } finally {
      process.destroyForcibly();
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void whatIsLeftIsTheFoldUpToItsOffset() throws Exception {
    long flushed = 0;
    for (int kill = 1; kill <= 4; kill++) {
      writeAndKill(60_000L * kill);
      try (KvStores stores = new RocksKvStores(root, CONFIG);
          KvStore store = stores.open(BUCKET)) {
        assertThat(store.offset()).isPositive().isGreaterThanOrEqualTo(flushed);
        assertThat(content(store)).isEqualTo(fold(store.offset()));
        flushed = store.offset();
      }
    }
  }

  private static Map<ByteBuffer, ByteBuffer> content(KvStore store) {
    BinaryList keys = new BinaryList();
    BinaryList values = new BinaryList();
    try (KvView view = store.view();
        var cursor = view.scan(new byte[0], new byte[0])) {
      assertThat(cursor.next(KEYS + 1, Integer.MAX_VALUE, keys, values)).isFalse();
    }
    Map<ByteBuffer, ByteBuffer> rows = new TreeMap<>();
    apply(keys, values, rows);
    return rows;
  }

  private static Map<ByteBuffer, ByteBuffer> fold(long offset) {
    Map<ByteBuffer, ByteBuffer> rows = new TreeMap<>();
    for (long write = 0; write < offset / ROWS; write++) {
      BinaryList keys = new BinaryList();
      BinaryList values = new BinaryList();
      rows(write, keys, values);
      apply(keys, values, rows);
    }
    return rows;
  }

  private static void apply(BinaryList keys, BinaryList values, Map<ByteBuffer, ByteBuffer> rows) {
    for (int i = 0; i < keys.count(); i++) {
      if (values.isAbsent(i)) {
        rows.remove(keys.view(i));
      } else {
        rows.put(ByteBuffer.wrap(keys.get(i)), ByteBuffer.wrap(values.get(i)));
      }
    }
  }
}
