package io.thalweg.coordinator.ratis;

import io.thalweg.format.error.ThalwegException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cuts an entry off the open log file that was being written when the process or the machine died.
 * Ratis fills its files with zeros ahead of writing, and takes a half-written entry in them for
 * damage that forbids the start. Such an entry was never flushed as a whole, so never acknowledged.
 *
 * <p>An entry is cut only where it looks half-written: its last bytes are zeros up to the end of
 * the file, or one of its aligned sectors is all zeros; and no whole entry comes after it. All
 * other damage is left for Ratis to refuse. One thread, before Ratis opens the file.
 *
 * <p>The file's form is Ratis': {@code "RaftLog1"}, then per entry {@code varint length, message,
 * int32 CRC32C} (big-endian, of length and message), where the message begins with {@code 0x08,
 * varint term, 0x10, varint index} (without the last two where the index is 0); then zeros.
 */
final class TornTail {
  private static final Logger log = LoggerFactory.getLogger(TornTail.class);
  private static final byte[] HEADER = "RaftLog1".getBytes(StandardCharsets.UTF_8);
  private static final int SECTOR = 512;
  private static final int TERM_TAG = 0x08;
  private static final int INDEX_TAG = 0x10;
  private static final int CRC_BYTES = 4;
  private static final int MAX_LENGTH_BYTES = 5;

  private final ByteBuffer file;
  private final int size;
  private final int zerosFrom;

  private TornTail(ByteBuffer file) {
    this.file = file;
    this.size = file.limit();
    int end = size;
    while (end > 0 && file.get(end - 1) == 0) {
      end--;
    }
    this.zerosFrom = end;
  }

  /** Mends the open log file in {@code directory}, if there is one and it needs mending. */
  static void mend(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return;
    }
    try (DirectoryStream<Path> open = Files.newDirectoryStream(directory, "log_inprogress_*")) {
      for (Path path : open) {
        mendFile(path);
      }
    }
  }

  private static void mendFile(Path path) throws IOException {
    try (FileChannel channel =
        FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      if (channel.size() > Integer.MAX_VALUE) {
        throw ThalwegException.corrupt("log file " + path + " has " + channel.size() + " bytes");
      }
      ByteBuffer content = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
      int cut = new TornTail(content).cutAt();
      if (cut >= 0) {
        log.warn(
            "log file {} ends with an entry that was being written, at byte {}; it was never"
                + " acknowledged and is cut off",
            path,
            cut);
        channel.truncate(cut);
        channel.force(true);
      }
    }
  }

  /** Where a half-written entry begins; -1 when there is none. */
  private int cutAt() {
    int position = 0;
    while (position < HEADER.length) {
      if (position >= size || file.get(position) != HEADER[position]) {
        return -1;
      }
      position++;
    }
    long lastIndex = -1;
    while (position < zerosFrom) {
      long index = wholeEntry(position);
      if (index < 0) {
        return looksHalfWritten(position) && !wholeEntryAfter(position, lastIndex) ? position : -1;
      }
      lastIndex = index;
      position = end(position);
    }
    return -1;
  }

  /** The byte after the entry that begins at {@code position}, as its length says. */
  private int end(int position) {
    Varint length = varint(position, MAX_LENGTH_BYTES);
    long end = length.after + length.value + CRC_BYTES;
    return length.value < 0 || end > size ? size : (int) end;
  }

  /** The index of the whole entry that begins at {@code position}; -1 when there is none. */
  private long wholeEntry(int position) {
    Varint length = varint(position, MAX_LENGTH_BYTES);
    long crcAt = length.after + length.value;
    if (length.value < 4 || crcAt + CRC_BYTES > size) {
      return -1;
    }
    Varint index = index(length.after);
    CRC32C crc = new CRC32C();
    crc.update(file.slice(position, (int) crcAt - position));
    return (int) crc.getValue() == file.getInt((int) crcAt) ? index.value : -1;
  }

  /** The index in the message that begins at {@code position}. */
  private Varint index(int position) {
    if (position >= size || file.get(position) != TERM_TAG) {
      return Varint.NONE;
    }
    Varint term = varint(position + 1, 10);
    if (term.value < 0 || term.after >= size) {
      return Varint.NONE;
    }
    if (file.get(term.after) != INDEX_TAG) {
      return new Varint(0, term.after);
    }
    return varint(term.after + 1, 10);
  }

  private boolean looksHalfWritten(int position) {
    int end = end(position);
    if (zerosFrom < end || file.get(position) == 0) {
      return true;
    }
    for (int at = position / SECTOR * SECTOR; at < end; at += SECTOR) {
      int from = Math.max(at, position);
      int to = Math.min(at + SECTOR, size);
      if (from == at && allZeros(from, to)) {
        return true;
      }
    }
    return false;
  }

  private boolean allZeros(int from, int to) {
    for (int at = from; at < to; at++) {
      if (file.get(at) != 0) {
        return false;
      }
    }
    return true;
  }

  private boolean wholeEntryAfter(int position, long lastIndex) {
    for (int message = position + 2; message < zerosFrom; message++) {
      if (index(message).value <= lastIndex) {
        continue;
      }
      for (int bytes = 1; bytes <= MAX_LENGTH_BYTES; bytes++) {
        int start = message - bytes;
        if (start > position
            && varint(start, MAX_LENGTH_BYTES).after == message
            && wholeEntry(start) > lastIndex) {
          return true;
        }
      }
    }
    return false;
  }

  /** A varint's value and the position after it; value -1 when there is none. */
  private record Varint(long value, int after) {
    static final Varint NONE = new Varint(-1, -1);
  }

  private Varint varint(int position, int most) {
    long value = 0;
    for (int i = 0; i < most && position + i < size; i++) {
      int next = file.get(position + i);
      value |= (long) (next & 0x7f) << (7 * i);
      if (next >= 0) {
        return new Varint(value, position + i + 1);
      }
    }
    return Varint.NONE;
  }
}
