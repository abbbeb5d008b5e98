package io.thalweg.coordinator.wal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * What one write puts into the log: entries with consecutive indexes. The package text specifies
 * its bytes.
 *
 * @param firstIndex index of the first entry
 * @param entries at least one; views of the bytes that were read
 * @param length bytes in the file, whole blocks
 */
record Frame(long firstIndex, List<ByteBuffer> entries, int length) {
  /** Where a frame may begin: multiples of this. */
  static final int BLOCK = 4_096;

  /** Bytes before the entries. */
  static final int HEAD = 32;

  /** Bytes of an entry beside its own. */
  static final int ENTRY_HEAD = 4;

  private static final int MAGIC = 0x46574c54;
  private static final int CHECKED_FROM = 8;

  /** The index of the last entry. */
  long lastIndex() {
    return firstIndex + entries.size() - 1;
  }

  /** {@code bytes}, rounded up to whole blocks. */
  static int blocks(int bytes) {
    return (bytes + BLOCK - 1) / BLOCK * BLOCK;
  }

  /**
   * Writes a frame into {@code buffer} from 0 on, and sets its position to 0 and its limit to the
   * frame's end.
   *
   * @param buffer little-endian, with room for it
   */
  static void put(ByteBuffer buffer, long generation, long firstIndex, List<ByteBuffer> entries) {
    buffer.clear().position(HEAD);
    for (ByteBuffer entry : entries) {
      buffer.putInt(entry.remaining()).put(entry.duplicate());
    }
    int end = buffer.position();
    buffer.putInt(0, MAGIC);
    buffer.putLong(8, generation);
    buffer.putLong(16, firstIndex);
    buffer.putInt(24, entries.size());
    buffer.putInt(28, end - HEAD);
    buffer.putInt(4, crc(buffer, end));
    while (buffer.position() < blocks(end)) {
      buffer.put((byte) 0);
    }
    buffer.flip();
  }

  private static int crc(ByteBuffer buffer, int end) {
    CRC32C crc = new CRC32C();
    crc.update(buffer.slice(CHECKED_FROM, end - CHECKED_FROM));
    return (int) crc.getValue();
  }

  /**
   * The bytes that the frame whose first block is {@code head} has before its padding; empty if no
   * frame of that generation begins there.
   */
  static Optional<Integer> length(ByteBuffer head, long generation, int most) {
    if (head.remaining() < HEAD
        || head.getInt(0) != MAGIC
        || head.getLong(8) != generation
        || head.getInt(28) < 0
        || head.getInt(28) > most - HEAD) {
      return Optional.empty();
    }
    return Optional.of(HEAD + head.getInt(28));
  }

  /** Reads a frame from the bytes that {@link #length} says; empty if it is not whole. */
  static Optional<Frame> read(ByteBuffer bytes) {
    int end = bytes.remaining();
    if (bytes.getInt(4) != crc(bytes, end)) {
      return Optional.empty();
    }
    int count = bytes.getInt(24);
    List<ByteBuffer> entries = new ArrayList<>();
    int at = HEAD;
    for (int i = 0; i < count; i++) {
      int length = at + ENTRY_HEAD <= end ? bytes.getInt(at) : -1;
      if (length < 0 || length > end - at - ENTRY_HEAD) {
        return Optional.empty();
      }
      entries.add(bytes.slice(at + ENTRY_HEAD, length).order(ByteOrder.BIG_ENDIAN));
      at += ENTRY_HEAD + length;
    }
    return at == end && count > 0
        ? Optional.of(new Frame(bytes.getLong(16), entries, blocks(end)))
        : Optional.empty();
  }
}
