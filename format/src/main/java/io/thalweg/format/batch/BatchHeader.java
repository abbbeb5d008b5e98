package io.thalweg.format.batch;

import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.TableBucket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * The fixed part of a batch; the package text gives each field's place and meaning.
 *
 * @param length bytes of the whole batch
 */
public record BatchHeader(
    int length,
    BodyFormat bodyFormat,
    Compression compression,
    int headerChecksum,
    int bodyChecksum,
    TableBucket bucket,
    int schemaId,
    int recordCount,
    int statisticsLength,
    long maxTimestamp,
    WriterStamp writer,
    int metadataLength) {

  /** Bytes of the fixed part. */
  public static final int SIZE = 80;

  /** Largest batch that can be written, in bytes. */
  public static final int MAX_LENGTH = 64 << 20;

  /**
   * Most rows of a new batch. It keeps the memory per batch small (a selection, an offset and a
   * time per row), and a writer's window of batches far from the point where sequences wrap.
   */
  public static final int MAX_RECORDS = 1 << 20;

  /** The version of the batches that this release writes, and the only one that it reads. */
  public static final int VERSION = 2;

  static final byte MAGIC = 0x54;

  static final int AT_HEADER_CHECKSUM = 16;
  static final int AT_BODY_CHECKSUM = 20;
  private static final int AT_STATISTICS_LENGTH = 44;
  private static final int AT_METADATA_LENGTH = 72;

  /** Where the statistics begin. */
  int statisticsStart() {
    return SIZE;
  }

  /** Where the body's metadata begins. */
  int metadataStart() {
    return SIZE + padded(statisticsLength);
  }

  /** Where the body begins. */
  int bodyStart() {
    return metadataStart() + padded(metadataLength);
  }

  static int padded(int length) {
    return (length + 7) & ~7;
  }

  /**
   * Reads the header at the buffer's position and checks that every length fits within the bytes
   * that remain. Checks a checksum only if the version or the body format is unknown here.
   *
   * @throws ThalwegException CORRUPT_DATA for damage; UNSUPPORTED for another version or an unknown
   *     body format
   */
  public static BatchHeader read(ByteBuffer bytes) {
    ByteBuffer in = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
    if (in.remaining() < SIZE) {
      throw ThalwegException.corrupt(
          "a batch header takes " + SIZE + " bytes, " + in.remaining() + " are there");
    }
    int length = in.getInt(0);
    check(in.get(4) == MAGIC, "magic", in.get(4));
    check(length >= SIZE && length <= MAX_LENGTH && (length & 7) == 0, "length", length);
    check(length <= in.remaining(), "length beyond the bytes that are there", length);
    int statisticsLength = in.getInt(AT_STATISTICS_LENGTH);
    int metadataLength = in.getInt(AT_METADATA_LENGTH);
    check(
        statisticsLength >= 0 && statisticsLength <= length - SIZE,
        "statistics length",
        statisticsLength);
    check(metadataLength > 0 && metadataLength <= length - SIZE, "metadata length", metadataLength);
    int bodyStart = SIZE + padded(statisticsLength) + padded(metadataLength);
    check(bodyStart <= length, "body start", bodyStart);
    Optional<BodyFormat> format = BodyFormat.ofNumber(in.get(6));
    if (in.get(5) != VERSION || format.isEmpty()) {
      throw foreign(in, bodyStart);
    }
    BatchHeader header =
        new BatchHeader(
            length,
            format.get(),
            Compression.ofNumber(in.get(7)),
            in.getInt(AT_HEADER_CHECKSUM),
            in.getInt(AT_BODY_CHECKSUM),
            new TableBucket(in.getLong(24), in.getInt(32)),
            in.getInt(36),
            in.getInt(40),
            statisticsLength,
            in.getLong(48),
            new WriterStamp(in.getLong(56), in.getShort(68), in.getInt(64)),
            metadataLength);
    check(header.recordCount > 0, "record count", header.recordCount);
    return header;
  }

  /** UNSUPPORTED if the header's checksum is right: another release wrote it; else CORRUPT_DATA. */
  private static ThalwegException foreign(ByteBuffer in, int bodyStart) {
    checkHeader(in, bodyStart, in.getInt(AT_HEADER_CHECKSUM));
    return in.get(5) != VERSION
        ? ThalwegException.version("a batch", in.get(5), VERSION)
        : ThalwegException.unsupported(
            "a batch has the body format " + in.get(6) + ", unknown here");
  }

  /** Checks both checksums of a whole batch. */
  void verify(ByteBuffer batch) {
    checkHeader(batch, bodyStart(), headerChecksum);
    ByteBuffer body = batch.duplicate().position(bodyStart()).limit(length);
    if (BatchEncoder.checksum(body) != bodyChecksum) {
      throw ThalwegException.corrupt("the batch body's checksum is wrong");
    }
  }

  private static void checkHeader(ByteBuffer batch, int bodyStart, int checksum) {
    if (BatchEncoder.headerChecksum(batch, bodyStart) != checksum) {
      throw ThalwegException.corrupt("the batch header's checksum is wrong");
    }
  }

  private static void check(boolean right, String field, long value) {
    if (!right) {
      throw ThalwegException.corrupt("the batch header's " + field + " is " + value);
    }
  }

  /** Writes all fields but the checksums, at the buffer's beginning. */
  void write(ByteBuffer out) {
    out.order(ByteOrder.LITTLE_ENDIAN);
    out.putInt(0, length);
    out.put(4, MAGIC);
    out.put(5, (byte) VERSION);
    out.put(6, bodyFormat.number());
    out.put(7, compression.number());
    out.putLong(8, -1);
    out.putLong(24, bucket.storage().value());
    out.putInt(32, bucket.bucket());
    out.putInt(36, schemaId);
    out.putInt(40, recordCount);
    out.putInt(44, statisticsLength);
    out.putLong(48, maxTimestamp);
    out.putLong(56, writer.writerId());
    out.putInt(64, writer.sequence());
    out.putShort(68, writer.epoch());
    out.putShort(70, (short) 0);
    out.putInt(72, metadataLength);
    out.putInt(76, 0);
  }
}
