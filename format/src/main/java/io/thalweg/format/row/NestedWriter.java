package io.thalweg.format.row;

import io.thalweg.format.row.ValueLayout.Array;
import io.thalweg.format.row.ValueLayout.Fixed;
import io.thalweg.format.type.VectorItems;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.StructVector;

/** Writes single values of vectors, nested ones too; the package text has the forms. Stateless. */
final class NestedWriter {
  private NestedWriter() {}

  /** The bytes of a variable value that is not null. */
  static long size(ValueLayout layout, FieldVector vector, int index) {
    return switch (layout.form()) {
      case LIST -> {
        ListVector list = (ListVector) vector;
        yield arraySize(
            (Array) layout,
            list.getDataVector(),
            list.getElementStartIndex(index),
            list.getElementEndIndex(index));
      }
      case MAP -> {
        ValueLayout.Map map = (ValueLayout.Map) layout;
        ListVector list = (ListVector) vector;
        List<FieldVector> pair = list.getDataVector().getChildrenFromFields();
        int from = list.getElementStartIndex(index);
        int to = list.getElementEndIndex(index);
        yield Integer.BYTES
            + arraySize(map.keys(), pair.get(0), from, to)
            + arraySize(map.values(), pair.get(1), from, to);
      }
      case STRUCT -> bodySize(((ValueLayout.Row) layout).body(), (StructVector) vector, index);
      case FIXED_BYTES -> ((ValueLayout.Bytes) layout).exactLength();
      case VECTOR -> ((ValueLayout.Vector) layout).width();
      case BYTES -> ((BaseVariableWidthVector) vector).getValueLength(index);
      case BIT, INT8, INT16, INT32, INT64, FLOAT32, FLOAT64, DECIMAL128 ->
          throw NestedReader.notVariable(layout);
    };
  }

  private static long bodySize(BodyLayout body, StructVector struct, int index) {
    long size = body.fixedSize();
    List<FieldVector> children = struct.getChildrenFromFields();
    for (int i = 0; i < children.size(); i++) {
      if (!body.value(i).isFixed() && !children.get(i).isNull(index)) {
        size += size(body.value(i), children.get(i), index);
      }
    }
    return size;
  }

  private static long arraySize(Array array, FieldVector elements, int from, int to) {
    int count = to - from;
    long size =
        Integer.BYTES + BodyLayout.nullBytes(count) + (long) count * array.element().slotWidth();
    if (!array.element().isFixed()) {
      for (int i = from; i < to; i++) {
        size += elements.isNull(i) ? 0 : size(array.element(), elements, i);
      }
    }
    return size;
  }

  /**
   * Writes a variable value that is not null into room for its {@link #size}.
   *
   * @return where it ends
   */
  static int write(ValueLayout layout, FieldVector vector, int index, byte[] out, int at) {
    return switch (layout.form()) {
      case LIST -> {
        ListVector list = (ListVector) vector;
        yield writeArray(
            (Array) layout,
            list.getDataVector(),
            list.getElementStartIndex(index),
            list.getElementEndIndex(index),
            out,
            at);
      }
      case MAP -> {
        ValueLayout.Map map = (ValueLayout.Map) layout;
        ListVector list = (ListVector) vector;
        List<FieldVector> pair = list.getDataVector().getChildrenFromFields();
        int from = list.getElementStartIndex(index);
        int to = list.getElementEndIndex(index);
        int keys = at + Integer.BYTES;
        int values = writeArray(map.keys(), pair.get(0), from, to, out, keys);
        LittleEndian.putInt(out, at, values - keys);
        yield writeArray(map.values(), pair.get(1), from, to, out, values);
      }
      case STRUCT ->
          writeBody(((ValueLayout.Row) layout).body(), (StructVector) vector, index, out, at);
      case FIXED_BYTES -> {
        int length = ((ValueLayout.Bytes) layout).exactLength();
        yield copy(vector, (long) index * length, length, out, at);
      }
      case VECTOR -> {
        VectorItems.get((FixedSizeListVector) vector, index, out, at);
        yield at + ((ValueLayout.Vector) layout).width();
      }
      case BYTES -> {
        int length = ((BaseVariableWidthVector) vector).getValueLength(index);
        yield copy(vector, vector.getOffsetBuffer().getInt(index * 4L), length, out, at);
      }
      case BIT, INT8, INT16, INT32, INT64, FLOAT32, FLOAT64, DECIMAL128 ->
          throw NestedReader.notVariable(layout);
    };
  }

  private static int copy(FieldVector vector, long start, int length, byte[] out, int at) {
    vector.getDataBuffer().getBytes(start, out, at, length);
    return at + length;
  }

  private static int writeBody(
      BodyLayout layout, StructVector struct, int index, byte[] out, int body) {
    Arrays.fill(out, body, body + layout.fixedSize(), (byte) 0);
    int variable = body + layout.fixedSize();
    int end = variable;
    List<FieldVector> children = struct.getChildrenFromFields();
    for (int i = 0; i < children.size(); i++) {
      FieldVector child = children.get(i);
      int slot = body + layout.slot(i);
      boolean isNull = child.isNull(index);
      if (isNull) {
        BodyLayout.setNull(out, body, i);
      }
      if (layout.value(i) instanceof Fixed fixed) {
        if (!isNull) {
          writeFixed(fixed, child, index, out, slot);
        }
      } else {
        end = isNull ? end : write(layout.value(i), child, index, out, end);
        LittleEndian.putInt(out, slot, end - variable);
      }
    }
    return end;
  }

  private static int writeArray(
      Array array, FieldVector elements, int from, int to, byte[] out, int at) {
    int count = to - from;
    LittleEndian.putInt(out, at, count);
    int nulls = at + Integer.BYTES;
    int slots = nulls + BodyLayout.nullBytes(count);
    int variable = slots + count * array.element().slotWidth();
    Arrays.fill(out, nulls, variable, (byte) 0);
    int end = variable;
    for (int i = 0; i < count; i++) {
      boolean isNull = elements.isNull(from + i);
      if (isNull) {
        BodyLayout.setNull(out, nulls, i);
      }
      int slot = slots + i * array.element().slotWidth();
      if (array.element() instanceof Fixed fixed) {
        if (!isNull) {
          writeFixed(fixed, elements, from + i, out, slot);
        }
      } else {
        end = isNull ? end : write(array.element(), elements, from + i, out, end);
        LittleEndian.putInt(out, slot, end - variable);
      }
    }
    return end;
  }

  private static void writeFixed(Fixed fixed, FieldVector vector, int index, byte[] out, int slot) {
    if (vector instanceof BitVector bits) {
      out[slot] = (byte) bits.get(index);
      return;
    }
    ArrowBuf data = vector.getDataBuffer();
    data.getBytes((long) index * fixed.arrowWidth(), out, slot, fixed.width());
  }
}
