package io.thalweg.coordinator.wal;

import io.thalweg.coordinator.storage.DurableFile;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/** The snapshot files of a directory; the package text specifies them. One thread at a time. */
final class StateFiles {
  private static final String NAME = "snapshot-";
  private static final String HALF = ".tmp";
  private static final int MAGIC = 0x53574c54;
  private static final int VERSION = 1;
  private static final int HEAD = 16;
  private static final int TAIL = 4;

  private final Path directory;
  private final int kept;

  /** Gives the next piece of a snapshot, an empty one at its end. */
  @FunctionalInterface
  interface Pieces {
    ByteBuffer next() throws IOException;
  }

  /**
   * A snapshot that was read.
   *
   * @param index the last entry that it has
   * @param state the state's own bytes
   */
  record Read(Path file, long index, ByteBuffer state) {}

  /** The snapshots in {@code directory}, of which {@code kept} are kept. */
  StateFiles(Path directory, int kept) {
    this.directory = directory;
    this.kept = kept;
  }

  private NavigableMap<Long, Path> list() throws IOException {
    TreeMap<Long, Path> found = new TreeMap<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, NAME + "*")) {
      for (Path file : files) {
        if (file.toString().endsWith(HALF)) {
          Files.delete(file);
        } else {
          LogFiles.number(file, NAME).ifPresent(number -> found.put(number, file));
        }
      }
    }
    return found;
  }

  /** The newest one, if there is any; CORRUPT_DATA if it is damaged. */
  Optional<Read> newest() throws IOException {
    NavigableMap<Long, Path> all = list();
    return all.isEmpty()
        ? Optional.empty()
        : Optional.of(read(all.lastEntry().getKey(), all.lastEntry().getValue()));
  }

  private static Read read(long index, Path file) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    int end = bytes.remaining() - TAIL;
    if (end < HEAD
        || bytes.getInt(end) != crc(bytes.slice(0, end))
        || bytes.getInt(0) != MAGIC
        || (bytes.getInt(4) == VERSION && bytes.getLong(8) != index)) {
      throw ThalwegException.corrupt(
          "snapshot " + file + " is damaged; restore the directory from a backup");
    }
    if (bytes.getInt(4) != VERSION) {
      throw new ThalwegException(
          ErrorCode.UNSUPPORTED,
          "snapshot %s has version %d, this release reads version %d: run the release that wrote it, or a later one"
              .formatted(file, bytes.getInt(4), VERSION));
    }
    return new Read(file, index, bytes.slice(HEAD, end - HEAD).order(ByteOrder.BIG_ENDIAN));
  }

  private static int crc(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
  }

  /**
   * Writes a snapshot, and removes old ones once it is on the disk.
   *
   * @return bytes of the file
   */
  long write(long index, Pieces pieces) throws IOException {
    long length =
        DurableFile.write(
            directory.resolve(String.format("%s%020d", NAME, index)),
            channel -> writeAll(channel, index, pieces),
            () -> {});
    NavigableMap<Long, Path> all = list();
    while (all.size() > kept) {
      Files.delete(all.pollFirstEntry().getValue());
    }
    return length;
  }

  private static long writeAll(FileChannel channel, long index, Pieces pieces) throws IOException {
    CRC32C crc = new CRC32C();
    ByteBuffer head = ByteBuffer.allocate(HEAD).order(ByteOrder.LITTLE_ENDIAN);
    long length = put(channel, crc, head.putInt(MAGIC).putInt(VERSION).putLong(index).flip());
    for (ByteBuffer piece = pieces.next(); piece.hasRemaining(); piece = pieces.next()) {
      length += put(channel, crc, piece);
    }
    ByteBuffer tail = ByteBuffer.allocate(TAIL).order(ByteOrder.LITTLE_ENDIAN);
    return length + put(channel, crc, tail.putInt((int) crc.getValue()).flip());
  }

  private static long put(FileChannel channel, CRC32C crc, ByteBuffer piece) throws IOException {
    long length = piece.remaining();
    crc.update(piece.duplicate());
    while (piece.hasRemaining()) {
      channel.write(piece);
    }
    return length;
  }
}
