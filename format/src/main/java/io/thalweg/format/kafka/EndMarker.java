package io.thalweg.format.kafka;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The control batch that ends a transaction in one log: its bytes follow from these fields. Readers
 * of committed records need it, even where it says nothing that the log does not know otherwise.
 *
 * @param commits whether the transaction's records count; else they are void
 * @param millis when it ended, since the epoch
 */
public record EndMarker(long producerId, short producerEpoch, boolean commits, long millis) {
  /** Bytes of the whole batch. */
  public static final int LENGTH = 78;

  private static final short TRANSACTIONAL_CONTROL = 0x30;
  private static final int BEFORE_LENGTH = 12;
  private static final byte MAGIC = 2;
  private static final int AT_CRC = 17;

  /** The batch, at offset 0; whoever hands it out gives it its place. */
  public ByteBuffer batch() {
    ByteBuffer out = ByteBuffer.allocate(LENGTH);
    out.putLong(0).putInt(LENGTH - BEFORE_LENGTH).putInt(0).put(MAGIC).putInt(0);
    out.putShort(TRANSACTIONAL_CONTROL).putInt(0).putLong(millis).putLong(millis);
    out.putLong(producerId).putShort(producerEpoch).putInt(-1).putInt(1);
    // One record of 16 bytes: attributes, deltas of time and offset, key, value, no headers. All
    // lengths are zigzag.
    out.put((byte) 32).put((byte) 0).put((byte) 0).put((byte) 0);
    out.put((byte) 8).putShort((short) 0).putShort((short) (commits ? 1 : 0));
    out.put((byte) 12).putShort((short) 0).putInt(0);
    out.put((byte) 0).flip();
    CRC32C crc = new CRC32C();
    crc.update(
        out.slice(RecordBatchHeader.AT_ATTRIBUTES, LENGTH - RecordBatchHeader.AT_ATTRIBUTES));
    return out.putInt(AT_CRC, (int) crc.getValue());
  }
}
