package io.thalweg.parquet.read;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.parquet.encoding.AppendBuffer;
import io.thalweg.parquet.encoding.ByteSink;
import io.thalweg.parquet.encoding.Words;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;

/**
 * Builds the buffers of one scalar vector from batches of non-null values and their places. One
 * thread.
 */
final class VectorBuilder implements AutoCloseable {
  private static final int CHUNK = 64 << 10;

  private final BufferAllocator allocator;
  private final int width;
  private final AppendBuffer data;
  private final AppendBuffer offsets;
  private final byte[] out = new byte[CHUNK + 2 * ByteSink.SLACK];
  private byte[] validity = new byte[0];
  private byte[] flags = new byte[0];
  private boolean hasNulls;
  private int slots;
  private int nulls;

  /**
   * An empty vector.
   *
   * @param width bytes of a value, 0 for strings, -1 for booleans
   * @param expected how many values will come, according to the file
   */
  VectorBuilder(int width, int expected, BufferAllocator allocator) {
    this.allocator = allocator;
    this.width = width;
    this.data = new AppendBuffer(allocator);
    this.offsets = new AppendBuffer(allocator);
    if (width == 0) {
      appendOffset(0);
    }
    // Beyond this the file's claim, which may be damaged, is ignored: the buffer doubles instead.
    data.reserve(Math.min((long) expected * Math.max(1, width), 1 << 20));
  }

  int slots() {
    return slots;
  }

  int nulls() {
    return nulls;
  }

  private void appendOffset(int offset) {
    Words.int32(out, 0, offset);
    offsets.append(out, 0, 4);
  }

  /**
   * Records the next {@code count} places.
   *
   * @param present 1 for a value, 0 for a null; null if there are no nulls
   */
  private void places(byte[] present, int count, int values) {
    if (present != null && values < count) {
      if (!hasNulls) {
        hasNulls = true;
        grow(count);
        Arrays.fill(validity, 0, slots, (byte) 1);
      }
      grow(count);
      System.arraycopy(present, 0, validity, slots, count);
      nulls += count - values;
    } else if (hasNulls) {
      grow(count);
      Arrays.fill(validity, slots, slots + count, (byte) 1);
    }
    slots += count;
  }

  private void grow(int more) {
    if (slots + more > validity.length) {
      validity = Arrays.copyOf(validity, Math.max(slots + more, validity.length * 2));
    }
  }

  /** Appends values that {@code bytes} holds in the vector's form; none is null. */
  void appendRaw(byte[] bytes, int start, int count) {
    data.append(bytes, start, count * width);
    places(null, count, count);
  }

  /**
   * Appends numbers.
   *
   * @param words the non-null values, with room for {@code count}; changed
   * @param values how many
   * @param present see {@link #places}
   */
  void appendWords(long[] words, int values, byte[] present, int count) {
    if (values < count) {
      // Moves from the end, so that nothing is overwritten before it is moved.
      int from = values;
      for (int i = count - 1; i >= 0; i--) {
        from -= present[i];
        words[i] = present[i] == 0 ? 0 : words[from];
      }
    }
    if (width < 0) {
      appendFlags(words, count);
    } else {
      int step = CHUNK / 16;
      for (int i = 0; i < count; i += step) {
        int some = Math.min(step, count - i);
        Words.narrow(words, i, some, out, 0, width);
        data.append(out, 0, some * width);
      }
    }
    places(present, count, values);
  }

  private void appendFlags(long[] words, int count) {
    if (slots + count > flags.length) {
      flags = Arrays.copyOf(flags, Math.max(slots + count, flags.length * 2));
    }
    for (int i = 0; i < count; i++) {
      flags[slots + i] = (byte) words[i];
    }
  }

  /** Appends byte strings, see {@link BytesSource}. */
  void appendBytes(
      byte[] bytes, int[] starts, int[] lengths, int values, byte[] present, int count) {
    if (width == 0) {
      appendStrings(bytes, starts, lengths, values);
      appendOffsets(lengths, present, values, count);
    } else {
      int value = 0;
      for (int i = 0; i < count; i++) {
        if (values == count || present[i] != 0) {
          data.append(bytes, starts[value++], width);
        } else {
          data.fill(0, width);
        }
      }
    }
    places(present, count, values);
  }

