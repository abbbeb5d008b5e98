package io.thalweg.coordinator.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Writes files that are whole on the disk, or do not exist, whatever fails. Stateless. */
public final class DurableFile {
  private DurableFile() {}

  /** Writes a file's content and returns its length. */
  @FunctionalInterface
  public interface Content {
    /** Writes to the channel, from its beginning. */
    long write(FileChannel channel) throws IOException;
  }

  /** Something that is to be done and may fail. */
  @FunctionalInterface
  public interface Step {
    /** Does it. */
    void run() throws IOException;
  }

  /** The file holds all of {@code bytes} or does not exist, whatever fails. */
  public static void write(Path file, byte[] bytes) throws IOException {
    var unused =
        write(
            file,
            channel -> {
              ByteBuffer rest = ByteBuffer.wrap(bytes);
              while (rest.hasRemaining()) {
                channel.write(rest);
              }
              return bytes.length;
            },
            () -> {});
  }

  /**
   * The file holds all of {@code content} or does not exist, whatever fails.
   *
   * @param before runs once the content is on the disk and before the file has its name
   * @return the file's length
   */
  public static long write(Path file, Content content, Step before) throws IOException {
    long length;
    Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
    try (FileChannel channel =
        FileChannel.open(
            temporary,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      length = content.write(channel);
      channel.force(true);
    } catch (IOException | RuntimeException failure) {
      Files.deleteIfExists(temporary);
      throw failure;
    }
    before.run();
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    syncDirectory(file.toAbsolutePath().getParent());
    return length;
  }

  /** Makes durable which names a directory holds. */
  public static void syncDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
