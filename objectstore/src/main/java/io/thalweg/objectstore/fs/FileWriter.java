package io.thalweg.objectstore.fs;

import com.sun.nio.file.ExtendedOpenOption;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes new files. Long ones go past the system's page cache, where the file system can do that:
 * the server keeps the latest batches itself, and a copy to new pages of the cache costs more than
 * all else about a write. Any thread may call.
 */
final class FileWriter {
  /**
   * Most bytes of one read or write call. The JDK copies heap buffers to a direct buffer of the
   * call's size and keeps it with the thread.
   */
  static final int IO_BYTES = 1 << 20;

  /** Shorter files are not worth two ways of writing. */
  static final int LEAST_DIRECT = 128 << 10;

  /** Most buffers of one write call; the system takes no more. */
  private static final int IO_BUFFERS = 1024;

  private static final Logger log = LoggerFactory.getLogger(FileWriter.class);

  /** Bytes that a direct write must be a multiple of; 0 if there are no direct writes. */
  private final int block;

  /** Staging buffers that nobody uses: never more than threads that have written at one time. */
  private final ConcurrentLinkedDeque<ByteBuffer> idle = new ConcurrentLinkedDeque<>();

  private FileWriter(int block) {
    this.block = block;
  }

  /**
   * A writer of files in the directory of {@code probe}, which is written to see what the file
   * system can do, and removed.
   *
   * @param direct whether it may write past the page cache
   */
  static FileWriter open(Path probe, boolean direct) throws IOException {
    if (!direct) {
      return new FileWriter(0);
    }
    long block = Files.getFileStore(probe.getParent()).getBlockSize();
    if (block <= 0 || block > IO_BYTES || IO_BYTES % block != 0) {
      log.info("files go through the page cache: blocks of {} bytes", block);
      return new FileWriter(0);
    }
    FileWriter writer = new FileWriter((int) block);
    try {
      Files.createFile(probe);
      writer.writeDirect(probe, 0, List.of(ByteBuffer.allocate((int) block)), block, true);
      return writer;
    } catch (IOException | UnsupportedOperationException cannot) {
      log.info("files go through the page cache: {}", cannot.toString());
      return new FileWriter(0);
    } finally {
      Files.deleteIfExists(probe);
    }
  }

  /** Whether long files go past the page cache. */
  boolean isDirect() {
    return block > 0;
  }

  /**
   * Writes a new file and makes its bytes durable, but not its name.
   *
   * @param size the bytes of {@code content}
   */
  void writeDurably(Path file, List<ByteBuffer> content, long size) throws IOException {
    if (block > 0 && size >= LEAST_DIRECT) {
      Files.createFile(file);
      writeDirect(file, 0, content, size, true);
      return;
    }
    try (FileChannel channel = create(file)) {
      writeAll(channel, content);
      channel.force(false);
    }
  }

  /**
   * Writes a part of a file that is there, and makes nothing durable.
   *
   * @param at where in the file; past the page cache if that is a multiple of a block
   * @param size the bytes of {@code content}
   */
  void writeAt(Path file, long at, List<ByteBuffer> content, long size) throws IOException {
    if (block > 0 && size >= LEAST_DIRECT && at % block == 0) {
      writeDirect(file, at, content, size, false);
      return;
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.position(at);
      writeAll(channel, content);
    }
  }

  /** A channel to a new file. */
  static FileChannel create(Path file) throws IOException {
    return FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  }

  /** Whole blocks go directly; what is left behind them goes through the page cache. */
  private void writeDirect(
      Path file, long from, List<ByteBuffer> content, long size, boolean durable)
      throws IOException {
    Iterator<ByteBuffer> sources = content.stream().map(ByteBuffer::duplicate).iterator();
    ByteBuffer source = ByteBuffer.allocate(0);
    ByteBuffer staging = staging();
    long whole = size - size % block;
    OpenOption[] options = {StandardOpenOption.WRITE, ExtendedOpenOption.DIRECT};
    try (FileChannel channel = FileChannel.open(file, options)) {
      for (long at = 0; at < whole; at += staging.limit()) {
        staging.clear().limit((int) Math.min(staging.capacity(), whole - at));
        source = fill(staging, source, sources);
        staging.flip();
        while (staging.hasRemaining()) {
          channel.write(staging, from + at + staging.position());
        }
      }
      if (durable && whole == size) {
        channel.force(false);
      }
    } finally {
      idle.push(staging);
    }
    if (whole < size) {
      List<ByteBuffer> rest = new ArrayList<>(List.of(source));
      sources.forEachRemaining(rest::add);
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.position(from + whole);
        writeAll(channel, rest);
        if (durable) {
          channel.force(false);
        }
      }
    }
  }

  /** Fills {@code target}; returns the buffer that has the next bytes. */
  private static ByteBuffer fill(
      ByteBuffer target, ByteBuffer first, Iterator<ByteBuffer> sources) {
    ByteBuffer source = first;
    while (target.hasRemaining()) {
      while (!source.hasRemaining()) {
        source = sources.next();
      }
      int count = Math.min(source.remaining(), target.remaining());
      target.put(target.position(), source, source.position(), count);
      target.position(target.position() + count);
      source.position(source.position() + count);
    }
    return source;
  }

  private ByteBuffer staging() {
    ByteBuffer free = idle.poll();
    return free != null ? free : ByteBuffer.allocateDirect(IO_BYTES + block).alignedSlice(block);
  }

  private static void writeAll(FileChannel channel, List<ByteBuffer> content) throws IOException {
    List<ByteBuffer> slices = new ArrayList<>();
    for (ByteBuffer buffer : content) {
      for (int from = buffer.position(); from < buffer.limit(); from += IO_BYTES) {
        slices.add(buffer.duplicate().slice(from, Math.min(IO_BYTES, buffer.limit() - from)));
      }
    }
    ByteBuffer[] pending = slices.toArray(ByteBuffer[]::new);
    int first = 0;
    while (first < pending.length) {
      channel.write(pending, first, batch(pending, first));
      while (first < pending.length && !pending[first].hasRemaining()) {
        first++;
      }
    }
  }

  /**
   * How many buffers from {@code first} go into one call: at least one, or as many as its bounds
   * allow.
   */
  private static int batch(ByteBuffer[] pending, int first) {
    long bytes = pending[first].remaining();
    int count = 1;
    while (first + count < pending.length
        && count < IO_BUFFERS
        && bytes + pending[first + count].remaining() <= IO_BYTES) {
      bytes += pending[first + count].remaining();
      count++;
    }
    return count;
  }
}
