package io.thalweg.benchmark.measure;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;

/** What this machine can do at most, measured in the same run. */
public final class Reference {
  private Reference() {}

  /** Sequential writes of {@code groupBytes} to one file, each with fdatasync; MB/s. */
  public static double syncedWrites(Path directory, long totalBytes, int groupBytes)
      throws IOException {
    Path file = Files.createTempFile(directory, "reference", ".bin");
    byte[] noise = new byte[groupBytes];
    new Random(1).nextBytes(noise);
    ByteBuffer group = ByteBuffer.allocateDirect(groupBytes).put(noise).flip();
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      long begin = System.nanoTime();
      long written = 0;
      while (written < totalBytes) {
        ByteBuffer next = group.duplicate();
        while (next.hasRemaining()) {
          written += channel.write(next);
        }
        channel.force(false);
      }
      return written * 1e3 / (System.nanoTime() - begin);
    } finally {
      Files.delete(file);
    }
  }

  /** Copies of a buffer much larger than the caches; MB/s. */
  public static double memoryCopy() {
    int size = 256 << 20;
    ByteBuffer from = ByteBuffer.allocateDirect(size);
    ByteBuffer to = ByteBuffer.allocateDirect(size);
    to.put(0, from, 0, size);
    long begin = System.nanoTime();
    int rounds = 8;
    for (int i = 0; i < rounds; i++) {
      to.put(0, from, 0, size);
    }
    return (double) size * rounds * 1e3 / (System.nanoTime() - begin);
  }
}
