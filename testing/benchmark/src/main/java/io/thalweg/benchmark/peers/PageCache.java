package io.thalweg.benchmark.peers;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Lets the system forget what it keeps of files in memory, so that the next read comes from the
 * disk. Stateless.
 */
public final class PageCache {
  private PageCache() {}

  /** Writes all files below a directory to the disk and drops their pages. */
  public static void drop(Path directory) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.walk(directory)) {
      files = all.filter(Files::isRegularFile).toList();
    }
    for (Path file : files) {
      drop(file.toString());
    }
  }

  /** Java cannot do this; dd can, without copying anything. */
  private static void drop(String file) throws IOException {
    Process process =
        new ProcessBuilder("dd", "of=" + file, "oflag=nocache", "conv=notrunc,fdatasync", "count=0")
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new IOException("cannot drop the pages of " + file + ": " + said);
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", interrupted);
    }
  }
}
