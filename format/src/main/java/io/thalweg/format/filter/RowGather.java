package io.thalweg.format.filter;

import io.thalweg.format.io.SharedVector;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.VectorItems;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * Copies chosen rows, buffer by buffer: a list's elements are rows of its data vector, a struct's
 * children have its rows, so nested types come down to fixed and variable width ones. A row chosen
 * at a negative position is null. Stateless.
 */
public final class RowGather {
  private RowGather() {}

  /** A root that shares all buffers of {@code root}. */
  static VectorSchemaRoot share(VectorSchemaRoot root, BufferAllocator allocator) {
    return build(
        root,
        root.getRowCount(),
        vector -> SharedVector.of(vector, vector.getField(), 0, root.getRowCount(), allocator));
  }

  /** A root with copies of {@code rows}, which are ascending positions. */
  static VectorSchemaRoot copy(VectorSchemaRoot root, int[] rows, BufferAllocator allocator) {
    return build(
        root,
        rows.length,
        vector -> {
          FieldVector target = vector.getField().createVector(allocator);
          try {
            gather(vector, target, rows, allocator);
            return target;
          } catch (RuntimeException | Error failure) {
            target.close();
            throw failure;
          }
        });
  }

  /**
   * Rows as values of one nested column.
   *
   * @param field of the struct: its children are those of {@code columns}, nullable
   * @param columns all of the same number of rows
   * @param rows positions in the columns, in any order; the struct is null at negative ones
   * @param allocator of the same root allocator as the columns
   * @return a new vector of {@code rows.length} values that the caller closes
   */
  public static StructVector struct(
      Field field, List<FieldVector> columns, int[] rows, BufferAllocator allocator) {
    StructVector struct = (StructVector) field.createVector(allocator);
    try (Buffers buffers = new Buffers(allocator)) {
      ArrowBuf validity = buffers.add((rows.length + 7) / 8);
      validity.setZero(0, validity.capacity());
      int nulls = 0;
      for (int i = 0; i < rows.length; i++) {
        if (rows[i] < 0) {
          nulls++;
        } else {
          validity.setByte(i >> 3, validity.getByte(i >> 3) | 1 << (i & 7));
        }
      }
      struct.loadFieldBuffers(new ArrowFieldNode(rows.length, nulls), buffers.all);
      for (int i = 0; i < columns.size(); i++) {
        gather(columns.get(i), struct.getChildrenFromFields().get(i), rows, allocator);
      }
      return struct;
    } catch (RuntimeException | Error failure) {
      struct.close();
      throw failure;
    }
  }

  private interface Maker {
    FieldVector make(FieldVector vector);
  }

  private static VectorSchemaRoot build(VectorSchemaRoot root, int rowCount, Maker maker) {
    List<FieldVector> made = new ArrayList<>(root.getFieldVectors().size());
    try {
      for (FieldVector vector : root.getFieldVectors()) {
        made.add(maker.make(vector));
      }
      return new VectorSchemaRoot(root.getSchema().getFields(), made, rowCount);
    } catch (RuntimeException | Error failure) {
      made.forEach(FieldVector::close);
      throw failure;
    }
  }

  private static void gather(
      FieldVector from, FieldVector to, int[] rows, BufferAllocator allocator) {
    try (Buffers buffers = new Buffers(allocator)) {
      int nulls = validity(from, rows, buffers);
      int[] children = null;
      switch (ArrowTypes.form(from.getField().getType())) {
        case BIT -> bits(from.getDataBuffer(), rows, buffers.add((rows.length + 7) / 8));
        case INT8, INT16, INT32, INT64, FLOAT32, FLOAT64, DECIMAL128, FIXED_BYTES ->
            fixedWidth((BaseFixedWidthVector) from, rows, buffers);
        case BYTES -> variableWidth(from, rows, buffers);
        case VECTOR -> {}
        case LIST, MAP -> children = elements(from.getOffsetBuffer(), rows, buffers);
        case STRUCT -> children = rows;
      }
      to.loadFieldBuffers(new ArrowFieldNode(rows.length, nulls), buffers.all);
      if (from instanceof FixedSizeListVector lists) {
        items(lists, (FixedSizeListVector) to, rows, allocator);
      }
      if (children != null) {
        gatherChildren(from, to, children, allocator);
      }
    }
  }

  /** Copies the numbers of vectors; those of a null are zero. None is null. */
  private static void items(
      FixedSizeListVector from, FixedSizeListVector to, int[] rows, BufferAllocator allocator) {
    try (Buffers buffers = new Buffers(allocator)) {
      buffers.add(0);
      copyFixed(VectorItems.of(from).getDataBuffer(), VectorItems.width(from), rows, buffers);
      int count = Math.multiplyExact(rows.length, from.getListSize());
      to.getDataVector().loadFieldBuffers(new ArrowFieldNode(count, 0), buffers.all);
    }
  }

  private static void gatherChildren(
      FieldVector from, FieldVector to, int[] rows, BufferAllocator allocator) {
    List<FieldVector> sources = from.getChildrenFromFields();
    for (int i = 0; i < sources.size(); i++) {
      gather(sources.get(i), to.getChildrenFromFields().get(i), rows, allocator);
    }
  }

