package io.thalweg.objectstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.thalweg.objectstore.ObjectStore.MultipartUpload;
import io.thalweg.objectstore.ObjectStore.ObjectInfo;
import io.thalweg.objectstore.ObjectStoreException.Kind;
import io.thalweg.runtime.SeededRandom;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every {@link ObjectStore} promises. Each implementation runs it. */
public abstract class ObjectStoreContractTest extends ObjectListingContract {
  private static byte[] randomBytes(SeededRandom random, int size) {
    ByteBuffer bytes = ByteBuffer.allocate(size + Long.BYTES);
    while (bytes.position() < size) {
      bytes.putLong(random.nextLong());
    }
    return Arrays.copyOf(bytes.array(), size);
  }

  @Test
  void whatIsPutCanBeReadWholeAndInRanges() throws Exception {
    await(store.put("wal/0a/17/1", content("0123456789")));

    assertThat(read("wal/0a/17/1")).isEqualTo("0123456789");
    assertThat(await(store.get("wal/0a/17/1", 3, 4)))
        .isEqualTo(ByteBuffer.wrap("3456".getBytes(StandardCharsets.UTF_8)));
    assertThat(await(store.get("wal/0a/17/1", 10, 0)).remaining()).isZero();
    assertThat(await(store.head("wal/0a/17/1"))).contains(new ObjectInfo("wal/0a/17/1", 10));
  }

  @Test
  void buffersAreConcatenatedFromPositionToLimitAndLeftAsTheyWere() throws Exception {
    ByteBuffer heap = ByteBuffer.wrap("xxabcxx".getBytes(StandardCharsets.UTF_8), 2, 3);
    ByteBuffer direct = ByteBuffer.allocateDirect(8);
    direct.put("defgh---".getBytes(StandardCharsets.UTF_8)).position(1).limit(4);
    ByteBuffer readOnly = ByteBuffer.wrap(new byte[] {'!'}).asReadOnlyBuffer();

    await(store.put("k", List.of(heap, ByteBuffer.allocate(0), direct, readOnly)));

    assertThat(read("k")).isEqualTo("abcefg!");
    assertThat(heap.position()).isEqualTo(2);
    assertThat(heap.limit()).isEqualTo(5);
    assertThat(direct.position()).isEqualTo(1);
    assertThat(direct.limit()).isEqualTo(4);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void largeContentInManyBuffersComesBackUnchanged(long seed) throws Exception {
    SeededRandom random = new SeededRandom(seed);
    byte[] bytes = randomBytes(random, 3_000_000 + random.nextInt(1000));
    List<ByteBuffer> buffers = new ArrayList<>();
    for (int at = 0; at < bytes.length; ) {
      int size = random.nextInt(50) == 0 ? random.nextInt(2_000_000) : random.nextInt(3000);
      int length = Math.min(bytes.length - at, size);
      buffers.add(ByteBuffer.wrap(bytes, at, length));
      at += length;
    }

    await(store.put("large", buffers));

    assertThat(await(store.get("large", 0, bytes.length)))
        .as("seed %d", seed)
        .isEqualTo(ByteBuffer.wrap(bytes));
    for (int i = 0; i < 20; i++) {
      int offset = random.nextInt(bytes.length);
      int length = random.nextInt(bytes.length - offset + 1);
      assertThat(await(store.get("large", offset, length)))
          .as("seed %d, %d bytes from %d", seed, length, offset)
          .isEqualTo(ByteBuffer.wrap(bytes, offset, length));
    }
  }

  @Test
  void anObjectMayBeEmpty() throws Exception {
    await(store.put("empty", List.of()));

    assertThat(await(store.head("empty"))).contains(new ObjectInfo("empty", 0));
    assertThat(await(store.get("empty", 0, 0)).remaining()).isZero();
  }

  @Test
  void theBufferThatIsReadBelongsToTheCaller() throws Exception {
    await(store.put("k", content("abc")));

    await(store.get("k", 0, 3)).put(0, (byte) 'X');

    assertThat(read("k")).isEqualTo("abc");
  }

  @Test
  void absentObjectsAreNotFound() throws Exception {
    await(store.put("a/b", content("x")));

    assertFails(Kind.NOT_FOUND, store.get("b", 0, 1));
    assertFails(Kind.NOT_FOUND, store.get("a", 0, 1));
    assertFails(Kind.NOT_FOUND, store.get("a/b/c", 0, 1));
    assertThat(await(store.head("b"))).isEmpty();
    assertThat(await(store.head("a"))).isEmpty();
    assertThat(await(store.head("a/b/c"))).isEmpty();
  }

  @Test
  void rangesOutsideTheObjectAreInvalid() throws Exception {
    await(store.put("k", content("0123456789")));

    assertFails(Kind.INVALID, store.get("k", 0, 11));
    assertFails(Kind.INVALID, store.get("k", 10, 1));
    assertFails(Kind.INVALID, store.get("k", 11, 0));
    assertFails(Kind.INVALID, store.get("k", -1, 1));
    assertFails(Kind.INVALID, store.get("k", 0, -1));
    assertFails(Kind.INVALID, store.get("k", Long.MAX_VALUE, Integer.MAX_VALUE));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "/", "a/", "/a", "a//b", ".", "..", "../a", "a/../b", "a/./b", ".hidden", "a/.tmp",
        "a b", "ä", "a\\b", "a\0b", "a:b", "a\nb"
      })
  void keysThatAreNotPlainSegmentsAreInvalid(String key) throws Exception {
    assertFails(Kind.INVALID, store.put(key, content("x")));
    assertFails(Kind.INVALID, store.putIfAbsent(key, content("x")));
    assertFails(Kind.INVALID, store.get(key, 0, 1));
    assertFails(Kind.INVALID, store.head(key));
    assertFails(Kind.INVALID, store.delete(List.of(key)));
    assertFails(Kind.INVALID, store.startMultipart(key));
    assertThat(await(store.list("", "", 10))).isEmpty();
  }

