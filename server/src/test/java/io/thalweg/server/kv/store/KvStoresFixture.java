package io.thalweg.server.kv.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.thalweg.format.row.BinaryList;
import io.thalweg.format.schema.TableBucket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Stores on one disk, and what the contracts of {@link KvStores} do with them. */
public abstract class KvStoresFixture {
  protected static final TableBucket BUCKET = new TableBucket(7, 3);
  static final byte[] NONE = {};

  protected KvStores stores;

  /** Stores on this test's disk; earlier ones were closed or died. */
  protected abstract KvStores start();

  @BeforeEach
  void startStores() {
    stores = start();
  }

  @AfterEach
  void closeStores() {
    stores.close();
  }

  /**
   * Whether rows written before a store was closed are there when it is opened again. If not, tests
   * that need this end early.
   */
  protected boolean remembersClosed() {
    return true;
  }

  void restart() {
    assumeTrue(remembersClosed());
    stores.close();
    stores = start();
  }

  protected static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  protected static BinaryList list(String... texts) {
    BinaryList list = new BinaryList();
    for (String text : texts) {
      if (text == null) {
        list.addAbsent();
      } else {
        list.add(ByteBuffer.wrap(bytes(text)));
      }
    }
    return list;
  }

  protected static List<String> texts(BinaryList list) {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < list.count(); i++) {
      texts.add(list.isAbsent(i) ? null : StandardCharsets.UTF_8.decode(list.view(i)).toString());
    }
    return texts;
  }

  protected static List<String> get(KvStore store, String... keys) {
    BinaryList values = new BinaryList();
    store.get(list(keys), values);
    return texts(values);
  }

  protected static void put(KvStore store, long newOffset, String... keysAndValues) {
    BinaryList keys = new BinaryList();
    BinaryList values = new BinaryList();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      keys.add(list(keysAndValues[i]), 0);
      values.add(list(keysAndValues[i + 1]), 0);
    }
    store.write(keys, values, newOffset);
  }

  /** Rows from the given number on: {@code k000017=v17.generation}. */
  protected static void putMany(KvStore store, int from, int count, int generation) {
    BinaryList keys = new BinaryList();
    BinaryList values = new BinaryList();
    for (int i = from; i < from + count; i++) {
      keys.add(ByteBuffer.wrap(bytes("k%06d".formatted(i))));
      values.add(ByteBuffer.wrap(bytes("v" + i + "." + generation)));
    }
    store.write(keys, values, store.offset() + count);
  }

  protected static Map<ByteBuffer, ByteBuffer> all(KvView view) {
    return scan(view, NONE, NONE, 7, 1000);
  }

  protected static Map<ByteBuffer, ByteBuffer> all(KvStore store) {
    try (KvView view = store.view()) {
      assertThat(view.offset()).isEqualTo(store.offset());
      return all(view);
    }
  }

  /** Rows in the order in which the cursor gives them. */
  static Map<ByteBuffer, ByteBuffer> scan(
      KvView view, byte[] from, byte[] to, int maxRows, int maxBytes) {
    Map<ByteBuffer, ByteBuffer> rows = new LinkedHashMap<>();
    try (KvCursor cursor = view.scan(from, to)) {
      boolean more = true;
      while (more) {
        BinaryList keys = new BinaryList();
        BinaryList values = new BinaryList();
        more = cursor.next(maxRows, maxBytes, keys, values);
        assertThat(keys.count()).isEqualTo(values.count()).isBetween(more ? 1 : 0, maxRows);
        for (int i = 0; i < keys.count(); i++) {
          assertThat(rows.put(ByteBuffer.wrap(keys.get(i)), ByteBuffer.wrap(values.get(i))))
              .as("a key comes once")
              .isNull();
        }
      }
    }
    return rows;
  }

  static List<String> keys(KvView view, String from, String to) {
    return scan(view, bytes(from), bytes(to), 2, 1 << 20).keySet().stream()
        .map(key -> StandardCharsets.UTF_8.decode(key.duplicate()).toString())
        .toList();
  }
}
