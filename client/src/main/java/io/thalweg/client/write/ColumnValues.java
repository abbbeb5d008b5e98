package io.thalweg.client.write;

import io.thalweg.format.cast.VectorWriter;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.type.ArrowTypes;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;

/**
 * The values that gather for one column of an open batch, in Java arrays that are used again for
 * the next batch; they are copied into Arrow buffers when the batch is sealed. What was added at an
 * index is forgotten if another value is added there. One thread at a time.
 */
abstract class ColumnValues {
  private static final int FIRST_ROWS = 64;
  private static final int FIRST_BYTES = 1 << 10;
  private static final int MAX_ARRAY = Integer.MAX_VALUE - 8;

  /** Adds a row's value at {@code index}, which is the number of rows added before it. */
  abstract void add(CheckedRow row, int index);

  /** Gives the first {@code count} values as the nodes and buffers of a record batch. */
  abstract void unload(
      int count, BufferAllocator allocator, List<ArrowFieldNode> nodes, List<ArrowBuf> buffers);

  /** Forgets all values; keeps the memory. */
  abstract void clear();

  /** Gives the memory back that is not the collector's. */
  void close() {}

  /** How many bytes of memory it keeps. */
  abstract long kept();

  /** The values of a column: {@code place} is its place in the rows. */
  static ColumnValues of(Column column, int place, BufferAllocator allocator) {
    FieldVector vector = ArrowTypes.toArrow(column.name(), column.type()).createVector(allocator);
    return switch (ArrowTypes.form(vector.getField().getType())) {
      case BIT -> new Bits(place);
      case INT8 -> new Numbers(place, 1);
      case INT16 -> new Numbers(place, 2);
      case INT32, FLOAT32 -> new Numbers(place, 4);
      case INT64, FLOAT64 -> new Numbers(place, 8);
      case BYTES -> new Bytes(column.name(), place);
      case DECIMAL128, FIXED_BYTES, VECTOR, LIST, MAP, STRUCT -> new Others(column, place, vector);
    };
  }

  private static ArrowBuf copied(byte[] from, int length, BufferAllocator allocator) {
    ArrowBuf copy = allocator.buffer(length);
    copy.setBytes(0, from, 0, length);
    copy.writerIndex(length);
    return copy;
  }

  private static byte[] grown(byte[] array, long least, String name) {
    if (least > MAX_ARRAY) {
      throw new ThalwegException(
          ErrorCode.TOO_LARGE,
          "the values of column '" + name + "' take " + least + " bytes in one batch");
    }
    return Arrays.copyOf(array, (int) Math.min(MAX_ARRAY, Math.max(least, 2L * array.length)));
  }

  /** Which values are there: a bit each, as Arrow has them. */
  private static final class Presence {
    private byte[] bits = new byte[FIRST_ROWS / 8];
    private int nulls;

    /** Says of the next value whether it is null. */
    void add(int index, boolean isNull) {
      // Bits are set for nulls, so that columns without any need no work.
      if (isNull) {
        int at = index >> 3;
        if (at >= bits.length) {
          bits = grown(bits, at + 1L, "");
        }
        bits[at] |= (byte) (1 << (index & 7));
        nulls++;
      }
    }

    /** Forgets what was said of a value that was not added in the end. */
    void forget(int index) {
      int at = index >> 3;
      if (nulls > 0 && at < bits.length && (bits[at] & 1 << (index & 7)) != 0) {
        bits[at] &= (byte) ~(1 << (index & 7));
        nulls--;
      }
    }

    void unload(
        int count, BufferAllocator allocator, List<ArrowFieldNode> nodes, List<ArrowBuf> buffers) {
      nodes.add(new ArrowFieldNode(count, nulls));
      if (nulls == 0) {
        buffers.add(allocator.getEmpty());
        return;
      }
      byte[] valid = new byte[(count + 7) / 8];
      for (int i = 0; i < valid.length; i++) {
        valid[i] = (byte) ~(i < bits.length ? bits[i] : 0);
      }
      buffers.add(copied(valid, valid.length, allocator));
    }

    void clear() {
      if (nulls > 0) {
        Arrays.fill(bits, (byte) 0);
        nulls = 0;
      }
    }
  }

  /** Truth values. */
  private static final class Bits extends ColumnValues {
    private final int place;
    private final Presence presence = new Presence();
    private byte[] bits = new byte[FIRST_ROWS / 8];

    Bits(int place) {
      this.place = place;
    }

    @Override
    void add(CheckedRow row, int index) {
      int at = index >> 3;
      if (at >= bits.length) {
        bits = grown(bits, at + 1L, "");
      }
      presence.forget(index);
      boolean isNull = row.isNull(place);
      presence.add(index, isNull);
      int bit = 1 << (index & 7);
      boolean isSet = !isNull && row.number(place) != 0;
      bits[at] = (byte) (isSet ? bits[at] | bit : bits[at] & ~bit);
    }

