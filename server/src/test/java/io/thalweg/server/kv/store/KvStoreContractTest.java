package io.thalweg.server.kv.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.row.BinaryList;
import io.thalweg.format.row.KeyCodec;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.type.TypeText;
import io.thalweg.runtime.SeededRandom;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every {@link KvStores} promises. Each implementation runs it. */
public abstract class KvStoreContractTest {
  protected static final TableBucket BUCKET = new TableBucket(7, 3);

  private static final byte[] NONE = {};

  protected KvStores stores;

  /** Stores on this test's disk; those that were on it before are closed or died. */
  protected abstract KvStores start();

  @BeforeEach
  void startStores() {
    stores = start();
  }

  @AfterEach
  void closeStores() {
    stores.close();
  }

  private void restart() {
    stores.close();
    stores = start();
  }

  @Test
  void rowsOfAnotherHistoryAreRemoved() {
    stores.belongTo("cluster-a.0");
    KvStore store = stores.open(BUCKET);
    put(store, 5, "k", "v");
    store.close();
    restart();
    stores.belongTo("cluster-a.0");
    try (KvStore same = stores.open(BUCKET)) {
      assertThat(get(same, "k")).containsExactly("v");
    }
    assertThatIllegalStateException()
        .isThrownBy(
            () -> {
              try (KvStore open = stores.open(BUCKET)) {
                assertThat(open.offset()).isEqualTo(5);
                stores.belongTo("cluster-b.0");
              }
            });
    restart();
    stores.belongTo("cluster-a.1");
    assertThat(stores.local()).isEmpty();
    try (KvStore other = stores.open(BUCKET)) {
      assertThat(other.offset()).isZero();
      assertThat(get(other, "k")).containsExactly((String) null);
    }
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

  /** In the order in which the cursor gives them. */
  private static Map<ByteBuffer, ByteBuffer> scan(
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

  private static List<String> keys(KvView view, String from, String to) {
    return scan(view, bytes(from), bytes(to), 2, 1 << 20).keySet().stream()
        .map(key -> StandardCharsets.UTF_8.decode(key.duplicate()).toString())
        .toList();
  }

  @Test
  void newStoreIsEmpty() {
    try (KvStore store = stores.open(BUCKET)) {
      assertThat(store.offset()).isZero();
      assertThat(get(store, "a", "")).containsExactly(null, null);
      assertThat(all(store)).isEmpty();
    }
  }

  @Test
  void whatIsWrittenIsFoundUntilDeleted() {
    try (KvStore store = stores.open(BUCKET)) {
      put(store, 3, "a", "1", "b", "2", "c", "3");
      assertThat(get(store, "c", "x", "a", "a")).containsExactly("3", null, "1", "1");
      put(store, 5, "a", "4", "b", null);
      assertThat(get(store, "a", "b", "c")).containsExactly("4", null, "3");
      assertThat(store.offset()).isEqualTo(5);
      put(store, 6, "never there", null);
      assertThat(all(store)).hasSize(2);
    }
  }

  @Test
  void valuesAreAddedToWhatTheListHolds() {
    try (KvStore store = stores.open(BUCKET)) {
      put(store, 1, "a", "1");
      BinaryList values = list("before");
      store.get(list("a", "b"), values);
      assertThat(texts(values)).containsExactly("before", "1", null);
    }
  }

  @Test
  void ofAKeyNamedTwiceTheLastCounts() {
    try (KvStore store = stores.open(BUCKET)) {
      put(store, 6, "a", "1", "b", "1", "a", "2", "b", null, "c", null, "c", "3");
      assertThat(get(store, "a", "b", "c")).containsExactly("2", null, "3");
    }
  }

  @Test
  void emptyIsNotAbsent() {
    try (KvStore store = stores.open(BUCKET)) {
      put(store, 2, "a", "", "b", null);
      assertThat(get(store, "a", "b")).containsExactly("", null);
      try (KvView view = store.view()) {
        assertThat(keys(view, "", "")).containsExactly("a");
      }
    }
  }

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
          // The first is empty, which says "no end" here.
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
  void valuesMayBeLarge() {
    SeededRandom random = new SeededRandom(1);
    BinaryList keys = list("small", "large", "empty", "larger");
    byte[] large = randomBytes(random, 1 << 20);
    byte[] larger = randomBytes(random, (3 << 20) + 1);
    BinaryList values = BinaryList.of(bytes("s"), large, NONE, larger);
    try (KvStore store = stores.open(BUCKET)) {
      store.write(keys, values, 4);
      BinaryList found = new BinaryList();
      store.get(list("larger", "absent", "large", "small"), found);
      assertThat(found.get(0)).isEqualTo(larger);
      assertThat(found.isAbsent(1)).isTrue();
      assertThat(found.get(2)).isEqualTo(large);
      assertThat(found.get(3)).isEqualTo(bytes("s"));
      assertThat(all(store))
          .containsEntry(ByteBuffer.wrap(bytes("larger")), ByteBuffer.wrap(larger));
    }
    restart();
    try (KvStore store = stores.open(BUCKET)) {
      BinaryList found = new BinaryList();
      store.get(list("large"), found);
      assertThat(found.get(0)).isEqualTo(large);
    }
  }

  private static byte[] randomBytes(SeededRandom random, int size) {
    ByteBuffer bytes = ByteBuffer.allocate(size + Long.BYTES);
    while (bytes.position() < size) {
      bytes.putLong(random.nextLong());
    }
    return Arrays.copyOf(bytes.array(), size);
  }

  @Test
  void badCallsAreRefusedAndChangeNothing() {
    try (KvStore store = stores.open(BUCKET)) {
      put(store, 5, "a", "1");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> store.write(list("a", "b"), list("1"), 6))
          .withMessageContaining("2 keys and 1 values");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> put(store, 4, "a", "2"))
          .withMessageContaining("cannot go back to 4");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> store.write(list("a", null), list("2", "2"), 6))
          .withMessageContaining("absent");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> get(store, "a", null))
          .withMessageContaining("absent");
      try (KvView view = store.view();
          KvCursor cursor = view.scan(NONE, NONE)) {
        assertThatIllegalArgumentException()
            .isThrownBy(() -> cursor.next(0, 1, new BinaryList(), new BinaryList()));
        assertThatIllegalArgumentException()
            .isThrownBy(() -> cursor.next(1, 0, new BinaryList(), new BinaryList()));
      }
      assertThat(get(store, "a")).containsExactly("1");
      assertThat(store.offset()).isEqualTo(5);
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

