package io.thalweg.format.batch;

import java.nio.ByteBuffer;
import org.apache.arrow.memory.ArrowBuf;

/**
 * A batch in its durable form, in one reference-counted buffer. Whoever holds one closes it once;
 * {@link #retain} makes a second holder. Immutable; any thread may read.
 */
public final class EncodedBatch implements AutoCloseable {
  private final BatchHeader header;
  private final ArrowBuf buffer;

  EncodedBatch(BatchHeader header, ArrowBuf buffer) {
    this.header = header;
    this.buffer = buffer;
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