  private static int validity(FieldVector from, int[] rows, Buffers buffers) {
    if (from.getNullCount() == 0) {
      return validOrAbsent(rows, buffers);
    }
    return rows.length - bits(from.getValidityBuffer(), rows, buffers.add((rows.length + 7) / 8));
  }

  /** Writes the validity of rows that are valid unless absent, and counts the absent ones. */
  private static int validOrAbsent(int[] rows, Buffers buffers) {
    int absent = 0;
    for (int row : rows) {
      absent += row >>> 31;
    }
    ArrowBuf validity = buffers.add(absent == 0 ? 0 : (rows.length + 7) / 8);
    int gathered = 0;
    for (int i = 0; absent > 0 && i < rows.length; i++) {
      gathered |= (~rows[i] >>> 31) << (i & 7);
      if ((i & 7) == 7 || i == rows.length - 1) {
        validity.setByte(i >> 3, gathered);
        gathered = 0;
      }
    }
    return absent;
  }

  /** Copies one bit per row and counts those that are set. */
  private static int bits(ArrowBuf from, int[] rows, ArrowBuf to) {
    int set = 0;
    int gathered = 0;
    for (int i = 0; i < rows.length; i++) {
      int bit = rows[i] < 0 ? 0 : (from.getByte(rows[i] >> 3) >> (rows[i] & 7)) & 1;
      set += bit;
      gathered |= bit << (i & 7);
      if ((i & 7) == 7 || i == rows.length - 1) {
        to.setByte(i >> 3, gathered);
        gathered = 0;
      }
    }
    return set;
  }

  private static void fixedWidth(BaseFixedWidthVector vector, int[] rows, Buffers buffers) {
    copyFixed(vector.getDataBuffer(), vector.getTypeWidth(), rows, buffers);
  }

  private static void copyFixed(ArrowBuf from, int width, int[] rows, Buffers buffers) {
    ArrowBuf to = buffers.add((long) rows.length * width);
    switch (width) {
      case 8 -> {
        for (int i = 0; i < rows.length; i++) {
          to.setLong((long) i << 3, rows[i] < 0 ? 0 : from.getLong((long) rows[i] << 3));
        }
      }
      case 4 -> {
        for (int i = 0; i < rows.length; i++) {
          to.setInt((long) i << 2, rows[i] < 0 ? 0 : from.getInt((long) rows[i] << 2));
        }
      }
      default -> {
        for (int i = 0; i < rows.length; i++) {
          if (rows[i] < 0) {
            to.setZero((long) i * width, width);
          } else {
            to.setBytes((long) i * width, from, (long) rows[i] * width, width);
          }
        }
      }
    }
  }

  private static void variableWidth(FieldVector vector, int[] rows, Buffers buffers) {
    ArrowBuf offsets = vector.getOffsetBuffer();
    ArrowBuf newOffsets = buffers.add((rows.length + 1) * 4L);
    long total = newOffsets(offsets, rows, newOffsets);
    ArrowBuf from = vector.getDataBuffer();
    ArrowBuf to = buffers.add(total);
    for (int i = 0; i < rows.length; ) {
      // Neighbours are copied at once.
      int end = i + 1;
      while (end < rows.length && rows[i] >= 0 && rows[end] == rows[end - 1] + 1) {
        end++;
      }
      long at = newOffsets.getInt(i * 4L);
      long length = newOffsets.getInt(end * 4L) - at;
      if (length > 0) {
        to.setBytes(at, from, offsets.getInt(rows[i] * 4L), length);
      }
      i = end;
    }
  }

  /** Fills a list's offsets and returns the positions of its elements. */
  private static int[] elements(ArrowBuf offsets, int[] rows, Buffers buffers) {
    int[] elements =
        new int[Math.toIntExact(newOffsets(offsets, rows, buffers.add((rows.length + 1) * 4L)))];
    int at = 0;
    for (int row : rows) {
      if (row < 0) {
        continue;
      }
      int end = offsets.getInt(row * 4L + 4);
      for (int element = offsets.getInt(row * 4L); element < end; element++) {
        elements[at++] = element;
      }
    }
    return elements;
  }

  private static long newOffsets(ArrowBuf offsets, int[] rows, ArrowBuf to) {
    int at = 0;
    to.setInt(0, 0);
    for (int i = 0; i < rows.length; i++) {
      at += rows[i] < 0 ? 0 : offsets.getInt(rows[i] * 4L + 4) - offsets.getInt(rows[i] * 4L);
      to.setInt(i * 4L + 4, at);
    }
    return at;
  }

  /** The buffers of one vector while it is put together; the vector retains what it loads. */
  private static final class Buffers implements AutoCloseable {
    private final BufferAllocator allocator;
    private final List<ArrowBuf> all = new ArrayList<>(3);

    Buffers(BufferAllocator allocator) {
      this.allocator = allocator;
    }

    ArrowBuf add(long size) {
      ArrowBuf buffer = allocator.buffer(size);
      buffer.writerIndex(size);
      all.add(buffer);
      return buffer;
    }

    @Override
    public void close() {
      all.forEach(ArrowBuf::close);
    }
  }
}
