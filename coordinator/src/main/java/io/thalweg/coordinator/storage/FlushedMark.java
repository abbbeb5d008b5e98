package io.thalweg.coordinator.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * Keeps a file that says up to which entry the log is known to be flushed; the package text
 * specifies it. The thread on which Ratis applies writes it with each entry, before anybody learns
 * that the entry is committed. It writes through mapped memory, which costs nothing and outlives
 * the process but not the machine, so after a loss of power the file is a lower bound.
 */
public final class FlushedMark {
  private static final String HEAD = "thalweg-flushed 1\n";
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");
  private static final int MARK_AT = 128;
  private static final int FOUND_AT = 136;
  private static final int SIZE = 4_096;
  private static final int CHECK_BITS = 20;

  private final Path file;
  private volatile MappedByteBuffer mapped;
  private volatile long marked;

  /**
   * The content of the file.
   *
   * @param index every entry up to here was flushed, and may have been acknowledged
   * @param found every entry up to here was whole and flushed when that life began
   * @param exact whether the machine has run ever since, so that no later entry was acknowledged
   */
  public record Known(long index, long found, boolean exact) {}

  /** The mark in {@code file}, which nobody reads or writes yet. */
  public FlushedMark(Path file) {
    this.file = file;
  }

  /** The content that an earlier life left; empty if there is no file, or a damaged one. */
  public Optional<Known> known() throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    byte[] bytes = Files.readAllBytes(file);
    if (bytes.length != SIZE
        || !new String(bytes, 0, HEAD.length(), StandardCharsets.UTF_8).equals(HEAD)) {
      return Optional.empty();
    }
    long stored = ByteBuffer.wrap(bytes).getLong(MARK_AT);
    long index = stored >>> CHECK_BITS;
    long storedFound = ByteBuffer.wrap(bytes).getLong(FOUND_AT);
    long found = storedFound >>> CHECK_BITS;
    if (stored != checked(index) || storedFound != checked(found)) {
      return Optional.empty();
    }
    String boot = boot();
    byte[] written = new byte[MARK_AT - HEAD.length()];
    System.arraycopy(bytes, HEAD.length(), written, 0, written.length);
    return Optional.of(
        new Known(
            index,
            found,
            !boot.isEmpty() && new String(written, StandardCharsets.UTF_8).trim().equals(boot)));
  }

  /** Begins to mark, from {@code index} on, a log that was found whole up to {@code found}. */
  public void open(long index, long found) throws IOException {
    marked = index;
    ByteBuffer content = ByteBuffer.allocate(SIZE);
    content.put((HEAD + boot()).getBytes(StandardCharsets.UTF_8));
    content.putLong(MARK_AT, checked(index));
    content.putLong(FOUND_AT, checked(Math.max(0, found)));
    DurableFile.write(file, content.array());
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      mapped = channel.map(FileChannel.MapMode.READ_WRITE, 0, SIZE);
    }
  }

  /** Notes that everything up to {@code index} is flushed. */
  public void flushed(long index) {
    MappedByteBuffer here = mapped;
    if (here != null && index > marked) {
      marked = index;
      here.putLong(MARK_AT, checked(index));
    }
  }

  /** Makes the mark survive a loss of power too; called when something else is forced anyway. */
  public void force() {
    MappedByteBuffer here = mapped;
    if (here != null) {
      here.force();
    }
  }

  private static long checked(long index) {
    CRC32C crc = new CRC32C();
    crc.update(ByteBuffer.allocate(8).putLong(0, index));
    return index << CHECK_BITS | (crc.getValue() & ((1 << CHECK_BITS) - 1));
  }

  /** Names this run of the machine, from boot on; empty if the system does not tell. */
  private static String boot() throws IOException {
    return Files.isReadable(BOOT_ID)
        ? Files.readString(BOOT_ID, StandardCharsets.UTF_8).trim()
        : "";
  }
}