  @Test
  void keysHaveALongestSegmentAndALongestWhole() throws Exception {
    String segment = "s".repeat(ObjectStoreArguments.MAX_SEGMENT_LENGTH);
    String longest = segment + "/" + segment + "/" + "t".repeat(110);
    assertThat(longest).hasSize(ObjectStore.MAX_KEY_LENGTH);

    await(store.put(longest, content("x")));

    assertThat(read(longest)).isEqualTo("x");
    assertFails(Kind.INVALID, store.put(longest + "t", content("x")));
    assertFails(Kind.INVALID, store.put(segment + "s", content("x")));
  }

  @Test
  void puttingTheSameBytesAgainSucceeds() throws Exception {
    await(store.put("k", content("same")));
    await(store.put("k", content("same")));

    assertThat(read("k")).isEqualTo("same");
  }

  @Test
  void puttingContentOfAnotherSizeUnderTheSameKeyIsInvalid() throws Exception {
    await(store.put("k", content("first")));

    assertFails(Kind.INVALID, store.put("k", content("second")));

    assertThat(read("k")).isEqualTo("first");
  }

  @Test
  void anObjectCannotBeTheDirectoryOfAnother() throws Exception {
    assumeTrue(hasDirectories(), "this store has no directories");
    await(store.put("a/b/c", content("x")));

    assertFails(Kind.INVALID, store.put("a", content("x")));
    assertFails(Kind.INVALID, store.put("a/b", content("x")));
    assertFails(Kind.INVALID, store.putIfAbsent("a/b", content("x")));
    assertFails(Kind.INVALID, store.put("a/b/c/d", content("x")));
    assertFails(Kind.INVALID, store.putIfAbsent("a/b/c/d/e", content("x")));
    assertThat(await(store.list("", "", 10))).containsExactly(new ObjectInfo("a/b/c", 1));

    await(store.delete(List.of("a/b/c")));
    await(store.put("a", content("now it can")));
    assertThat(read("a")).isEqualTo("now it can");
  }

  @Test
  void putIfAbsentStoresOnce() throws Exception {
    assertThat(await(store.putIfAbsent("k", content("first")))).isTrue();
    assertThat(await(store.putIfAbsent("k", content("other, longer")))).isFalse();
    assertThat(read("k")).isEqualTo("first");

    await(store.delete(List.of("k")));
    assertThat(await(store.putIfAbsent("k", content("third")))).isTrue();
  }

  @Test
  void ofManyAtOnceExactlyOnePutIfAbsentWins() throws Exception {
    for (int round = 0; round < 20; round++) {
      String key = "leader/" + round;
      List<CompletableFuture<Boolean>> all = new ArrayList<>();
      for (int candidate = 0; candidate < 16; candidate++) {
        all.add(store.putIfAbsent(key, content("candidate " + candidate)));
      }
      List<Integer> winners = new ArrayList<>();
      for (int candidate = 0; candidate < all.size(); candidate++) {
        if (await(all.get(candidate))) {
          winners.add(candidate);
        }
      }
      assertThat(winners).as("round %d", round).hasSize(1);
      assertThat(read(key)).isEqualTo("candidate " + winners.get(0));
    }
  }

  @Test
  void deletingIsIdempotentAndTakesABatch() throws Exception {
    List<String> keys = IntStream.range(0, 50).mapToObj(i -> "d/" + i % 7 + "/" + i).toList();
    for (String key : keys) {
      await(store.put(key, content(key)));
    }
    await(store.put("d/kept", content("x")));

    await(store.delete(keys));
    await(store.delete(keys));
    await(store.delete(List.of("d", "never/was", "d/kept/below")));
    await(store.delete(List.of()));

    assertThat(await(store.list("", "", 100))).containsExactly(new ObjectInfo("d/kept", 1));
    assertFails(Kind.INVALID, store.delete(Collections.nCopies(ObjectStore.MAX_BATCH + 1, "k")));
  }

