package io.thalweg.server.kv.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.row.BinaryList;
import io.thalweg.format.row.KeyCodec;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.type.TypeText;
import io.thalweg.runtime.SeededRandom;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The contract of {@link KvStores} for views and cursors. Each implementation runs it. */
public abstract class KvViewContractTest extends KvStoresFixture {
  @Test
  void keysAreOrderedByUnsignedBytesAndMayBeAnything() {
    byte[][] sorted = {
      {},
      {0},
      {0, 0},
      {1},
      {0x7f, (byte) 0xff},
      {(byte) 0x80},
      {(byte) 0xfe, (byte) 0xff},
      {(byte) 0xff},
      {(byte) 0xff, 0},
      {(byte) 0xff, 1, 2},
      {(byte) 0xff, (byte) 0xff},
      {(byte) 0xff, (byte) 0xff, (byte) 0xff}
    };
    BinaryList keys = new BinaryList();
    for (int i = sorted.length - 1; i >= 0; i--) {
      keys.add(sorted[i], 0, sorted[i].length);
    }
    try (KvStore store = stores.open(BUCKET)) {
      store.write(keys, keys, 9);
      BinaryList values = new BinaryList();
      store.get(keys, values);
      assertThat(values.count()).isEqualTo(sorted.length);
      for (int i = 0; i < sorted.length; i++) {
        assertThat(values.get(i)).isEqualTo(keys.get(i));
      }
      try (KvView view = store.view()) {
        for (int from = 0; from < sorted.length; from++) {
          List<ByteBuffer> rest = wrap(Arrays.copyOfRange(sorted, from, sorted.length));
          assertThat(scan(view, sorted[from], NONE, 3, 100).keySet())
              .containsExactlyElementsOf(rest);
          // The first key is empty, which means "no end" here.
          for (int to = 1; to < sorted.length; to++) {
            assertThat(scan(view, sorted[from], sorted[to], 3, 100).keySet())
                .containsExactlyElementsOf(
                    wrap(Arrays.copyOfRange(sorted, from, Math.max(from, to))));
          }
        }
      }
    }
    restart();
    try (KvStore store = stores.open(BUCKET)) {
      assertThat(store.offset()).isEqualTo(9);
      assertThat(all(store).keySet()).containsExactlyElementsOf(wrap(sorted));
    }
  }

  private static List<ByteBuffer> wrap(byte[]... strings) {
    return Arrays.stream(strings).map(ByteBuffer::wrap).toList();
  }

  private static final int[] NUMBERS = {Integer.MIN_VALUE, -1, 0, 255, Integer.MAX_VALUE};
  private static final String[] TEXTS = {"", "a", "ab", "a\0", "a\0\0b", "\u00ff", "\uffff"};

  /** A key of three columns: INT, STRING, INT. */
  private record Key(int number, String text, int last) {}

