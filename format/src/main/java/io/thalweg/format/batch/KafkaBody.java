package io.thalweg.format.batch;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.kafka.EndMarker;
import io.thalweg.format.kafka.RecordBatchHeader;
import io.thalweg.format.kafka.RecordCleaner;
import io.thalweg.format.kafka.RecordColumns;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableBucket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntSupplier;
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
  private static final int BODY_START = BatchHeader.SIZE + METADATA_SIZE;

  /** Bytes of what {@link #marker} makes. */
  public static final int MARKER_LENGTH = BODY_START + ((EndMarker.LENGTH + 7) & ~7);

  /** Every topic's records have the columns of the first. */
  private static final int FIRST_SCHEMA = 1;

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
    WriterStamp writer =
        kafka.producerId() < 0
            ? WriterStamp.NONE
            : new WriterStamp(kafka.producerId(), kafka.producerEpoch(), kafka.baseSequence());
    return encode(bucket, schema, kafka, writer, records, maxLength, allocator);
  }

  /**
   * Like {@link #encode}, of a batch that the bucket's owner makes: it may be a control batch, and
   * has no writer, because the owner's claim stores it once.
   */
  public static EncodedBatch encodeOwn(
      TableBucket bucket,
      Schema schema,
      ByteBuffer records,
      int maxLength,
      BufferAllocator allocator) {
    RecordBatchHeader kafka = RecordBatchHeader.checkOwn(records);
    return encode(bucket, schema, kafka, WriterStamp.NONE, records, maxLength, allocator);
  }

  private static EncodedBatch encode(
      TableBucket bucket,
      Schema schema,
      RecordBatchHeader kafka,
      WriterStamp writer,
      ByteBuffer records,
      int maxLength,
      BufferAllocator allocator) {
    BatchEncoder.checkRows(kafka.recordCount());
    int length = length(kafka.length());
    if (length > maxLength) {
      throw new ThalwegException(
          ErrorCode.TOO_LARGE,
          "a record batch of "
              + kafka.length()
              + " bytes is over the limit of "
              + (maxLength - BODY_START)
              + "; send fewer records per batch");
    }
    ArrowBuf buffer;
    try {
      buffer = allocator.buffer(length);
    } catch (OutOfMemoryException full) {
      throw EncodedBatch.overloaded(full);
    }
    try {
      ByteBuffer out = buffer.nioBuffer(0, length);
      buffer.setZero(BODY_START + kafka.length(), length - BODY_START - kafka.length());
      write(header(bucket, schema.schemaId(), kafka, writer), kafka, records, 0, out);
      return new EncodedBatch(BatchHeader.read(out), buffer);
    } catch (RuntimeException | Error failure) {
      buffer.close();
      throw failure;
    }
  }

  private static int length(int kafkaLength) {
    return BODY_START + BatchHeader.padded(kafkaLength);
  }

  private static BatchHeader header(
      TableBucket bucket, int schemaId, RecordBatchHeader kafka, WriterStamp writer) {
    return new BatchHeader(
        length(kafka.length()),
        BodyFormat.KAFKA,
        Compression.NONE,
        0,
        0,
        bucket,
        schemaId,
        kafka.span(),
        0,
        kafka.maxTimestamp(),
        writer,
        METADATA_SIZE);
  }

  /** Writes a durable batch to {@code out}, whose last bytes, behind the records, are zero. */
  private static void write(
      BatchHeader header,
      RecordBatchHeader kafka,
      ByteBuffer records,
      int horizonSeconds,
      ByteBuffer out) {
    header.write(out);
    out.putInt(BatchHeader.SIZE, kafka.length());
    out.putInt(BatchHeader.SIZE + 4, horizonSeconds);
    out.put(BODY_START, records, records.position(), kafka.length());
    // Their places are decided later, and are no part of what was sent.
    out.putLong(BODY_START, 0).putInt(BODY_START + RecordBatchHeader.PLACE_SIZE - 4, 0);
    out.putInt(
        BatchHeader.AT_BODY_CHECKSUM,
        BatchEncoder.checksum(out.duplicate().position(BODY_START).limit(header.length())));
    out.putInt(BatchHeader.AT_HEADER_CHECKSUM, BatchEncoder.headerChecksum(out, BODY_START));
  }

  /** The durable batch, of {@value #MARKER_LENGTH} bytes, that ends a transaction in a bucket. */
  public static ByteBuffer marker(TableBucket bucket, EndMarker marker) {
    ByteBuffer records = marker.batch();
    RecordBatchHeader kafka = RecordBatchHeader.checkOwn(records);
    return durable(header(bucket, FIRST_SCHEMA, kafka, WriterStamp.NONE), kafka, records, 0);
  }

  private static ByteBuffer durable(
      BatchHeader header, RecordBatchHeader kafka, ByteBuffer records, int horizonSeconds) {
    ByteBuffer out = ByteBuffer.allocate(header.length()).order(ByteOrder.LITTLE_ENDIAN);
    write(header, kafka, records, horizonSeconds, out);
    return out;
  }

  /** The durable batch that stands for {@code span} offsets without records. */
  public static ByteBuffer hole(TableBucket bucket, int span) {
    ByteBuffer records = RecordCleaner.hole(span);
    RecordBatchHeader kafka = RecordBatchHeader.read(records);
    return durable(header(bucket, FIRST_SCHEMA, kafka, WriterStamp.NONE), kafka, records, 0);
  }

  /**
   * The durable batch that is left once some records were taken out; empty where none is left.
   *
   * @param horizonSeconds asked once all records were: since the epoch, from when on ends of keys
   *     and of transactions may be taken out of it too; 0 where that was not decided
   * @throws ThalwegException CORRUPT_DATA where its records cannot be read
   */
  public Optional<ByteBuffer> cleaned(RecordCleaner.Choice choice, IntSupplier horizonSeconds) {
    ByteBuffer kept = RecordCleaner.clean(records(), MAX_DECOMPRESSED, choice);
    RecordBatchHeader kafka = RecordBatchHeader.read(kept);
    if (kafka.recordCount() == 0) {
      return Optional.empty();
    }
    BatchHeader was = batch.header();
    return Optional.of(
        durable(
            header(was.bucket(), was.schemaId(), kafka, was.writer()),
            kafka,
            kept,
            horizonSeconds.getAsInt()));
  }

  /**
   * When ends of keys, or of a transaction, may be taken out of it: seconds since the epoch; 0
   * where that was not decided.
   */
  public int horizonSeconds() {
    ByteBuffer bytes = batch.bytes().order(ByteOrder.LITTLE_ENDIAN);
    return bytes.getInt(batch.header().metadataStart() + 4);
  }

  /** The header of the record batch; without its CRC, as another checksum covers it. */
  public RecordBatchHeader header() {
    return RecordBatchHeader.read(records());
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
    int span = header().span();
    if (span != batch.header().recordCount()) {
      throw ThalwegException.corrupt(
          span + " offsets where " + batch.header().recordCount() + " are due");
    }
    try {
      return RecordColumns.read(records(), wanted, MAX_DECOMPRESSED, allocator);
    } catch (OutOfMemoryException full) {
      throw EncodedBatch.overloaded(full);
    }
  }

  @Override
  public RowPlaces places() {
    ByteBuffer records = records();
    return RecordBatchHeader.read(records).isSparse()
        ? RowPlaces.of(RecordColumns.offsetDeltas(records, MAX_DECOMPRESSED))
        : RowPlaces.ALL;
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
