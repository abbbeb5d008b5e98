package io.thalweg.server.kv.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.schema.TableBucket;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The contract of {@link KvStores} for checkpoints and restores. Each implementation runs it. */
public abstract class KvCheckpointContractTest extends KvStoresFixture {
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
}