  @Test
  void anEmptyWriteMovesTheOffset() {
    try (KvStore store = stores.open(BUCKET)) {
      put(store, 17);
      assertThat(store.offset()).isEqualTo(17);
      put(store, 17, "a", "1");
      assertThat(store.offset()).isEqualTo(17);
    }
    restart();
    try (KvStore store = stores.open(BUCKET)) {
      assertThat(store.offset()).isEqualTo(17);
      assertThat(get(store, "a")).containsExactly("1");
    }
  }

  @Test
  void rowsAndOffsetSurviveClosing() {
    try (KvStore store = stores.open(BUCKET)) {
      putMany(store, 0, 1000, 1);
      put(store, 1_000_000_000_007L, "k000500", null);
    }
    for (int again = 0; again < 2; again++) {
      restart();
      try (KvStore store = stores.open(BUCKET)) {
        assertThat(store.offset()).isEqualTo(1_000_000_000_007L);
        assertThat(get(store, "k000499", "k000500")).containsExactly("v499.1", null);
        assertThat(all(store)).hasSize(999);
      }
    }
  }

  @Test
  void bucketsAreApart() {
    TableBucket other = new TableBucket(Long.MAX_VALUE, Integer.MAX_VALUE);
    try (KvStore one = stores.open(BUCKET);
        KvStore two = stores.open(other)) {
      put(one, 1, "a", "1");
      put(two, 2, "a", "2");
      assertThat(get(one, "a")).containsExactly("1");
      assertThat(get(two, "a")).containsExactly("2");
      assertThat(one.offset()).isEqualTo(1);
    }
    assertThat(stores.local()).isEqualTo(Set.of(BUCKET, other));
    restart();
    assertThat(new ArrayList<>(stores.local())).as("in order").containsExactly(BUCKET, other);
    assertThat(stores.drop(BUCKET)).isTrue();
    assertThat(stores.local()).containsExactly(other);
    try (KvStore one = stores.open(BUCKET);
        KvStore two = stores.open(other)) {
      assertThat(one.offset()).isZero();
      assertThat(get(one, "a")).containsExactly((String) null);
      assertThat(get(two, "a")).containsExactly("2");
    }
  }