  private static BinaryList encode(BufferAllocator allocator, List<Key> keys, int columns) {
    Schema schema =
        Schema.first(
            TypeText.parseColumns("n INT, t STRING, l INT").stream()
                .map(field -> Column.of(field.name(), field.type()))
                .toList(),
            List.of("n", "t", "l"));
    try (IntVector numbers = new IntVector("n", allocator);
        VarCharVector texts = new VarCharVector("t", allocator);
        IntVector lasts = new IntVector("l", allocator)) {
      for (int i = 0; i < keys.size(); i++) {
        numbers.setSafe(i, keys.get(i).number());
        texts.setSafe(i, bytes(keys.get(i).text()));
        lasts.setSafe(i, keys.get(i).last());
      }
      List<FieldVector> vectors = List.<FieldVector>of(numbers, texts, lasts).subList(0, columns);
      vectors.forEach(vector -> vector.setValueCount(keys.size()));
      BinaryList encoded = new BinaryList();
      KeyCodec.of(schema).encodePrefix(vectors, keys.size(), encoded);
      return encoded;
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void theFirstColumnsOfAKeyFindExactlyTheRowsThatHaveThem(long seed) {
    SeededRandom random = new SeededRandom(seed);
    try (BufferAllocator allocator = new RootAllocator();
        KvStore store = stores.open(BUCKET)) {
      List<Key> all = new ArrayList<>();
      for (int number : NUMBERS) {
        for (String text : TEXTS) {
          for (int last : NUMBERS) {
            if (random.nextInt(3) > 0) {
              all.add(new Key(number, text, last));
            }
          }
        }
      }
      BinaryList keys = encode(allocator, all, 3);
      store.write(keys, keys, 1);
      TreeMap<byte[], Key> model = new TreeMap<>(Arrays::compareUnsigned);
      for (int i = 0; i < all.size(); i++) {
        model.put(keys.get(i), all.get(i));
      }
      try (KvView view = store.view()) {
        for (Key wanted : all) {
          for (int columns = 1; columns <= 3; columns++) {
            int given = columns;
            byte[] prefix = encode(allocator, List.of(wanted), columns).get(0);
            assertThat(find(view, prefix, KeyCodec.successor(prefix), 1 + random.nextInt(9)))
                .as("seed %d: %d columns of %s", seed, columns, wanted)
                .containsExactlyElementsOf(
                    wrap(
                        model.entrySet().stream()
                            .filter(
                                row ->
                                    row.getValue().number == wanted.number
                                        && (given < 2 || row.getValue().text.equals(wanted.text))
                                        && (given < 3 || row.getValue().last == wanted.last))
                            .map(Map.Entry::getKey)
                            .toArray(byte[][]::new)));
          }
        }
      }
    }
  }

  private static List<ByteBuffer> find(KvView view, byte[] from, byte[] to, int maxRows) {
    try (KvCursor cursor = view.find(from, to)) {
      BinaryList keys = new BinaryList();
      boolean more = true;
      while (more) {
        more = cursor.next(maxRows, 1 << 20, keys, new BinaryList());
      }
      List<ByteBuffer> found = new ArrayList<>();
      for (int i = 0; i < keys.count(); i++) {
        found.add(ByteBuffer.wrap(keys.get(i)));
      }
      return found;
    }
  }

  @Test
  void aViewDoesNotSeeLaterWrites() {
    try (KvStore store = stores.open(BUCKET)) {
      put(store, 2, "a", "1", "b", "1");
      try (KvView early = store.view()) {
        put(store, 4, "a", "2", "b", null, "c", "2");
        try (KvView late = store.view();
            KvCursor cursor = early.scan(NONE, NONE)) {
          put(store, 5, "a", null);
          assertThat(early.offset()).isEqualTo(2);
          assertThat(late.offset()).isEqualTo(4);
          assertThat(keys(early, "", "")).containsExactly("a", "b");
          assertThat(keys(late, "", "")).containsExactly("a", "c");
          BinaryList keys = new BinaryList();
          BinaryList values = new BinaryList();
          assertThat(cursor.next(10, 1000, keys, values)).isFalse();
          assertThat(texts(values)).containsExactly("1", "1");
        }
      }
      assertThat(get(store, "a", "b", "c")).containsExactly(null, null, "2");
    }
  }

  @Test
  void aScanKeepsWithinItsBounds() {
    try (KvStore store = stores.open(BUCKET)) {
      put(store, 5, "b", "1", "bb", "2", "d", "3", "dd", "4", "f", "5");
      try (KvView view = store.view()) {
        assertThat(keys(view, "", "")).containsExactly("b", "bb", "d", "dd", "f");
        assertThat(keys(view, "bb", "dd")).containsExactly("bb", "d");
        assertThat(keys(view, "c", "")).containsExactly("d", "dd", "f");
        assertThat(keys(view, "", "b")).isEmpty();
        assertThat(keys(view, "g", "")).isEmpty();
        assertThat(keys(view, "d", "b")).isEmpty();
        assertThat(keys(view, "d", "d")).isEmpty();
      }
    }
  }

  @Test
  void aCursorStopsAtItsLimits() {
    try (KvStore store = stores.open(BUCKET)) {
      put(store, 4, "a", "11", "b", "22", "c", "33", "d", "44");
      try (KvView view = store.view();
          KvCursor cursor = view.scan(NONE, NONE)) {
        BinaryList keys = new BinaryList();
        BinaryList values = new BinaryList();
        assertThat(cursor.next(1, 1000, keys, values)).isTrue();
        assertThat(texts(keys)).containsExactly("a");
        assertThat(cursor.next(1000, 1, keys, values)).as("one is always given").isTrue();
        assertThat(texts(keys)).containsExactly("a", "b");
        assertThat(cursor.next(1000, 3, keys, values)).isTrue();
        assertThat(texts(values)).containsExactly("11", "22", "33");
        assertThat(cursor.next(1000, 1000, keys, values)).isFalse();
        assertThat(cursor.next(1000, 1000, keys, values)).isFalse();
        assertThat(keys.count()).isEqualTo(4);
      }
    }
  }
}
