package io.thalweg.parquet.encoding;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.util.Arrays;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;

/** Off-heap bytes that grow by doubling, within the allocator's limit. One thread. */
public final class AppendBuffer implements AutoCloseable {
  private static final int FILL = 8192;
  private static final long LEAST = 1024;
  private static final long MOST = 1L << 31;

  private final BufferAllocator allocator;
  private ArrowBuf buffer;
  private long size;

  public AppendBuffer(BufferAllocator allocator) {
    this.allocator = allocator;
  }

  public long size() {
    return size;
  }

  /** Bytes of memory taken. */
  public long capacity() {
    return buffer == null ? 0 : buffer.capacity();
  }

  public void clear() {
    size = 0;
  }

  /** Makes room for {@code more} bytes. */
  public void reserve(long more) {
    long wanted = size + more;
    if (buffer != null && wanted <= buffer.capacity()) {
      return;
    }
    if (wanted > MOST) {
      throw new ThalwegException(
          ErrorCode.TOO_LARGE,
          "a column needs a buffer of " + wanted + " bytes, over " + MOST + "; read fewer rows");
    }
    long grown = Math.max(LEAST, Math.max(wanted, Math.min(MOST, 2 * capacity())));
    try {
      ArrowBuf larger = allocator.buffer(grown);
      if (buffer != null) {
        larger.setBytes(0, buffer, 0, size);
        buffer.close();
      }
      buffer = larger;
    } catch (OutOfMemoryException full) {
      throw new ThalwegException(
          ErrorCode.OVERLOADED, "no memory for a column now: " + full.getMessage(), full);
    }
  }

  public void append(byte[] from, int offset, int length) {
    reserve(length);
    if (length > 0) {
      buffer.setBytes(size, from, offset, length);
      size += length;
    }
  }

  public void append(ArrowBuf from, long offset, long length) {
    reserve(length);
    if (length > 0) {
      buffer.setBytes(size, from, offset, length);
      size += length;
    }
  }

  /** Appends {@code count} bytes of one value. */
  public void fill(int value, long count) {
    byte[] some = new byte[(int) Math.min(count, FILL)];
    Arrays.fill(some, (byte) value);
    for (long left = count; left > 0; left -= some.length) {
      append(some, 0, (int) Math.min(left, some.length));
    }
  }

  /** Copies the first bytes into {@code into}. */
  public void read(byte[] into, int length) {
    if (length > 0) {
      buffer.getBytes(0, into, 0, length);
    }
  }

  /** Passes the bytes to the caller, who closes them. */
  public ArrowBuf take() {
    reserve(0);
    ArrowBuf taken = buffer;
    taken.writerIndex(size);
    buffer = null;
    size = 0;
    return taken;
  }

  @Override
  public void close() {
    if (buffer != null) {
      buffer.close();
      buffer = null;
    }
    size = 0;
  }
}
