package io.thalweg.format.batch;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BufferCopy;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableBucket;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.zip.CRC32C;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.ipc.message.ArrowBuffer;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.ipc.message.IpcOption;
import org.apache.arrow.vector.ipc.message.MessageSerializer;

/**
 * Turns checked vectors into a batch's durable form: statistics, one copy of each buffer,
 * checksums. Immutable; any thread, as long as the vectors are its own.
 *
 * @param maxLength largest batch to make, in bytes; a larger one is refused
 */
public record BatchEncoder(Compression compression, int zstdLevel, int maxLength) {

  /** Checks the limit. */
  public BatchEncoder {
    if (maxLength < BatchHeader.SIZE || maxLength > BatchHeader.MAX_LENGTH) {
      throw new IllegalArgumentException("maxLength " + maxLength);
    }
  }

  /**
   * Encodes {@code vectors}, which are the schema's columns in its order, as {@link InputCheck}
   * gives them.
   *
   * @param recordCount rows, at least 1
   * @param maxTimestamp milliseconds since the epoch
   * @param allocator owns the result's memory
   */
  public EncodedBatch encode(
      TableBucket bucket,
      Schema schema,
      List<FieldVector> vectors,
      int recordCount,
      long maxTimestamp,
      WriterStamp writer,
      BufferAllocator allocator) {
    checkSize(vectors, recordCount);
    byte[] statistics = ColumnStats.write(StatsCollector.collect(schema.columns(), vectors));
    try (ArrowRecordBatch arrow = unload(vectors, recordCount)) {
      ByteBuffer metadata = MessageSerializer.serializeMetadata(arrow, IpcOption.DEFAULT);
      long bodyLength = arrow.computeBodyLength();
      int bodyStart =
          BatchHeader.SIZE
              + BatchHeader.padded(statistics.length)
              + BatchHeader.padded(metadata.remaining());
      long length = bodyStart + ((bodyLength + 7) & ~7L);
      if (length > maxLength) {
        throw new ThalwegException(
            ErrorCode.TOO_LARGE,
            "a batch of "
                + recordCount
                + " rows takes "
                + length
                + " bytes, over the limit of "
                + maxLength
                + "; send fewer rows per batch");
      }
      ArrowBuf buffer = allocator.buffer(length);
      try {
        BatchHeader header =
            new BatchHeader(
                (int) length,
                BodyFormat.ARROW,
                compression,
                0,
                0,
                bucket,
                schema.schemaId(),
                recordCount,
                statistics.length,
                maxTimestamp,
                writer,
                metadata.remaining());
        return fill(buffer, header, statistics, metadata, arrow);
      } catch (RuntimeException | Error failure) {
        buffer.close();
        throw failure;
      }
    }
  }

  /** Refuses a batch with more rows, or more decompressed bytes, than readers accept. */
  private static void checkSize(List<FieldVector> vectors, int recordCount) {
    checkRows(recordCount);
    long bytes = 0;
    for (FieldVector vector : vectors) {
      bytes += vector.getBufferSize();
    }
    if (bytes > BatchRows.MAX_DECOMPRESSED / 2) {
      throw new ThalwegException(
          ErrorCode.TOO_LARGE,
          "a batch of "
              + recordCount
              + " rows takes "
              + bytes
              + " bytes before compression, over the limit of "
              + BatchRows.MAX_DECOMPRESSED / 2
              + "; send fewer rows per batch");
    }
  }

  /** Refuses more rows than a batch may have. */
  public static void checkRows(long rows) {
    if (rows > BatchHeader.MAX_RECORDS) {
      throw new ThalwegException(
          ErrorCode.TOO_LARGE,
          "a batch has "
              + rows
              + " rows, over the limit of "
              + BatchHeader.MAX_RECORDS
              + "; send fewer rows per batch");
    }
  }

  private ArrowRecordBatch unload(List<FieldVector> vectors, int recordCount) {
    // The root only groups the caller's vectors for the unloader; it owns none and is not closed.
    VectorSchemaRoot root =
        new VectorSchemaRoot(
            vectors.stream().map(FieldVector::getField).toList(), vectors, recordCount);
    return new VectorUnloader(root, true, compression.codec(zstdLevel), true).getRecordBatch();
  }

  private static EncodedBatch fill(
      ArrowBuf buffer,
      BatchHeader header,
      byte[] statistics,
      ByteBuffer metadata,
      ArrowRecordBatch arrow) {
    int length = header.length();
    int bodyStart = header.bodyStart();
    buffer.setZero(0, bodyStart);
    buffer.setBytes(header.statisticsStart(), statistics);
    buffer.setBytes(header.metadataStart(), metadata.duplicate());
    copyBody(buffer, bodyStart, length, arrow);
    ByteBuffer bytes = buffer.nioBuffer(0, length);
    header.write(bytes);
    int bodyChecksum = checksum(bytes.duplicate().position(bodyStart).limit(length));
    bytes.putInt(BatchHeader.AT_BODY_CHECKSUM, bodyChecksum);
    bytes.putInt(BatchHeader.AT_HEADER_CHECKSUM, headerChecksum(bytes, bodyStart));
    return new EncodedBatch(BatchHeader.read(bytes), buffer);
  }

  private static void copyBody(ArrowBuf target, int bodyStart, int length, ArrowRecordBatch arrow) {
    List<ArrowBuf> buffers = arrow.getBuffers();
    List<ArrowBuffer> layout = arrow.getBuffersLayout();
    long at = bodyStart;
    for (int i = 0; i < buffers.size(); i++) {
      long start = bodyStart + layout.get(i).getOffset();
      zero(target, at, start);
      long size = buffers.get(i).readableBytes();
      BufferCopy.copy(buffers.get(i), target, start);
      at = start + size;
    }
    zero(target, at, length);
  }

  private static void zero(ArrowBuf target, long from, long to) {
    if (to > from) {
      target.setZero(from, to - from);
    }
  }

  static int checksum(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
  }

  static int headerChecksum(ByteBuffer batch, int bodyStart) {
    CRC32C crc = new CRC32C();
    crc.update(batch.duplicate().position(0).limit(8));
    crc.update(batch.duplicate().position(BatchHeader.AT_BODY_CHECKSUM).limit(bodyStart));
    return (int) crc.getValue();
  }
}