  @Test
  void putsAndDeletionsInOneDirectoryDoNotDisturbEachOther() throws Exception {
    List<CompletableFuture<?>> all = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      all.add(store.put("deep/er/kept" + i, content("x")));
      String gone = "deep/er/gone" + i;
      all.add(store.put(gone, content("x")).thenCompose(stored -> store.delete(List.of(gone))));
    }
    for (CompletableFuture<?> each : all) {
      await(each);
    }

    assertThat(await(store.list("deep/er/kept", "", 1000))).hasSize(300);
    assertThat(await(store.list("deep/er/gone", "", 1000))).isEmpty();
  }

  @Test
  void partsBecomeOneObjectOnCompletion() throws Exception {
    byte[] first = randomBytes(new SeededRandom(5), MultipartUpload.MIN_PART);
    byte[] second = randomBytes(new SeededRandom(6), MultipartUpload.MIN_PART + 3);
    MultipartUpload upload = await(store.startMultipart("seg/1"));
    CompletableFuture<Void> third = upload.part(3, content("end"));
    CompletableFuture<Void> replaced = upload.part(2, content("replaced later"));
    await(replaced);
    await(upload.part(2, List.of(ByteBuffer.wrap(second))));
    await(upload.part(1, List.of(ByteBuffer.wrap(first))));
    await(third);
    assertThat(await(store.list("", "", 10))).isEmpty();

    await(upload.complete());
    await(upload.complete());
    await(upload.abort());

    int size = first.length + second.length + 3;
    ByteBuffer expected = ByteBuffer.allocate(size).put(first).put(second);
    expected.put("end".getBytes(StandardCharsets.UTF_8)).flip();
    assertThat(await(store.get("seg/1", 0, size))).isEqualTo(expected);
    assertFails(Kind.INVALID, upload.part(4, content("x")));
  }

  @Test
  void completionRefusesGapsAndSmallParts() throws Exception {
    MultipartUpload upload = await(store.startMultipart("seg/1"));
    assertFails(Kind.INVALID, upload.complete());
    await(upload.part(2, content("end")));
    assertFails(Kind.INVALID, upload.complete());
    await(upload.part(1, content("too small")));
    assertFails(Kind.INVALID, upload.complete());
    assertFails(Kind.INVALID, upload.part(0, content("x")));
    assertFails(Kind.INVALID, upload.part(10_001, content("x")));

    await(upload.part(1, List.of(ByteBuffer.allocate(MultipartUpload.MIN_PART))));
    await(upload.complete());
    assertThat(await(store.head("seg/1")).map(ObjectInfo::size))
        .isEqualTo(Optional.of(MultipartUpload.MIN_PART + 3L));
  }

  @Test
  void anAbortedUploadLeavesNothing() throws Exception {
    MultipartUpload upload = await(store.startMultipart("seg/1"));
    await(upload.part(1, content("x")));

    await(upload.abort());
    await(upload.abort());

    assertThat(await(store.list("", "", 10))).isEmpty();
    assertFails(Kind.INVALID, upload.complete());
    assertFails(Kind.INVALID, upload.part(1, content("x")));
  }

  @Test
  void completionOverAnObjectOfAnotherSizeIsInvalid() throws Exception {
    await(store.put("seg/1", content("first")));
    MultipartUpload upload = await(store.startMultipart("seg/1"));
    await(upload.part(1, content("another")));

    assertFails(Kind.INVALID, upload.complete());
    await(upload.abort());

    assertThat(read("seg/1")).isEqualTo("first");
  }

  @Test
  void afterCloseEveryCallIsUnavailable() throws Exception {
    MultipartUpload upload = await(store.startMultipart("seg/1"));
    await(store.put("k", content("x")));

    store.close();
    store.close();

    assertFails(Kind.UNAVAILABLE, store.put("k", content("x")));
    assertFails(Kind.UNAVAILABLE, store.putIfAbsent("k", content("x")));
    assertFails(Kind.UNAVAILABLE, store.get("k", 0, 1));
    assertFails(Kind.UNAVAILABLE, store.head("k"));
    assertFails(Kind.UNAVAILABLE, store.list("", "", 1));
    assertFails(Kind.UNAVAILABLE, store.delete(List.of("k")));
    assertFails(Kind.UNAVAILABLE, store.startMultipart("k"));
    assertFails(Kind.UNAVAILABLE, upload.part(1, content("x")));
    assertFails(Kind.UNAVAILABLE, upload.complete());
  }

  @Test
  void failuresNameTheOperationAndTheKey() throws Exception {
    assertThat(failure(store.get("some/key", 0, 1))).hasMessageContainingAll("get", "some/key");
    assertThat(failure(store.put("bad key", content("x"))))
        .hasMessageContainingAll("put", "bad key", "U+0020");
    store.close();
    assertThat(failure(store.head("some/key")).getMessage().toLowerCase(Locale.ROOT))
        .contains("head", "some/key");
  }
}
