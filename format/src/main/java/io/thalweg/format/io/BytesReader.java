package io.thalweg.format.io;

import io.thalweg.format.error.ThalwegException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Reads what {@link BytesWriter} wrote, trusting nothing. One thread. */
public final class BytesReader {
  private final ByteBuffer buffer;

  /** Reads {@code bytes} from its position to its limit; the buffer's own position stays. */
  public BytesReader(ByteBuffer bytes) {
    this.buffer = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Reads a whole array. */
  public BytesReader(byte[] bytes) {
    this(ByteBuffer.wrap(bytes));
  }

  private void need(long bytes) {
    if (bytes < 0 || bytes > buffer.remaining()) {
      throw ThalwegException.corrupt(
          bytes
              + " bytes wanted at position "
              + buffer.position()
              + ", "
              + buffer.remaining()
              + " are left");
    }
  }

  /** One byte, signed. */
  public int int8() {
    need(1);
    return buffer.get();
  }

  /** Reads the next byte if it is {@code wanted}, and says whether it was. */
  public boolean acceptInt8(int wanted) {
    if (buffer.hasRemaining() && buffer.get(buffer.position()) == wanted) {
      buffer.get();
      return true;
    }
    return false;
  }

  /** Two bytes, signed. */
  public int int16() {
    need(2);
    return buffer.getShort();
  }

  /** Four bytes. */
  public int int32() {
    need(4);
    return buffer.getInt();
  }

  /** Eight bytes. */
  public long int64() {
    need(8);
    return buffer.getLong();
  }

  /** One byte that is 0 or 1. */
  public boolean bool() {
    int value = int8();
    if (value != 0 && value != 1) {
      throw ThalwegException.corrupt("a flag is " + value + ", neither 0 nor 1");
    }
    return value == 1;
  }

  /** An unsigned LEB128 of at most ten bytes. */
  public long varint() {
    long value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      int next = int8();
      if (shift == 63 && (next & 0xfe) != 0) {
        break;
      }
      value |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw ThalwegException.corrupt("a varint is longer than ten bytes");
  }

  /** A varint within {@code [0, max]}. */
  public int varint(int max) {
    long value = varint();
    if (value < 0 || value > max) {
      throw ThalwegException.corrupt(
          "a number is " + Long.toUnsignedString(value) + ", over " + max);
    }
    return (int) value;
  }

  /** A copy of the next {@code length} bytes. */
  public byte[] raw(int length) {
    need(length);
    byte[] bytes = new byte[length];
    buffer.get(bytes);
    return bytes;
  }

  /** Length and bytes, at most {@code max}. */
  public byte[] bytes(int max) {
    return raw(varint(Math.min(max, buffer.remaining())));
  }

  /** A view of the next {@code length} bytes, little-endian, not copied. */
  public ByteBuffer view(int length) {
    need(length);
    ByteBuffer view = buffer.slice(buffer.position(), length).order(ByteOrder.LITTLE_ENDIAN);
    buffer.position(buffer.position() + length);
    return view;
  }

  /** Length and UTF-8 text, at most {@code max} bytes; malformed UTF-8 is refused. */
  public String text(int max) {
    byte[] bytes = bytes(max);
    try {
      CharBuffer chars = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return chars.toString();
    } catch (CharacterCodingException malformed) {
      throw ThalwegException.corrupt("text is not UTF-8: " + malformed.getMessage());
    }
  }

  /** Count and elements; every element takes at least one byte, which bounds the count. */
  public <T> List<T> list(Function<BytesReader, T> each) {
    int count = varint(buffer.remaining());
    List<T> items = new ArrayList<>(Math.min(count, 1024));
    for (int i = 0; i < count; i++) {
      items.add(each.apply(this));
    }
    return items;
  }

  /** Count and pairs of text, order kept. */
  public Map<String, String> textMap(int maxText) {
    int count = varint(buffer.remaining());
    Map<String, String> map = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      map.put(text(maxText), text(maxText));
    }
    return map;
  }

  /** Skips to the next multiple of {@code alignment}, a power of two, counted from the start. */
  public void align(int alignment) {
    int skip = -buffer.position() & (alignment - 1);
    need(skip);
    buffer.position(buffer.position() + skip);
  }

  /** Bytes read so far. */
  public int position() {
    return buffer.position();
  }

  /** Bytes left. */
  public int remaining() {
    return buffer.remaining();
  }
}
