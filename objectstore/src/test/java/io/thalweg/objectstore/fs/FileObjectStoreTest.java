package io.thalweg.objectstore.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.objectstore.ObjectStore.MultipartUpload;
import io.thalweg.objectstore.ObjectStore.ObjectInfo;
import io.thalweg.objectstore.ObjectStoreException;
import io.thalweg.objectstore.ObjectStoreException.Kind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Cases special to files: temporary files, directories, several stores on one root. */
class FileObjectStoreTest {
  @TempDir Path root;

  private FileObjectStore open() {
    return new FileObjectStore(root, 4, 1000);
  }

  private static <T> T await(CompletableFuture<T> future) throws Exception {
    return future.get(30, TimeUnit.SECONDS);
  }

  private static Kind kindOf(CompletableFuture<?> future) throws Exception {
    try {
      future.get(30, TimeUnit.SECONDS);
    } catch (ExecutionException failed) {
      return ((ObjectStoreException) failed.getCause()).kind();
    }
    throw new AssertionError("did not fail");
  }

  private static List<ByteBuffer> content(String text) {
    return List.of(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
  }

  /** Files under the root, temporary ones included, locks excluded. */
  private List<String> files() throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      return all.filter(Files::isRegularFile)
          .filter(file -> !file.endsWith("lock"))
          .map(file -> root.relativize(file).toString())
          .sorted()
          .toList();
    }
  }

  @Test
  void anObjectIsAFileOfItsKey() throws Exception {
    try (FileObjectStore store = open()) {
      await(store.put("wal/0a/1", content("abc")));

      assertThat(files()).containsExactly("wal/0a/1");
      assertThat(Files.readString(root.resolve("wal/0a/1"))).isEqualTo("abc");
    }
  }

  @Test
  void aRootThatIsAbsentIsMade() throws Exception {
    try (FileObjectStore store = new FileObjectStore(root.resolve("not/there/yet"), 1, 10)) {
      await(store.put("k", content("abc")));
    }
    assertThat(Files.readString(root.resolve("not/there/yet/k"))).isEqualTo("abc");
  }

  @Test
  void aRootThatIsAFileIsRefused() throws Exception {
    Path file = Files.writeString(root.resolve("file"), "x");

    assertThatThrownBy(() -> new FileObjectStore(file, 1, 10))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining(file.toString());
  }

  @Test
  void aCrashInTheMiddleOfAPutLeavesNoObjectAndItsFileIsRemovedAtOpen() throws Exception {
    Path dead = Files.createDirectories(root.resolve(".tmp/open-17"));
    Files.writeString(dead.resolve("lock"), "");
    Files.writeString(dead.resolve("1"), "half of an obj");
    Files.writeString(root.resolve(".tmp/stray"), "left by nobody knows whom");
    Files.createDirectories(root.resolve("wal/0a"));

    try (FileObjectStore store = open()) {
      assertThat(files()).isEmpty();
      assertThat(dead).doesNotExist();
      assertThat(await(store.list("", "", 10))).isEmpty();
      assertThat(await(store.putIfAbsent("wal/0a/1", content("whole")))).isTrue();
    }
  }

  @Test
  void objectsOutliveTheStore() throws Exception {
    try (FileObjectStore store = open()) {
      await(store.put("a/b", content("abc")));
    }
    try (FileObjectStore store = open()) {
      assertThat(await(store.list("", "", 10))).containsExactly(new ObjectInfo("a/b", 3));
    }
  }

  @Test
  void temporaryFilesOfAStoreThatIsOpenStayUntilItCloses() throws Exception {
    try (FileObjectStore first = open()) {
      MultipartUpload upload = await(first.startMultipart("k"));
      await(upload.part(1, content("part")));
      try (FileObjectStore second = open()) {
        assertThat(await(second.list("", "", 10))).isEmpty();
        await(upload.complete());
        assertThat(await(second.head("k"))).contains(new ObjectInfo("k", 4));
      }
      await(await(first.startMultipart("never-ended")).part(1, content("part")));
      assertThat(files()).hasSize(2);
    }
    assertThat(files()).containsExactly("k");
    assertThat(root.resolve(".tmp")).isDirectoryContaining("glob:**/lock");
    try (Stream<Path> left = Files.list(root.resolve(".tmp"))) {
      assertThat(left).hasSize(1);
    }
  }

  @Test
  void noCallLeavesATemporaryFile() throws Exception {
    try (FileObjectStore store = open()) {
      await(store.put("a/b", content("abc")));
      await(store.put("a/b", content("abc")));
      await(store.putIfAbsent("a/b", content("other")));
      assertThat(kindOf(store.put("a/b/c", content("x")))).isEqualTo(Kind.INVALID);
      assertThat(kindOf(store.putIfAbsent("a", content("x")))).isEqualTo(Kind.INVALID);
      MultipartUpload completed = await(store.startMultipart("m"));
      await(completed.part(1, content("x")));
      await(completed.part(1, content("y")));
      await(completed.complete());
      MultipartUpload aborted = await(store.startMultipart("n"));
      await(aborted.part(1, content("x")));
      await(aborted.abort());

      assertThat(files()).containsExactly("a/b", "m");
    }
  }

  /**
   * Parts in their order are the object's file; what comes otherwise is copied, and is the same.
   */
  @Test
  void partsOfAnyOrderAndSizeMakeTheirObject() throws Exception {
    Random random = new Random(3);
    for (int round = 0; round < 12; round++) {
      boolean inOrder = round % 3 == 0;
      boolean again = round % 3 == 2;
      int count = 1 + random.nextInt(3);
      ByteArrayOutputStream whole = new ByteArrayOutputStream();
      List<byte[]> parts = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        int more = round % 2 == 0 ? 4096 * random.nextInt(9) : random.nextInt(100_000);
        byte[] part =
            new byte
                [i == count - 1 ? 1 + random.nextInt(200_000) : MultipartUpload.MIN_PART + more];
        random.nextBytes(part);
        parts.add(part);
        whole.writeBytes(part);
      }
      List<Integer> order = new ArrayList<>(IntStream.range(0, count).boxed().toList());
      if (!inOrder) {
        Collections.shuffle(order, random);
      }
      if (again) {
        order.add(random.nextInt(count));
      }
      try (FileObjectStore store = open()) {
        String key = "k" + round;
        MultipartUpload upload = await(store.startMultipart(key));
        List<CompletableFuture<Void>> sent = new ArrayList<>();
        for (int part : order) {
          sent.add(upload.part(part + 1, List.of(ByteBuffer.wrap(parts.get(part)))));
        }
        for (CompletableFuture<Void> each : sent) {
          await(each);
        }
        await(upload.complete());
        assertThat(Files.readAllBytes(root.resolve(key))).isEqualTo(whole.toByteArray());
      }
    }
  }

  /** The object of a completed upload is nobody's to change. */
  @Test
  void aPartThatIsStillWrittenDoesNotReachTheObject() throws Exception {
    try (FileObjectStore store = open()) {
      for (int i = 0; i < 20; i++) {
        MultipartUpload upload = await(store.startMultipart("k" + i));
        await(upload.part(1, content("first")));
        CompletableFuture<Void> late =
            upload.part(1, List.of(ByteBuffer.allocate(MultipartUpload.MIN_PART)));
        await(upload.complete());
        long size = await(store.head("k" + i)).orElseThrow().size();
        assertThat(size).isIn(5L, (long) MultipartUpload.MIN_PART);
        late.handle((done, failure) -> null).get(30, TimeUnit.SECONDS);
        assertThat(await(store.head("k" + i)).orElseThrow().size()).isEqualTo(size);
      }
    }
  }

  @Test
  void aPutThatWouldUseTheReserveFindsNoSpaceAndStoresNothing() throws Exception {
    var config = new FileObjectStoreConfig(root, 1, 10, Long.MAX_VALUE, true);
    try (FileObjectStore store = new FileObjectStore(config)) {
      assertThat(kindOf(store.put("k", content("x")))).isEqualTo(Kind.NO_SPACE);
      assertThat(kindOf(store.putIfAbsent("k", content("x")))).isEqualTo(Kind.NO_SPACE);
      MultipartUpload upload = await(store.startMultipart("k"));
      assertThat(kindOf(upload.part(1, content("x")))).isEqualTo(Kind.NO_SPACE);
      assertThat(files()).isEmpty();
    }
  }

  @Test
  void directoriesThatDeletionEmptiedAreRemoved() throws Exception {
    try (FileObjectStore store = open()) {
      await(store.put("wal/0a/17/1", content("x")));
      await(store.put("wal/0a/17/2", content("x")));
      await(store.put("wal/0b/1", content("x")));

      await(store.delete(List.of("wal/0a/17/1")));
      assertThat(root.resolve("wal/0a/17")).isDirectory();
      await(store.delete(List.of("wal/0a/17/2")));
      assertThat(root.resolve("wal/0a")).doesNotExist();
      assertThat(root.resolve("wal/0b")).isDirectory();

      await(store.put("wal/0a/17/3", content("again")));
      assertThat(files()).containsExactly("wal/0a/17/3", "wal/0b/1");
    }
  }

  @Test
  void aDirectoryThatAnotherProcessRemovedIsMadeAgain() throws Exception {
    try (FileObjectStore store = open()) {
      await(store.put("a/b/1", content("x")));
      for (String gone : List.of("a/b/1", "a/b", "a")) {
        Files.delete(root.resolve(gone));
      }

      await(store.put("a/b/2", content("y")));

      assertThat(files()).containsExactly("a/b/2");
    }
  }

  @Test
  void filesWhoseNamesAreNoKeysAreNotListed() throws Exception {
    Files.writeString(root.resolve("lost+found"), "x");
    Files.writeString(root.resolve(".hidden"), "x");
    Files.createSymbolicLink(root.resolve("link"), root.resolve("k"));
    try (FileObjectStore store = open()) {
      await(store.put("k", content("x")));

      assertThat(await(store.list("", "", 10))).containsExactly(new ObjectInfo("k", 1));
      assertThat(await(store.head("link"))).isEmpty();
    }
  }

  @Test
  void ofTwoStoresOnOneRootExactlyOnePutIfAbsentWins() throws Exception {
    try (FileObjectStore first = open();
        FileObjectStore second = open()) {
      for (int round = 0; round < 50; round++) {
        List<CompletableFuture<Boolean>> all = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
          all.add((i % 2 == 0 ? first : second).putIfAbsent("k" + round, content("by " + i)));
        }
        int winner = -1;
        for (int i = 0; i < all.size(); i++) {
          if (await(all.get(i))) {
            assertThat(winner).as("round %d: earlier winner than %d", round, i).isEqualTo(-1);
            winner = i;
          }
        }
        assertThat(Files.readString(root.resolve("k" + round))).isEqualTo("by " + winner);
      }
    }
  }

  @Test
  void callsAboveTheQueueLimitAreThrottledAndTheOthersServed() throws Exception {
    try (FileObjectStore store = new FileObjectStore(root, 1, 2)) {
      List<CompletableFuture<Void>> all = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        all.add(store.put("k" + i, content("x")));
      }
      List<String> stored = new ArrayList<>();
      for (int i = 0; i < all.size(); i++) {
        if (all.get(i).handle((nothing, failure) -> failure == null).get(30, TimeUnit.SECONDS)) {
          stored.add("k" + i);
        } else {
          assertThat(kindOf(all.get(i))).isEqualTo(Kind.THROTTLED);
        }
      }
      stored.sort(null);
      assertThat(stored).hasSizeGreaterThanOrEqualTo(3);
      assertThat(files()).isEqualTo(stored);
    }
  }
}
