package io.thalweg.coordinator.wal;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * The first block of a log file, which the package text specifies.
 *
 * @param generation what the frames of this use of the file carry
 * @param firstIndex the index of the first entry
 */
record LogFileHead(long generation, long firstIndex) {
  private static final int MAGIC = 0x4c574c54;
  private static final int VERSION = 1;
  private static final int END = 32;

  /** Writes the block into {@code buffer}, ready to be read. */
  void put(ByteBuffer buffer) {
    buffer.clear().limit(Frame.BLOCK).order(ByteOrder.LITTLE_ENDIAN);
    buffer.putInt(0, MAGIC).putInt(8, VERSION).putInt(12, 0);
    buffer.putLong(16, generation).putLong(24, firstIndex);
    buffer.putInt(4, crc(buffer));
    for (int at = END; at < Frame.BLOCK; at++) {
      buffer.put(at, (byte) 0);
    }
  }

  private static int crc(ByteBuffer buffer) {
    CRC32C crc = new CRC32C();
    crc.update(buffer.slice(8, END - 8));
    return (int) crc.getValue();
  }

  /** Reads the block; empty if it is none, UNSUPPORTED if a later release wrote it. */
  static Optional<LogFileHead> read(ByteBuffer block) {
    block.order(ByteOrder.LITTLE_ENDIAN);
    if (block.remaining() < END || block.getInt(0) != MAGIC || block.getInt(4) != crc(block)) {
      return Optional.empty();
    }
    if (block.getInt(8) != VERSION) {
      throw new ThalwegException(
          ErrorCode.UNSUPPORTED,
          "a file of the coordinator's log has version %d, this release reads version %d: run the release that wrote it, or a later one"
              .formatted(block.getInt(8), VERSION));
    }
    return Optional.of(new LogFileHead(block.getLong(16), block.getLong(24)));
  }
}