  @Test
  void droppingWhatIsNotThereIsNoError() {
    assertThat(stores.drop(BUCKET)).isTrue();
    assertThat(stores.local()).isEmpty();
  }

  @Test
  void whatIsInUseIsNeitherOpenedDroppedNorClosed() {
    KvStore store = stores.open(BUCKET);
    assertThatIllegalStateException()
        .isThrownBy(() -> stores.open(BUCKET))
        .withMessageContaining(BUCKET.toString());
    assertThat(stores.drop(BUCKET)).isFalse();
    assertThat(stores.local()).containsExactly(BUCKET);
    assertThatIllegalStateException().isThrownBy(() -> stores.restore(BUCKET));
    assertThatIllegalStateException().isThrownBy(() -> stores.close());
    KvView view = store.view();
    assertThatIllegalStateException().isThrownBy(store::close);
    KvCursor cursor = view.scan(NONE, NONE);
    assertThatIllegalStateException().isThrownBy(view::close);
    cursor.close();
    view.close();
    KvCheckpoint checkpoint = store.checkpoint();
    assertThatIllegalStateException().isThrownBy(store::close);
    checkpoint.close();
    store.close();
    KvRestore restore = stores.restore(BUCKET);
    assertThatIllegalStateException().isThrownBy(() -> stores.open(BUCKET));
    assertThatIllegalStateException().isThrownBy(() -> stores.restore(BUCKET));
    assertThat(stores.drop(BUCKET)).isFalse();
    restore.close();
    assertThat(stores.drop(BUCKET)).isTrue();
  }

  @Test
  void whatIsClosedIsNotUsed() {
    KvStore store = stores.open(BUCKET);
    put(store, 1, "a", "1");
    KvView view = store.view();
    KvCursor cursor = view.scan(NONE, NONE);
    cursor.close();
    cursor.close();
    assertThatIllegalStateException()
        .isThrownBy(() -> cursor.next(1, 1, new BinaryList(), new BinaryList()));
    view.close();
    view.close();
    assertThatIllegalStateException().isThrownBy(() -> view.scan(NONE, NONE));
    KvCheckpoint checkpoint = store.checkpoint();
    KvFile file = checkpoint.files().get(0);
    checkpoint.close();
    checkpoint.close();
    assertThatIllegalStateException().isThrownBy(() -> checkpoint.read(file, 0, 1));
    store.close();
    store.close();
    assertThatIllegalStateException().isThrownBy(() -> get(store, "a"));
    assertThatIllegalStateException().isThrownBy(() -> put(store, 2, "a", "2"));
    assertThatIllegalStateException().isThrownBy(store::view);
    assertThatIllegalStateException().isThrownBy(store::checkpoint);
    stores.close();
    stores.close();
    assertThatIllegalStateException().isThrownBy(() -> stores.open(BUCKET));
    stores = start();
  }

  /** Every file of a checkpoint, read in pieces. */
  protected static Map<String, byte[]> contents(KvCheckpoint checkpoint) {
    Map<String, byte[]> contents = new LinkedHashMap<>();
    for (KvFile file : checkpoint.files()) {
      byte[] content = new byte[(int) file.size()];
      int step = 1 + content.length / 3;
      for (int at = 0; at < content.length; at += step) {
        int length = Math.min(step, content.length - at);
        ByteBuffer read = checkpoint.read(file, at, length);
        assertThat(read.remaining()).isEqualTo(length);
        read.get(content, at, length);
      }
      assertThat(contents.put(file.name(), content)).as(file.name()).isNull();
    }
    return contents;
  }

