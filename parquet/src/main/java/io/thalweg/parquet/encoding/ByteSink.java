package io.thalweg.parquet.encoding;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** A byte array that grows while it is written, little-endian; reused. One thread. */
public final class ByteSink {
  /** Bytes after the written ones that may be overwritten, so that whole words can be written. */
  public static final int SLACK = 16;

  private static final int MAX_SIZE = 1 << 30;
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private byte[] array = new byte[1024];
  private int size;

  /** Bytes written. */
  public int size() {
    return size;
  }

  /** The array; valid until the next write, from 0 to {@link #size()}. */
  public byte[] array() {
    return array;
  }

  /** Forgets what was written. */
  public void clear() {
    size = 0;
  }

  /** Sets the size, after the caller wrote into the array itself. */
  public void size(int written) {
    size = written;
  }

  /** Makes room for {@code more} bytes and the slack; returns the array. */
  public byte[] reserve(long more) {
    long wanted = size + more + SLACK;
    if (wanted > array.length) {
      if (wanted > MAX_SIZE) {
        throw new ThalwegException(
            ErrorCode.TOO_LARGE,
            "a Parquet page or chunk of "
                + wanted
                + " bytes is over "
                + MAX_SIZE
                + "; use smaller row groups or values");
      }
      array = Arrays.copyOf(array, (int) Math.min(MAX_SIZE, Math.max(wanted, array.length * 2L)));
    }
    return array;
  }

  public void int8(int value) {
    reserve(1)[size++] = (byte) value;
  }

  public void int32(int value) {
    INT.set(reserve(4), size, value);
    size += 4;
  }

  public void int64(long value) {
    LONG.set(reserve(8), size, value);
    size += 8;
  }

  public void bytes(byte[] from, int offset, int length) {
    System.arraycopy(from, offset, reserve(length), size, length);
    size += length;
  }

  /** Unsigned LEB128. */
  public void varint(long value) {
    reserve(10);
    long left = value;
    while ((left & ~0x7fL) != 0) {
      array[size++] = (byte) (left | 0x80);
      left >>>= 7;
    }
    array[size++] = (byte) left;
  }

  /** Signed, zigzag. */
  public void zigzag(long value) {
    varint((value << 1) ^ (value >> 63));
  }

  /** A copy of what was written, in a buffer of its own. */
  public ByteBuffer copy() {
    return ByteBuffer.wrap(Arrays.copyOf(array, size));
  }
}
