package io.thalweg.node.input;

import io.thalweg.format.error.ThalwegException;
import io.thalweg.parquet.Int96Columns;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * A Parquet file under a plain name in a directory of its own, so that DuckDB interprets no part of
 * the user's name. It is a link, or with INT96 a copy with another footer. One thread; closed once.
 *
 * @param int96 whether intervals are INT96, see {@link Int96Columns}
 */
record ParquetSource(Path path, boolean int96) implements AutoCloseable {
  private static final int MAGIC = 0x31524150;
  private static final int ENCRYPTED_MAGIC = 0x45524150;
  private static final int MAX_FOOTER = 256 << 20;
  private static final int TRAILER = 8;
  private static final int HEADER = 4;

  static ParquetSource open(String name, Path file) {
    try (FileChannel in = FileChannel.open(file)) {
      byte[] footer = footer(name, in);
      Optional<byte[]> changed = Int96Columns.asIntervals(footer);
      Path path = Files.createTempDirectory("thalweg-append").resolve("rows.parquet");
      if (changed.isEmpty()) {
        Files.createSymbolicLink(path, file.toRealPath());
      } else {
        copy(in, in.size() - TRAILER - footer.length, changed.get(), path);
      }
      return new ParquetSource(path, changed.isPresent());
    } catch (IOException unread) {
      throw new InputException("cannot read " + name + ": " + unread.getMessage(), unread);
    } catch (ThalwegException damaged) {
      throw new InputException(
          "cannot read " + name + ": the Parquet file is damaged at its end", damaged);
    }
  }

  private static byte[] footer(String name, FileChannel in) throws IOException {
    long size = in.size();
    ByteBuffer header = read(in, 0, HEADER);
    ByteBuffer trailer = read(in, Math.max(0, size - TRAILER), TRAILER);
    if (size < HEADER + TRAILER
        || header.getInt(0) != MAGIC
        || (trailer.getInt(4) != MAGIC && trailer.getInt(4) != ENCRYPTED_MAGIC)) {
      boolean encrypted = size >= HEADER && header.getInt(0) == ENCRYPTED_MAGIC;
      throw new InputException(
          "cannot read "
              + name
              + (encrypted
                  ? ": it is encrypted; decrypt it first"
                  : ": it is no Parquet file, or only a part of one: it does not begin and end with"
                      + " PAR1. Another format is named with --format"));
    }
    int length = trailer.getInt(0);
    if (length < 0 || length > MAX_FOOTER || length > size - HEADER - TRAILER) {
      throw new InputException("cannot read " + name + ": the Parquet file is damaged at its end");
    }
    byte[] footer = new byte[length];
    read(in, size - TRAILER - length, length).get(footer);
    return footer;
  }

  /** Bytes of the file; zeros after its end. */
  private static ByteBuffer read(FileChannel in, long from, int count) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining() && in.read(bytes, from + bytes.position()) >= 0) {}
    return bytes.rewind();
  }

  private static void copy(FileChannel in, long count, byte[] footer, Path to) throws IOException {
    try (FileChannel out =
        FileChannel.open(to, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      for (long done = 0; done < count; ) {
        done += in.transferTo(done, count - done, out);
      }
      ByteBuffer end = ByteBuffer.allocate(footer.length + TRAILER).order(ByteOrder.LITTLE_ENDIAN);
      end.put(footer).putInt(footer.length).putInt(MAGIC).flip();
      while (end.hasRemaining()) {
        out.write(end);
      }
    }
  }

  @Override
  public void close() {
    try {
      Files.deleteIfExists(path);
      Files.deleteIfExists(path.getParent());
    } catch (IOException undeleted) {
      throw new InputException("cannot delete " + path + ": " + undeleted.getMessage(), undeleted);
    }
  }
}
