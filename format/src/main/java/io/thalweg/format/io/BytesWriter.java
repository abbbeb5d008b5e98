package io.thalweg.format.io;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.function.BiConsumer;

/** Appends to a growing byte array. One thread. */
public final class BytesWriter {
  private byte[] array;
  private ByteBuffer buffer;

  /** An empty writer. */
  public BytesWriter() {
    this(256);
  }

  /** An empty writer with room for {@code capacity} bytes before it grows. */
  public BytesWriter(int capacity) {
    hold(new byte[capacity], 0);
  }

  private void hold(byte[] bytes, int position) {
    array = bytes;
    buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).position(position);
  }

  private void room(int bytes) {
    if (buffer.remaining() < bytes) {
      int position = buffer.position();
      hold(
          Arrays.copyOf(array, Math.max(Math.addExact(position, bytes), array.length * 2)),
          position);
    }
  }

  /** One byte. */
  public BytesWriter int8(int value) {
    room(1);
    buffer.put((byte) value);
    return this;
  }

  /** Two bytes. */
  public BytesWriter int16(int value) {
    room(2);
    buffer.putShort((short) value);
    return this;
  }

  /** Four bytes. */
  public BytesWriter int32(int value) {
    room(4);
    buffer.putInt(value);
    return this;
  }

  /** Eight bytes. */
  public BytesWriter int64(long value) {
    room(8);
    buffer.putLong(value);
    return this;
  }

  /** One byte, 0 or 1. */
  public BytesWriter bool(boolean value) {
    return int8(value ? 1 : 0);
  }

  /** An unsigned LEB128 of at most ten bytes; small non-negative values are short. */
  public BytesWriter varint(long value) {
    room(10);
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      buffer.put((byte) ((rest & 0x7f) | 0x80));
      rest >>>= 7;
    }
    buffer.put((byte) rest);
    return this;
  }

  /** The bytes as they are, without a length. */
  public BytesWriter raw(byte[] bytes) {
    room(bytes.length);
    buffer.put(bytes);
    return this;
  }

  /** The remaining bytes of {@code bytes} as they are, without a length. */
  public BytesWriter raw(ByteBuffer bytes) {
    room(bytes.remaining());
    buffer.put(bytes.duplicate());
    return this;
  }

  /** Length and bytes. */
  public BytesWriter bytes(byte[] bytes) {
    return varint(bytes.length).raw(bytes);
  }

  /** Length and UTF-8 bytes. */
  public BytesWriter text(String text) {
    return bytes(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Count and elements. */
  public <T> BytesWriter list(Collection<T> items, BiConsumer<BytesWriter, T> each) {
    varint(items.size());
    for (T item : items) {
      each.accept(this, item);
    }
    return this;
  }

  /** Count and pairs of text, in the map's order. */
  public BytesWriter textMap(Map<String, String> map) {
    varint(map.size());
    map.forEach((key, value) -> text(key).text(value));
    return this;
  }

  /** Zero bytes up to the next multiple of {@code alignment}, a power of two. */
  public BytesWriter align(int alignment) {
    while ((buffer.position() & (alignment - 1)) != 0) {
      int8(0);
    }
    return this;
  }

  /** Bytes written so far. */
  public int size() {
    return buffer.position();
  }

  /** A view of the bytes written so far; valid until the next write. */
  public ByteBuffer view() {
    return ByteBuffer.wrap(array, 0, buffer.position());
  }

  /** A copy of what was written. */
  public byte[] toBytes() {
    return Arrays.copyOf(array, buffer.position());
  }
}
