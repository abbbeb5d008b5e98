package io.thalweg.format.kafka;

import io.thalweg.format.io.BytesWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Makes record batches for tests, uncompressed, from the format's description alone. One thread.
 */
public final class KafkaBatches {
  private long millis = 5;
  private long step = 1;
  private long producerId = -1;
  private short epoch = -1;
  private int sequence = -1;
  private boolean transactional;
  private List<String> keys;
  private String headerKey;
  private String headerValue;

  /** The time of the first record; each has a millisecond more unless {@link #step} says else. */
  public KafkaBatches time(long first) {
    millis = first;
    return this;
  }

  /** How much later each record is than the one before, in milliseconds; negative for earlier. */
  public KafkaBatches step(int each) {
    step = each;
    return this;
  }

  /** The producer; none without this. */
  public KafkaBatches producer(long id, int ofEpoch) {
    producerId = id;
    epoch = (short) ofEpoch;
    return this;
  }

  /** The sequence of the first record. */
  public KafkaBatches sequence(int first) {
    sequence = first;
    return this;
  }

  /** Of the producer's transaction. */
  public KafkaBatches transactional() {
    transactional = true;
    return this;
  }

  /** The keys of the records, in their order; null for none. */
  public KafkaBatches keys(List<String> ofRecords) {
    keys = ofRecords;
    return this;
  }

  /** A header of each record. */
  public KafkaBatches header(String key, String value) {
    headerKey = key;
    headerValue = value;
    return this;
  }

  /**
   * A batch; a record's key is "k" and its place, unless keys were given, its value may be null.
   */
  public ByteBuffer of(String... values) {
    byte[][] bytes = new byte[values.length][];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = values[i] == null ? null : values[i].getBytes(StandardCharsets.UTF_8);
    }
    return ofBytes(bytes);
  }

  /** The same with values that are any bytes. */
  public ByteBuffer ofBytes(byte[]... values) {
    BytesWriter records = new BytesWriter();
    for (int i = 0; i < values.length; i++) {
      BytesWriter record = new BytesWriter();
      record.int8(0);
      number(record, i * step);
      number(record, i);
      text(record, keys == null ? "k" + i : keys.get(i));
      bytes(record, values[i]);
      number(record, headerKey == null ? 0 : 1);
      if (headerKey != null) {
        text(record, headerKey);
        text(record, headerValue);
      }
      number(records, record.size());
      records.raw(record.toBytes());
    }
    ByteBuffer batch = ByteBuffer.allocate(RecordBatchHeader.SIZE + records.size());
    batch.putInt(8, batch.capacity() - 12).putInt(12, -1).put(16, (byte) 2);
    batch.putShort(21, (short) (transactional ? 0x10 : 0)).putInt(23, values.length - 1);
    batch.putLong(27, millis).putLong(35, millis + Math.max(0, (values.length - 1) * step));
    batch.putLong(43, producerId).putShort(51, epoch).putInt(53, producerId < 0 ? -1 : sequence);
    batch.putInt(57, values.length);
    batch.position(RecordBatchHeader.SIZE).put(records.toBytes()).flip();
    batch.putInt(12, 0);
    seal(batch);
    return batch;
  }

  /** Writes the right CRC into a batch that was changed. */
  public static void seal(ByteBuffer batch) {
    CRC32C crc = new CRC32C();
    crc.update(batch.slice(21, batch.limit() - 21));
    batch.putInt(17, (int) crc.getValue());
  }

  private static void number(BytesWriter out, long value) {
    long left = (value << 1) ^ (value >> 63);
    while ((left & ~0x7fL) != 0) {
      out.int8((int) ((left & 0x7f) | 0x80));
      left >>>= 7;
    }
    out.int8((int) left);
  }

  private static void text(BytesWriter out, String text) {
    bytes(out, text == null ? null : text.getBytes(StandardCharsets.UTF_8));
  }

  private static void bytes(BytesWriter out, byte[] bytes) {
    if (bytes == null) {
      number(out, -1);
      return;
    }
    number(out, bytes.length);
    out.raw(bytes);
  }
}
