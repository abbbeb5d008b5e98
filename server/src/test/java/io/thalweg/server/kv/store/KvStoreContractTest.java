package io.thalweg.server.kv.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.thalweg.format.row.BinaryList;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.runtime.SeededRandom;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The contract of {@link KvStores} for writing and finding rows. Each implementation runs it. */
public abstract class KvStoreContractTest extends KvStoresFixture {
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
      assertThat(stores.local()).isEqualTo(Set.of(BUCKET, other));
    }
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
      } else if (remembersClosed()) {
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