  /** Appends big-endian two's complement as 16 bytes little-endian. */
  void appendDecimals(
      byte[] bytes, int[] starts, int[] lengths, int values, byte[] present, int count) {
    int value = 0;
    int at = 0;
    for (int i = 0; i < count; i++) {
      long low = 0;
      long high = 0;
      if (values == count || present[i] != 0) {
        int start = starts[value];
        int length = lengths[value++];
        high = bytes[start] >> 7;
        low = high;
        for (int b = start; b < start + length; b++) {
          high = (high << 8) | (low >>> 56);
          low = (low << 8) | (bytes[b] & 0xff);
        }
      }
      Words.int64(out, at, low);
      Words.int64(out, at + 8, high);
      at += 16;
      if (at == CHUNK) {
        data.append(out, 0, at);
        at = 0;
      }
    }
    data.append(out, 0, at);
    places(present, count, values);
  }

  private void appendStrings(byte[] bytes, int[] starts, int[] lengths, int values) {
    int at = 0;
    for (int i = 0; i < values; i++) {
      int length = lengths[i];
      if (length > CHUNK - at) {
        data.append(out, 0, at);
        at = 0;
        if (length > CHUNK) {
          data.append(bytes, starts[i], length);
          continue;
        }
      }
      if (length <= 16) {
        Words.int64(out, at, Words.int64(bytes, starts[i]));
        if (length > 8) {
          Words.int64(out, at + 8, Words.int64(bytes, starts[i] + 8));
        }
      } else {
        System.arraycopy(bytes, starts[i], out, at, length);
      }
      at += length;
    }
    data.append(out, 0, at);
  }

  private void appendOffsets(int[] lengths, byte[] present, int values, int count) {
    long sum = 0;
    for (int i = 0; i < values; i++) {
      sum += lengths[i];
    }
    long offset = data.size() - sum;
    if (data.size() > Integer.MAX_VALUE) {
      throw new ThalwegException(
          ErrorCode.TOO_LARGE,
          "a column of one row group has " + data.size() + " bytes of strings; write smaller ones");
    }
    int value = 0;
    int at = 0;
    for (int i = 0; i < count; i++) {
      if (values == count || present[i] != 0) {
        offset += lengths[value++];
      }
      Words.int32(out, at, (int) offset);
      at += 4;
      if (at == CHUNK) {
        offsets.append(out, 0, at);
        at = 0;
      }
    }
    offsets.append(out, 0, at);
  }

  /** Moves the buffers into {@code vector}. */
  void load(FieldVector vector) {
    AppendBuffer bits = new AppendBuffer(allocator);
    ArrowBuf validityBits = bits(hasNulls ? validity : null, bits);
    ArrowBuf dataBuffer = null;
    ArrowBuf offsetBuffer = null;
    try {
      dataBuffer = width < 0 ? bits(flags, new AppendBuffer(allocator)) : data.take();
      offsetBuffer = width == 0 ? offsets.take() : null;
      vector.loadFieldBuffers(
          new ArrowFieldNode(slots, nulls),
          width == 0
              ? List.of(validityBits, offsetBuffer, dataBuffer)
              : List.of(validityBits, dataBuffer));
    } finally {
      validityBits.close();
      if (dataBuffer != null) {
        dataBuffer.close();
      }
      if (offsetBuffer != null) {
        offsetBuffer.close();
      }
    }
  }

  private ArrowBuf bits(byte[] each, AppendBuffer into) {
    return packed(each, slots, into);
  }

  /** One bit for each of the first {@code count} bytes; all set where {@code each} is null. */
  static ArrowBuf packed(byte[] each, int count, AppendBuffer into) {
    if (each != null) {
      byte[] packed = new byte[(count + 7) >> 3];
      for (int i = 0; i < count; i++) {
        packed[i >> 3] |= (byte) (each[i] << (i & 7));
      }
      into.append(packed, 0, packed.length);
    } else {
      into.fill(0xff, (count + 7) >> 3);
    }
    return into.take();
  }

  @Override
  public void close() {
    data.close();
    offsets.close();
  }
}