  protected static void write(KvRestore restore, Map<String, byte[]> contents) {
    contents.forEach(
        (name, content) -> {
          int half = content.length / 2;
          restore.write(name, ByteBuffer.wrap(content, 0, half));
          restore.write(name, ByteBuffer.wrap(content, half, content.length - half));
        });
  }

  protected final KvStore restore(
      TableBucket bucket, Map<String, byte[]> contents, List<KvFile> files) {
    try (KvRestore restore = stores.restore(bucket)) {
      write(restore, contents);
      return restore.open(files);
    }
  }

  @Test
  void aCheckpointHoldsTheStateAsItWasAndCanBeRestored() {
    TableBucket target = new TableBucket(8, 0);
    List<KvFile> files;
    Map<String, byte[]> contents;
    Map<ByteBuffer, ByteBuffer> then;
    try (KvStore store = stores.open(BUCKET)) {
      putMany(store, 0, 500, 1);
      put(store, 600, "k000100", null, "", "the empty key");
      then = all(store);
      try (KvCheckpoint checkpoint = store.checkpoint()) {
        putMany(store, 0, 1000, 2);
        assertThat(checkpoint.offset()).isEqualTo(600);
        files = checkpoint.files();
        contents = contents(checkpoint);
        assertThat(contents.keySet())
            .containsExactlyElementsOf(files.stream().map(KvFile::name).toList());
        KvFile first = files.get(0);
        assertThatIllegalArgumentException()
            .isThrownBy(() -> checkpoint.read(first, 1, (int) first.size()))
            .withMessageContaining(first.name());
        assertThatIllegalArgumentException()
            .isThrownBy(() -> checkpoint.read(new KvFile("other", 1, first.sha256()), 0, 1))
            .withMessageContaining("other");
      }
      assertThat(all(store)).hasSize(1001);
    }
    try (KvStore restored = restore(target, contents, files)) {
      assertThat(restored.offset()).isEqualTo(600);
      assertThat(all(restored)).isEqualTo(then);
      putMany(restored, 100, 1, 3);
      assertThat(restored.offset()).isEqualTo(601);
    }
    restart();
    assertThat(stores.local()).containsExactly(BUCKET, target);
    try (KvStore restored = stores.open(target)) {
      assertThat(restored.offset()).isEqualTo(601);
      assertThat(get(restored, "k000099", "k000100")).containsExactly("v99.1", "v100.3");
      assertThat(all(restored)).hasSize(then.size() + 1);
    }
  }

  @Test
  void aRestoredStoreReplacesWhatWasThere() {
    List<KvFile> files;
    Map<String, byte[]> contents;
    try (KvStore store = stores.open(BUCKET)) {
      put(store, 10, "a", "1");
      try (KvCheckpoint checkpoint = store.checkpoint()) {
        files = checkpoint.files();
        contents = contents(checkpoint);
      }
      put(store, 20, "a", "2", "b", "2");
    }
    try (KvStore restored = restore(BUCKET, contents, files)) {
      assertThat(restored.offset()).isEqualTo(10);
      assertThat(get(restored, "a", "b")).containsExactly("1", null);
    }
    restart();
    try (KvStore restored = stores.open(BUCKET)) {
      assertThat(restored.offset()).isEqualTo(10);
      assertThat(get(restored, "a", "b")).containsExactly("1", null);
    }
  }

  @Test
  void aCheckpointOfAnEmptyStoreCanBeRestored() {
    List<KvFile> files;
    Map<String, byte[]> contents;
    try (KvStore store = stores.open(BUCKET);
        KvCheckpoint checkpoint = store.checkpoint()) {
      assertThat(checkpoint.offset()).isZero();
      files = checkpoint.files();
      contents = contents(checkpoint);
    }
    try (KvStore restored = restore(new TableBucket(8, 0), contents, files)) {
      assertThat(restored.offset()).isZero();
      assertThat(all(restored)).isEmpty();
      put(restored, 1, "a", "1");
    }
  }

