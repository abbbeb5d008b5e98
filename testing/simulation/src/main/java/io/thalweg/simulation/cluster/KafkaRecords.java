package io.thalweg.simulation.cluster;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.kafka.RecordBatchHeader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.CRC32C;

/** Makes Kafka's record batches of values, as a producer does. Stateless. */
final class KafkaRecords {
  private static final short TRANSACTIONAL = 1 << 4;
  private static final int BEFORE_LENGTH = 12;
  private static final int AT_CRC = 17;
  private static final int AT_ATTRIBUTES = 21;
  private static final int MOST_RECORD = 64;

  private KafkaRecords() {}

  /**
   * A batch.
   *
   * @param writer of it; none if it is not present
   * @param padding bytes of the key of each record behind its value, so that no two have one key
   */
  static ByteBuffer of(WriterStamp writer, boolean transactional, List<Long> values, int padding) {
    ByteBuffer out =
        ByteBuffer.allocate(RecordBatchHeader.SIZE + values.size() * (MOST_RECORD + padding));
    out.position(RecordBatchHeader.SIZE);
    for (int i = 0; i < values.size(); i++) {
      record(out, i, values.get(i), padding);
    }
    out.flip();
    out.putInt(8, out.limit() - BEFORE_LENGTH).put(16, (byte) 2);
    out.putShort(AT_ATTRIBUTES, transactional ? TRANSACTIONAL : 0).putInt(23, values.size() - 1);
    out.putLong(27, 1).putLong(35, 1);
    out.putLong(43, writer.present() ? writer.writerId() : -1);
    out.putShort(51, writer.present() ? writer.epoch() : -1);
    out.putInt(53, writer.present() ? writer.sequence() : -1).putInt(57, values.size());
    CRC32C crc = new CRC32C();
    crc.update(out.slice(AT_ATTRIBUTES, out.limit() - AT_ATTRIBUTES));
    return out.putInt(AT_CRC, (int) crc.getValue());
  }

  private static void record(ByteBuffer out, int place, long value, int padding) {
    byte[] text = Long.toString(value).getBytes(StandardCharsets.US_ASCII);
    ByteBuffer record = ByteBuffer.allocate(MOST_RECORD + padding);
    record.put((byte) 0);
    number(record, 0);
    number(record, place);
    number(record, text.length + padding);
    record.put(text).put(new byte[padding]);
    number(record, text.length);
    record.put(text);
    number(record, 0);
    record.flip();
    number(out, record.remaining());
    out.put(record);
  }

  private static void number(ByteBuffer out, int value) {
    int left = (value << 1) ^ (value >> 31);
    while ((left & ~0x7f) != 0) {
      out.put((byte) ((left & 0x7f) | 0x80));
      left >>>= 7;
    }
    out.put((byte) left);
  }

  /** The value of a record that {@link #of} made. */
  static long value(byte[] text) {
    return Long.parseLong(new String(text, StandardCharsets.US_ASCII));
  }
}