    @Override
    void unload(
        int count, BufferAllocator allocator, List<ArrowFieldNode> nodes, List<ArrowBuf> buffers) {
      presence.unload(count, allocator, nodes, buffers);
      buffers.add(copied(bits, (count + 7) / 8, allocator));
    }

    @Override
    void clear() {
      presence.clear();
      Arrays.fill(bits, (byte) 0);
    }

    @Override
    long kept() {
      return bits.length;
    }
  }

  /** Numbers of one width. */
  private static final class Numbers extends ColumnValues {
    private static final VarHandle LONG =
        MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT =
        MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle SHORT =
        MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

    private final int place;
    private final int width;
    private final Presence presence = new Presence();
    private byte[] data;

    Numbers(int place, int width) {
      this.place = place;
      this.width = width;
      this.data = new byte[FIRST_ROWS * width];
    }

    @Override
    void add(CheckedRow row, int index) {
      int at = index * width;
      if (at + width > data.length) {
        data = grown(data, at + (long) width, "");
      }
      presence.forget(index);
      boolean isNull = row.isNull(place);
      presence.add(index, isNull);
      long value = isNull ? 0 : row.number(place);
      switch (width) {
        case 8 -> LONG.set(data, at, value);
        case 4 -> INT.set(data, at, (int) value);
        case 2 -> SHORT.set(data, at, (short) value);
        default -> data[at] = (byte) value;
      }
    }

    @Override
    void unload(
        int count, BufferAllocator allocator, List<ArrowFieldNode> nodes, List<ArrowBuf> buffers) {
      presence.unload(count, allocator, nodes, buffers);
      buffers.add(copied(data, count * width, allocator));
    }

    @Override
    void clear() {
      presence.clear();
    }

    @Override
    long kept() {
      return data.length;
    }
  }

  /** Byte strings of any length. */
  private static final class Bytes extends ColumnValues {
    private final String name;
    private final int place;
    private final Presence presence = new Presence();
    // As in Arrow: value i lies from offset i to offset i + 1.
    private int[] offsets = new int[FIRST_ROWS];
    private byte[] data = new byte[FIRST_BYTES];

    Bytes(String name, int place) {
      this.name = name;
      this.place = place;
    }

    @Override
    void add(CheckedRow row, int index) {
      if (index + 2 > offsets.length) {
        offsets = Arrays.copyOf(offsets, 2 * offsets.length);
      }
      presence.forget(index);
      int at = offsets[index];
      if (row.isNull(place)) {
        presence.add(index, true);
        offsets[index + 1] = at;
        return;
      }
      byte[] value = row.bytes(place);
      long end = (long) at + value.length;
      if (end > data.length) {
        data = grown(data, end, name);
      }
      System.arraycopy(value, 0, data, at, value.length);
      offsets[index + 1] = (int) end;
    }

    @Override
    void unload(
        int count, BufferAllocator allocator, List<ArrowFieldNode> nodes, List<ArrowBuf> buffers) {
      presence.unload(count, allocator, nodes, buffers);
      long length = (count + 1L) * Integer.BYTES;
      ArrowBuf ends = allocator.buffer(length);
      buffers.add(ends);
      for (int i = 0; i <= count; i++) {
        ends.setInt((long) i * Integer.BYTES, offsets[i]);
      }
      ends.writerIndex(length);
      buffers.add(copied(data, offsets[count], allocator));
    }

    @Override
    void clear() {
      presence.clear();
    }

    @Override
    long kept() {
      return data.length + 4L * offsets.length;
    }
  }

  /** Values that have no array of their own here: decimals, nested ones. */
  private static final class Others extends ColumnValues {
    private final Column column;
    private final int place;
    private final FieldVector vector;

    Others(Column column, int place, FieldVector vector) {
      this.column = column;
      this.place = place;
      this.vector = vector;
    }

    @Override
    void add(CheckedRow row, int index) {
      VectorWriter.write(vector, index, column.type(), row.isNull(place) ? null : row.other(place));
    }

    @Override
    void unload(
        int count, BufferAllocator allocator, List<ArrowFieldNode> nodes, List<ArrowBuf> buffers) {
      vector.setValueCount(count);
      VectorSchemaRoot alone = VectorSchemaRoot.of(vector);
      try (ArrowRecordBatch batch = new VectorUnloader(alone).getRecordBatch()) {
        nodes.addAll(batch.getNodes());
        for (ArrowBuf buffer : batch.getBuffers()) {
          buffer.getReferenceManager().retain();
          buffers.add(buffer);
        }
      }
    }

    @Override
    void clear() {
      // The sealed batch holds the vector's memory until it is settled.
      vector.clear();
    }

    @Override
    void close() {
      vector.close();
    }

    @Override
    long kept() {
      return vector.getBufferSize();
    }
  }
}