  @Test
  void aSecondCheckpointSharesMostFilesWithTheFirst() {
    try (KvStore store = stores.open(BUCKET)) {
      putMany(store, 0, 20_000, 1);
      Set<KvFile> first;
      try (KvCheckpoint checkpoint = store.checkpoint()) {
        first = new TreeSet<>((one, two) -> one.name().compareTo(two.name()));
        first.addAll(checkpoint.files());
      }
      putMany(store, 50, 3, 2);
      try (KvCheckpoint checkpoint = store.checkpoint()) {
        long sharedBytes =
            checkpoint.files().stream().filter(first::contains).mapToLong(KvFile::size).sum();
        long newBytes =
            checkpoint.files().stream()
                .filter(file -> !Set.copyOf(first).contains(file))
                .mapToLong(KvFile::size)
                .sum();
        assertThat(newBytes)
            .as("%d bytes are shared", sharedBytes)
            .isLessThan(first.stream().mapToLong(KvFile::size).sum() / 3);
      }
    }
  }

  @Test
  void severalCheckpointsMayBeOpen() {
    try (KvStore store = stores.open(BUCKET)) {
      put(store, 1, "a", "1");
      try (KvCheckpoint first = store.checkpoint()) {
        put(store, 2, "a", "2");
        Map<String, byte[]> contentsOfFirst;
        try (KvCheckpoint second = store.checkpoint()) {
          put(store, 3, "a", "3");
          assertThat(second.offset()).isEqualTo(2);
          contentsOfFirst = contents(first);
        }
        TableBucket target = new TableBucket(8, 0);
        try (KvStore restored = restore(target, contentsOfFirst, first.files())) {
          assertThat(get(restored, "a")).containsExactly("1");
        }
      }
    }
  }

  private void assertRestoreFails(UnaryOperator<Map<String, byte[]>> damage, String largestFileIs) {
    List<KvFile> files;
    Map<String, byte[]> contents;
    Map<ByteBuffer, ByteBuffer> before;
    try (KvStore store = stores.open(BUCKET)) {
      putMany(store, 0, 100, 1);
      try (KvCheckpoint checkpoint = store.checkpoint()) {
        files = checkpoint.files();
        contents = contents(checkpoint);
      }
      put(store, 1000, "a", "later");
      before = all(store);
    }
    for (KvFile file : files) {
      Map<String, byte[]> damaged = damage.apply(only(contents, file.name()));
      Map<String, byte[]> whole = new TreeMap<>(contents);
      whole.remove(file.name());
      whole.putAll(damaged);
      try (KvRestore restore = stores.restore(BUCKET)) {
        write(restore, whole);
        assertThatThrownBy(() -> restore.open(files))
            .as("%s %s", file, largestFileIs)
            .isInstanceOf(KvStoreException.class)
            .hasMessageContaining(file.name())
            .hasMessageContaining(BUCKET.toString());
      }
    }
    try (KvStore store = stores.open(BUCKET)) {
      assertThat(store.offset()).isEqualTo(1000);
      assertThat(all(store)).isEqualTo(before);
    }
    assertThat(stores.local()).containsExactly(BUCKET);
  }

  private static Map<String, byte[]> only(Map<String, byte[]> contents, String name) {
    return new TreeMap<>(Map.of(name, contents.get(name).clone()));
  }

  @Test
  void aMissingFileIsNoticedAndTheOldStoreStays() {
    assertRestoreFails(file -> Map.of(), "missing");
  }

  @Test
  void aTruncatedFileIsNoticedAndTheOldStoreStays() {
    assertRestoreFails(
        file ->
            file.entrySet().stream()
                .collect(
                    Collectors.toMap(
                        Map.Entry::getKey,
                        each -> Arrays.copyOf(each.getValue(), each.getValue().length - 1))),
        "truncated");
  }

  @Test
  void aFlippedBitIsNoticedAndTheOldStoreStays() {
    assertRestoreFails(
        file -> {
          file.values().forEach(content -> content[content.length / 2] ^= 4);
          return file;
        },
        "flipped");
  }

