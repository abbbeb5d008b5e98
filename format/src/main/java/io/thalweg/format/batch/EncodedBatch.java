package io.thalweg.format.batch;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;

/**
 * A batch in its durable form, in one reference-counted buffer. Each holder closes it once; {@link
 * #retain} makes a second holder. Immutable; any thread may read.
 */
public final class EncodedBatch implements AutoCloseable {
  private final BatchHeader header;
  private final ArrowBuf buffer;

  EncodedBatch(BatchHeader header, ArrowBuf buffer) {
    this.header = header;
    this.buffer = buffer;
  }

  /**
   * Copies the batch at the position of {@code bytes} into memory of {@code allocator}, checks both
   * checksums, and moves the position behind it.
   *
   * @throws ThalwegException CORRUPT_DATA for damage; UNSUPPORTED for a batch of another version or
   *     of an unknown body format; OVERLOADED if the allocator's limit is reached
   */
  public static EncodedBatch copy(ByteBuffer bytes, BufferAllocator allocator) {
    BatchHeader header = BatchHeader.read(bytes);
    ByteBuffer batch =
        bytes.slice(bytes.position(), header.length()).order(ByteOrder.LITTLE_ENDIAN);
    header.verify(batch);
    ArrowBuf buffer = allocate(header.length(), allocator);
    buffer.setBytes(0, batch);
    bytes.position(bytes.position() + header.length());
    return new EncodedBatch(header, buffer);
  }

  private static ArrowBuf allocate(int length, BufferAllocator allocator) {
    try {
      return allocator.buffer(length);
    } catch (OutOfMemoryException full) {
      throw overloaded(full);
    }
  }

  /** The error where an allocator's limit is reached: OVERLOADED. */
  public static ThalwegException overloaded(OutOfMemoryException full) {
    return new ThalwegException(
        ErrorCode.OVERLOADED, "no memory for a batch now: " + full.getMessage(), full);
  }

  /** Reads the batch's records. */
  public BatchRows rows() {
    return header.bodyFormat().rowsOf(this);
  }

  /** The parsed header. */
  public BatchHeader header() {
    return header;
  }

  /** Bytes in durable form. */
  public int length() {
    return header.length();
  }

  /** A view of the durable bytes, valid while this is held. */
  public ByteBuffer bytes() {
    return buffer.nioBuffer(0, header.length());
  }

  /**
   * The Kafka record batch that the body is, valid while this is held. Its base offset is zero.
   *
   * @throws IllegalStateException for a batch of another format
   */
  public ByteBuffer kafkaRecords() {
    if (header.bodyFormat() != BodyFormat.KAFKA) {
      throw new IllegalStateException("the body of a batch is " + header.bodyFormat());
    }
    return new KafkaBody(this).records();
  }

  ArrowBuf buffer() {
    return buffer;
  }

  /** Another holder of the same bytes, to be closed on its own. */
  public EncodedBatch retain() {
    buffer.getReferenceManager().retain();
    return this;
  }

  @Override
  public void close() {
    buffer.getReferenceManager().release();
  }
}
