package io.thalweg.coordinator.wal;

import com.sun.nio.file.ExtendedOpenOption;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;

/** A log file that is being written. A write returns once the disk has it. One thread at a time. */
final class LogFile implements AutoCloseable {
  private static final int DIRECT_PIECE = 1 << 20;

  /**
   * A piece of a file that is filled through the page cache. Linux keeps what one call wrote as one
   * piece of memory and writes the whole piece when a part of it is synced.
   */
  private static final int CACHED_PIECE = 16 << 10;

  private final Path path;
  private final FileChannel channel;
  private final boolean direct;
  private final long size;
  private long generation;
  private long position;

  private LogFile(Path path, FileChannel channel, boolean direct) throws IOException {
    this.path = path;
    this.channel = channel;
    this.direct = direct;
    this.size = channel.size();
  }

  /** A buffer for what is written, which begins where direct writes may begin. */
  static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocateDirect(bytes + Frame.BLOCK)
        .alignedSlice(Frame.BLOCK)
        .slice(0, bytes)
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Opens a file whose blocks are there, to be written from {@code position} on. */
  static LogFile open(Path path, long generation, long position) throws IOException {
    LogFile opened = open(path, StandardOpenOption.WRITE, StandardOpenOption.DSYNC);
    opened.generation = generation;
    opened.position = position;
    return opened;
  }

  private static LogFile open(Path path, OpenOption... options) throws IOException {
    if (blockSize(path) <= Frame.BLOCK) {
      Set<OpenOption> direct = new HashSet<>(Set.of(options));
      direct.add(ExtendedOpenOption.DIRECT);
      try {
        return new LogFile(path, FileChannel.open(path, direct), true);
      } catch (UnsupportedOperationException | FileSystemException notHere) {
        // A file system without direct writes; what is really wrong shows below too.
      }
    }
    return new LogFile(path, FileChannel.open(path, Set.of(options)), false);
  }

  private static long blockSize(Path path) throws IOException {
    return Files.getFileStore(Files.exists(path) ? path : path.toAbsolutePath().getParent())
        .getBlockSize();
  }

  /** Makes a file of {@code bytes} zeros, all of whose blocks the disk has. */
  static void fill(Path path, long bytes) throws IOException {
    try (LogFile file = open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer zeros = buffer(file.direct ? DIRECT_PIECE : CACHED_PIECE);
      while (file.position < bytes) {
        zeros.clear().limit((int) Math.min(zeros.capacity(), bytes - file.position));
        file.write(zeros);
      }
      file.channel.force(true);
    }
  }

  /** Begins this file anew: nothing that was written to it before counts from now on. */
  void begin(LogFileHead head) throws IOException {
    ByteBuffer block = buffer(Frame.BLOCK);
    head.put(block);
    generation = head.generation();
    position = 0;
    write(block);
  }

  Path path() {
    return path;
  }

  long generation() {
    return generation;
  }

  /** Bytes that can still be written. */
  long room() {
    return size - position;
  }

  /** Writes whole blocks, at most {@link #room}, after what was written before. */
  void write(ByteBuffer blocks) throws IOException {
    long at = position;
    while (blocks.hasRemaining()) {
      at += channel.write(blocks, at);
    }
    position = at;
  }

  /** Returns once the disk has everything that was ever written to this file. */
  void force() throws IOException {
    channel.force(true);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
