package io.thalweg.format.io;

import org.apache.arrow.memory.ArrowBuf;

/**
 * Copies of Arrow buffers. A list vector without values may claim offsets that its buffer has no
 * room for, after a transfer of none (apache/arrow-java issue 1194); they are zero. Stateless.
 */
public final class BufferCopy {
  private BufferCopy() {}

  /** Whether the buffer claims an offset that it lacks. */
  public static boolean lacksOffset(ArrowBuf buffer) {
    return buffer.readableBytes() <= Long.BYTES
        && buffer.readerIndex() + buffer.readableBytes() > buffer.capacity();
  }

  /** Copies the readable bytes of {@code from} to {@code at} in {@code target}. */
  public static void copy(ArrowBuf from, ArrowBuf target, long at) {
    if (lacksOffset(from)) {
      target.setZero(at, from.readableBytes());
    } else {
      target.setBytes(at, from, from.readerIndex(), from.readableBytes());
    }
  }
}
