package io.thalweg.format.kafka;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * The header of a Kafka record batch of version 2; the package text gives each field's place.
 *
 * @param length bytes of the whole batch
 * @param attributes compression, kind of time, and what kind of batch it is
 * @param maxTimestamp milliseconds since the epoch; -1 if the producer gave none
 * @param producerId -1 for a producer that does not store once
 */
public record RecordBatchHeader(
    int length,
    short attributes,
    int lastOffsetDelta,
    long baseTimestamp,
    long maxTimestamp,
    long producerId,
    short producerEpoch,
    int baseSequence,
    int recordCount) {
  /** Bytes of the header. */
  public static final int SIZE = 61;

  /** Bytes before those that the CRC covers, the CRC included. */
  static final int AT_ATTRIBUTES = 21;

  /** Bytes of base offset, length and leader epoch, which nobody but the log decides. */
  public static final int PLACE_SIZE = 16;

  static final int AT_LENGTH = 8;
  static final int AT_MAGIC = 16;
  static final int AT_CRC = 17;
  static final int AT_LAST_OFFSET_DELTA = 23;
  static final int AT_MAX_TIMESTAMP = 35;
  static final int AT_COUNT = 57;

  /** Bytes of a batch that its length does not count. */
  static final int BEFORE_LENGTH = 12;

  static final byte MAGIC = 2;

  private static final int BROKER_TIME = 1 << 3;
  private static final int TRANSACTIONAL = 1 << 4;
  private static final int CONTROL = 1 << 5;

  /**
   * Reads and checks the batch that {@code bytes} hold, from position to limit: one whole batch,
   * with the right CRC, whose header does not contradict itself. Its records are not looked at.
   *
   * @throws ThalwegException CORRUPT_DATA for damage, UNSUPPORTED for an older version of the
   *     format, INVALID_REQUEST for a batch that no producer makes
   */
  public static RecordBatchHeader check(ByteBuffer bytes) {
    RecordBatchHeader header = checkWhole(bytes);
    if (header.isControl()) {
      throw bad("a control batch, which only a log writes");
    }
    return header;
  }

  /** Like {@link #check}, for a log's own batches: it may be a control batch too. */
  public static RecordBatchHeader checkOwn(ByteBuffer bytes) {
    return checkWhole(bytes);
  }

  private static RecordBatchHeader checkWhole(ByteBuffer bytes) {
    RecordBatchHeader header = read(bytes);
    ByteBuffer in = bytes.slice().order(ByteOrder.BIG_ENDIAN);
    if (header.length != in.remaining()) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST,
          "a record batch of "
              + header.length
              + " bytes is followed by "
              + (in.remaining() - header.length)
              + " more; send one batch at a time");
    }
    if (header.crc(in) != in.getInt(AT_CRC)) {
      throw ThalwegException.corrupt("the record batch's CRC is wrong");
    }
    header.checkFields();
    return header;
  }

  /**
   * Gives all records of a batch the time at which the log got them, in the batch's own bytes.
   *
   * @param bytes a batch that {@link #check} has seen
   */
  public static void stamp(ByteBuffer bytes, long brokerMillis) {
    ByteBuffer batch = bytes.slice().order(ByteOrder.BIG_ENDIAN);
    RecordBatchHeader header = read(batch);
    batch.putShort(AT_ATTRIBUTES, (short) (header.attributes | BROKER_TIME));
    batch.putLong(AT_MAX_TIMESTAMP, brokerMillis);
    batch.putInt(AT_CRC, header.crc(batch));
  }

  private int crc(ByteBuffer batch) {
    CRC32C crc = new CRC32C();
    crc.update(batch.slice(AT_ATTRIBUTES, length - AT_ATTRIBUTES));
    return (int) crc.getValue();
  }

  /** Reads a header without its CRC: for a batch whose bytes another checksum covers. */
  public static RecordBatchHeader read(ByteBuffer bytes) {
    ByteBuffer in = bytes.slice().order(ByteOrder.BIG_ENDIAN);
    if (in.remaining() <= AT_MAGIC) {
      throw ThalwegException.corrupt(
          "a record batch takes " + SIZE + " bytes at least, " + in.remaining() + " are there");
    }
    byte magic = in.get(AT_MAGIC);
    if (magic >= 0 && magic < MAGIC) {
      throw ThalwegException.unsupported(
          "a message set of version " + magic + " of the format; record batches are of version 2");
    }
    long length = (long) in.getInt(AT_LENGTH) + BEFORE_LENGTH;
    if (magic != MAGIC || length < SIZE || length > in.remaining()) {
      throw ThalwegException.corrupt(
          "no record batch: magic "
              + magic
              + ", a length of "
              + length
              + " bytes where "
              + in.remaining()
              + " are there");
    }
    return new RecordBatchHeader(
        (int) length,
        in.getShort(AT_ATTRIBUTES),
        in.getInt(AT_LAST_OFFSET_DELTA),
        in.getLong(27),
        in.getLong(AT_MAX_TIMESTAMP),
        in.getLong(43),
        in.getShort(51),
        in.getInt(53),
        in.getInt(AT_COUNT));
  }

  private void checkFields() {
    if (recordCount < 1 || lastOffsetDelta != recordCount - 1) {
      throw bad(recordCount + " records with a last offset delta of " + lastOffsetDelta);
    }
    if (producerId < -1) {
      throw bad("the producer id " + producerId);
    }
    if (producerId >= 0 && (producerEpoch < 0 || (baseSequence < 0 && !isControl()))) {
      throw bad(
          "producer " + producerId + " with epoch " + producerEpoch + ", sequence " + baseSequence);
    }
    if (isTransactional() && producerId < 0) {
      throw bad("a transaction without a producer id");
    }
    RecordCompression.of(attributes);
  }

  private static ThalwegException bad(String what) {
    return new ThalwegException(ErrorCode.INVALID_REQUEST, "a record batch has " + what);
  }

  /** How many offsets the batch takes; more than it has records if some were taken out of it. */
  public int span() {
    return lastOffsetDelta + 1;
  }

  /** Whether some of its records were taken out of it. */
  public boolean isSparse() {
    return recordCount < span();
  }

  /** How the records are compressed. */
  RecordCompression compression() {
    return RecordCompression.of(attributes);
  }

  /** Whether all records have the time at which the log got them, {@link #maxTimestamp}. */
  public boolean hasBrokerTime() {
    return (attributes & BROKER_TIME) != 0;
  }

  /** Whether the records belong to a transaction. */
  public boolean isTransactional() {
    return (attributes & TRANSACTIONAL) != 0;
  }

  /** Whether the log itself wrote it, to end a transaction. */
  public boolean isControl() {
    return (attributes & CONTROL) != 0;
  }
}