  @Test
  void filesThatMakeNoStoreAreNoticed() {
    List<KvFile> files;
    Map<String, byte[]> contents;
    try (KvStore store = stores.open(BUCKET)) {
      putMany(store, 0, 100, 1);
      try (KvCheckpoint checkpoint = store.checkpoint()) {
        files = checkpoint.files();
        contents = contents(checkpoint);
      }
    }
    KvFile largest =
        files.stream().max((one, two) -> Long.compare(one.size(), two.size())).orElseThrow();
    for (KvFile left : List.of(largest, files.get(0))) {
      try (KvRestore restore = stores.restore(BUCKET)) {
        write(restore, only(contents, left.name()));
        assertThatThrownBy(() -> restore.open(List.of(left))).isInstanceOf(KvStoreException.class);
      }
    }
    try (KvRestore restore = stores.restore(new TableBucket(9, 9))) {
      assertThatThrownBy(() -> restore.open(List.of())).isInstanceOf(KvStoreException.class);
    }
    assertThat(stores.local()).containsExactly(BUCKET);
    try (KvStore store = stores.open(BUCKET)) {
      assertThat(all(store)).hasSize(100);
    }
  }

  @Test
  void aRestoreGivenUpLeavesNothing() {
    try (KvRestore restore = stores.restore(BUCKET)) {
      restore.write("a", ByteBuffer.wrap(bytes("1")));
    }
    assertThat(stores.local()).isEmpty();
    restart();
    assertThat(stores.local()).isEmpty();
    try (KvStore store = stores.open(BUCKET)) {
      assertThat(store.offset()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "..", "../a", "a/b", ".hidden", "a\0b", "ä"})
  void aFileNameCannotLeadElsewhere(String name) {
    try (KvRestore restore = stores.restore(BUCKET)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> restore.write(name, ByteBuffer.wrap(bytes("1"))))
          .withMessageContaining("'" + name + "'");
    }
  }

  /** Random calls against a sorted map. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void behavesAsASortedMap(long seed) {
    SeededRandom random = new SeededRandom(seed);
    TreeMap<byte[], byte[]> model = new TreeMap<>(Arrays::compareUnsigned);
    long offset = 0;
    KvStore store = stores.open(BUCKET);
    for (int step = 0; step < 300; step++) {
      int dice = random.nextInt(100);
      if (dice < 60) {
        BinaryList keys = new BinaryList();
        BinaryList values = new BinaryList();
        for (int rows = random.nextInt(50); rows > 0; rows--) {
          byte[] key = key(random);
          keys.add(key, 0, key.length);
          if (random.nextInt(4) == 0) {
            values.addAbsent();
            model.remove(key);
          } else {
            byte[] value = randomBytes(random, random.nextInt(300));
            values.add(value, 0, value.length);
            model.put(key, value);
          }
        }
        offset += random.nextInt(60);
        store.write(keys, values, offset);
      } else if (dice < 80) {
        BinaryList keys = new BinaryList();
        for (int i = random.nextInt(20); i > 0; i--) {
          byte[] key = key(random);
          keys.add(key, 0, key.length);
        }
        BinaryList found = new BinaryList();
        store.get(keys, found);
        assertThat(found.count()).isEqualTo(keys.count());
        for (int i = 0; i < keys.count(); i++) {
          assertThat(found.get(i)).isEqualTo(model.get(keys.get(i)));
        }
      } else if (dice < 96) {
        byte[] from = key(random);
        byte[] to = random.nextInt(3) == 0 ? NONE : key(random);
        Map<ByteBuffer, ByteBuffer> expected = new LinkedHashMap<>();
        model.forEach(
            (key, value) -> {
              if (Arrays.compareUnsigned(key, from) >= 0
                  && (to.length == 0 || Arrays.compareUnsigned(key, to) < 0)) {
                expected.put(ByteBuffer.wrap(key), ByteBuffer.wrap(value));
              }
            });
        try (KvView view = store.view()) {
          assertThat(
                  scan(view, from, to, 1 + random.nextInt(30), 1 + random.nextInt(5000)).entrySet())
              .containsExactlyElementsOf(expected.entrySet());
        }
      } else {
        store.close();
        restart();
        store = stores.open(BUCKET);
      }
      assertThat(store.offset()).isEqualTo(offset);
    }
    store.close();
  }

  private static byte[] key(SeededRandom random) {
    byte[] key = new byte[random.nextInt(4)];
    for (int i = 0; i < key.length; i++) {
      key[i] = (byte) (0xf0 | random.nextInt(16));
    }
    return key;
  }
}
