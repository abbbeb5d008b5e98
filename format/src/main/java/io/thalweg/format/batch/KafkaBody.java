package io.thalweg.format.batch;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.kafka.RecordBatchHeader;
import io.thalweg.format.kafka.RecordColumns;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableBucket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * A batch whose body is a Kafka record batch: makes one, and reads its records as columns.
 * Immutable; any thread.
 */
public record KafkaBody(EncodedBatch batch) implements BatchRows {
  private static final int METADATA_SIZE = 8;

  /** How many times larger compressed records are guessed to be; reading them sets a limit. */
  private static final int GUESSED_RATIO = 8;

  /**
   * Checks a record batch and makes a durable batch of it; copies the bytes.
   *
   * @param schema the table's current one, that of {@link RecordColumns#columns}
   * @param records one record batch, from position to limit
   * @param maxLength most bytes of the durable batch
   * @param allocator owns the result's memory
   * @throws ThalwegException as {@link RecordBatchHeader#check}; TOO_LARGE past a limit
   */
  public static EncodedBatch encode(
      TableBucket bucket,
      Schema schema,
      ByteBuffer records,
      int maxLength,
      BufferAllocator allocator) {
    RecordBatchHeader kafka = RecordBatchHeader.check(records);
    BatchEncoder.checkRows(kafka.recordCount());
    int bodyStart = BatchHeader.SIZE + METADATA_SIZE;
    int length = bodyStart + BatchHeader.padded(kafka.length());
    if (length > maxLength) {
      throw new ThalwegException(
          ErrorCode.TOO_LARGE,
          "a record batch of "
              + kafka.length()
              + " bytes is over the limit of "
              + (maxLength - bodyStart)
              + "; send fewer records per batch");
    }
    WriterStamp writer =
        kafka.producerId() < 0
            ? WriterStamp.NONE
            : new WriterStamp(kafka.producerId(), kafka.producerEpoch(), kafka.baseSequence());
    BatchHeader header =
        new BatchHeader(
            length,
            BodyFormat.KAFKA,
            Compression.NONE,
            0,
            0,
            bucket,
            schema.schemaId(),
            kafka.recordCount(),
            0,
            kafka.maxTimestamp(),
            writer,
            METADATA_SIZE);
    ArrowBuf buffer;
    try {
      buffer = allocator.buffer(length);
    } catch (OutOfMemoryException full) {
      throw EncodedBatch.overloaded(full);
    }
    try {
      ByteBuffer out = buffer.nioBuffer(0, length);
      header.write(out);
      out.putInt(BatchHeader.SIZE, kafka.length());
      out.putInt(BatchHeader.SIZE + 4, 0);
      int end = bodyStart + kafka.length();
      out.put(bodyStart, records, records.position(), kafka.length());
      // Their places are decided later, and are no part of what was sent.
      out.putLong(bodyStart, 0).putInt(bodyStart + RecordBatchHeader.PLACE_SIZE - 4, 0);
      buffer.setZero(end, length - end);
      out.putInt(
          BatchHeader.AT_BODY_CHECKSUM,
          BatchEncoder.checksum(out.duplicate().position(bodyStart).limit(length)));
      out.putInt(BatchHeader.AT_HEADER_CHECKSUM, BatchEncoder.headerChecksum(out, bodyStart));
      return new EncodedBatch(BatchHeader.read(out), buffer);
    } catch (RuntimeException | Error failure) {
      buffer.close();
      throw failure;
    }
  }

  /** The record batch. */
  ByteBuffer records() {
    BatchHeader header = batch.header();
    ByteBuffer bytes = batch.bytes();
    int length = bytes.order(ByteOrder.LITTLE_ENDIAN).getInt(header.metadataStart());
    int start = header.bodyStart();
    if (length < RecordBatchHeader.SIZE || length > header.length() - start) {
      throw ThalwegException.corrupt("the body holds a record batch of " + length + " bytes");
    }
    return bytes.slice(start, length);
  }

  @Override
  public VectorSchemaRoot load(Schema schema, int[] columns, BufferAllocator allocator) {
    List<Field> all = schema.toArrow().getFields();
    List<Field> wanted = new ArrayList<>(columns.length);
    for (int column : columns) {
      wanted.add(all.get(column));
    }
    try {
      VectorSchemaRoot root = RecordColumns.read(records(), wanted, MAX_DECOMPRESSED, allocator);
      if (root.getRowCount() != batch.header().recordCount()) {
        int rows = root.getRowCount();
        root.close();
        throw ThalwegException.corrupt(
            rows + " records where " + batch.header().recordCount() + " are due");
      }
      return root;
    } catch (OutOfMemoryException full) {
      throw EncodedBatch.overloaded(full);
    }
  }

  @Override
  public List<ColumnStats> statistics() {
    return List.of();
  }

  @Override
  public long decompressedBytes() {
    return Math.min(MAX_DECOMPRESSED, (long) GUESSED_RATIO * batch.length());
  }

  @Override
  public long loadingBytes() {
    return decompressedBytes();
  }

  @Override
  public RecordTimes times() {
    ByteBuffer records = records();
    return new Times(RecordColumns.timestamps(records, MAX_DECOMPRESSED));
  }

  /** The records' own times, in any order. */
  private static final class Times implements RecordTimes {
    private final long[] millis;
    private final long least;
    private final long greatest;

    Times(long[] millis) {
      this.millis = millis;
      long min = Long.MAX_VALUE;
      long max = Long.MIN_VALUE;
      for (long each : millis) {
        min = Math.min(min, each);
        max = Math.max(max, each);
      }
      this.least = min;
      this.greatest = max;
    }

    @Override
    public long least() {
      return least;
    }

    @Override
    public long greatest() {
      return greatest;
    }

    @Override
    public long at(int index) {
      return millis[index];
    }
  }
}
