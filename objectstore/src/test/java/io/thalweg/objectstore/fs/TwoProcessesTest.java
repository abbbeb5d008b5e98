package io.thalweg.objectstore.fs;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.objectstore.ObjectStore.MultipartUpload;
import io.thalweg.objectstore.ObjectStore.ObjectInfo;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A root shared with another process. */
class TwoProcessesTest {
  @TempDir Path root;

  /** The other process: opens the root and closes it. */
  static final class Opener {
    private Opener() {}

    public static void main(String[] args) {
      new FileObjectStore(Path.of(args[0]), 1, 1).close();
    }
  }

  @Test
  void anotherProcessLeavesTheTemporaryFilesOfOpenStoresAlone() throws Exception {
    try (FileObjectStore first = new FileObjectStore(root, 1, 10);
        FileObjectStore second = new FileObjectStore(root, 1, 10)) {
      MultipartUpload one = begin(first, "one");
      MultipartUpload two = begin(second, "two");

      openInAnotherProcess();

      await(one.complete());
      await(two.complete());
      assertThat(await(first.list("", "", 10)))
          .containsExactly(new ObjectInfo("one", 4), new ObjectInfo("two", 4));
    }
  }

  private static MultipartUpload begin(FileObjectStore store, String key) throws Exception {
    MultipartUpload upload = await(store.startMultipart(key));
    await(upload.part(1, List.of(ByteBuffer.wrap(new byte[] {1, 2, 3, 4}))));
    return upload;
  }

  private void openInAnotherProcess() throws Exception {
    Process other =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Opener.class.getName(),
                root.toString())
            .inheritIO()
            .start();
    assertThat(other.waitFor(60, TimeUnit.SECONDS)).as("the other process ends").isTrue();
    assertThat(other.exitValue()).isZero();
  }

  private static <T> T await(CompletableFuture<T> future) throws Exception {
    return future.get(30, TimeUnit.SECONDS);
  }
}
