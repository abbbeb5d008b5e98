package io.thalweg.format.row;

import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.row.ValueLayout.Array;
import io.thalweg.format.row.ValueLayout.Fixed;
import io.thalweg.format.type.VectorItems;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.BitVectorHelper;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.StructVector;

/**
 * Reads single values, nested ones too, into growing vectors in the order of their index. Checks
 * all lengths within a value. Stateless.
 */
final class NestedReader {
  private NestedReader() {}

  /** Reads column {@code column} of a body that was checked. */
  static void readColumn(
      BodyLayout layout, int column, byte[] in, int body, FieldVector to, int index) {
    if (layout.isNull(in, body, column)) {
      setNull(to, index);
    } else if (layout.value(column) instanceof Fixed fixed) {
      readFixed(fixed, in, body + layout.slot(column), to, index);
    } else {
      read(
          layout.value(column),
          in,
          layout.start(in, body, column),
          layout.end(in, body, column),
          to,
          index);
    }
  }

  /** Makes value {@code index} null, its fields too. */
  static void setNull(FieldVector to, int index) {
    to.setNull(index);
    if (to instanceof StructVector struct) {
      for (FieldVector child : struct.getChildrenFromFields()) {
        setNull(child, index);
      }
    }
  }

  private static ArrowBuf room(BaseFixedWidthVector to, int index) {
    while (to.getValueCapacity() <= index) {
      to.reAlloc();
    }
    BitVectorHelper.setBit(to.getValidityBuffer(), index);
    return to.getDataBuffer();
  }

  /** Reads the variable value in [start, end). */
  private static void read(
      ValueLayout layout, byte[] in, int start, int end, FieldVector to, int index) {
    switch (layout.form()) {
      case LIST -> {
        ListVector list = (ListVector) to;
        int count = arrayCount((Array) layout, in, start, end);
        int first = list.startNewValue(index);
        readArray((Array) layout, in, start, end, count, list.getDataVector(), first);
        list.endValue(index, count);
      }
      case MAP -> readMap((ValueLayout.Map) layout, in, start, end, (ListVector) to, index);
      case STRUCT -> {
        BodyLayout body = ((ValueLayout.Row) layout).body();
        body.check(in, start, end);
        ((StructVector) to).setIndexDefined(index);
        List<FieldVector> children = ((StructVector) to).getChildrenFromFields();
        for (int i = 0; i < children.size(); i++) {
          readColumn(body, i, in, start, children.get(i), index);
        }
      }
      case VECTOR -> {
        checkWidth((ValueLayout.Vector) layout, end - start);
        VectorItems.set((FixedSizeListVector) to, index, in, start);
      }
      case FIXED_BYTES, BYTES -> readBytes((ValueLayout.Bytes) layout, in, start, end, to, index);
      case BIT, INT8, INT16, INT32, INT64, FLOAT32, FLOAT64, DECIMAL128 ->
          throw notVariable(layout);
    }
  }

  static IllegalArgumentException notVariable(ValueLayout layout) {
    return new IllegalArgumentException(
        "a value of the form " + layout.form() + " stands in its slot");
  }

  private static void readMap(
      ValueLayout.Map map, byte[] in, int start, int end, ListVector to, int index) {
    int keys = start + Integer.BYTES;
    int length = keys <= end ? LittleEndian.getInt(in, start) : -1;
    if (length < 0 || length > end - keys) {
      throw ThalwegException.corrupt("a map of " + (end - start) + " bytes has no keys");
    }
    int count = arrayCount(map.keys(), in, keys, keys + length);
    int values = arrayCount(map.values(), in, keys + length, end);
    if (count != values) {
      throw ThalwegException.corrupt("a map has " + count + " keys and " + values + " values");
    }
    int first = to.startNewValue(index);
    StructVector entries = (StructVector) to.getDataVector();
    for (int i = 0; i < count; i++) {
      entries.setIndexDefined(first + i);
    }
    List<FieldVector> pair = entries.getChildrenFromFields();
    readArray(map.keys(), in, keys, keys + length, count, pair.get(0), first);
    readArray(map.values(), in, keys + length, end, count, pair.get(1), first);
    to.endValue(index, count);
  }

  /** The number of elements, after a check that they fit. */
  private static int arrayCount(Array array, byte[] in, int start, int end) {
    int size = end - start;
    int count = size < Integer.BYTES ? -1 : LittleEndian.getInt(in, start);
    long slots =
        Integer.BYTES + BodyLayout.nullBytes(count) + (long) count * array.element().slotWidth();
    if (count < 0 || slots > size || (array.element().isFixed() && slots != size)) {
      throw ThalwegException.corrupt(
          "an array of " + size + " bytes cannot have " + count + " elements");
    }
    return count;
  }

  private static void readArray(
      Array array, byte[] in, int start, int end, int count, FieldVector to, int first) {
    ValueLayout element = array.element();
    int nulls = start + Integer.BYTES;
    int slots = nulls + BodyLayout.nullBytes(count);
    int variable = slots + count * element.slotWidth();
    int previous = variable;
    for (int i = 0; i < count; i++) {
      boolean isNull = (in[nulls + (i >> 3)] >> (i & 7) & 1) != 0;
      if (element instanceof Fixed fixed) {
        if (isNull) {
          setNull(to, first + i);
        } else {
          readFixed(fixed, in, slots + i * fixed.width(), to, first + i);
        }
        continue;
      }
      int length = LittleEndian.getInt(in, slots + i * Integer.BYTES);
      if (length < previous - variable || length > end - variable) {
        throw ThalwegException.corrupt(
            "element " + i + " of an array ends at " + Integer.toUnsignedString(length));
      }
      if (isNull) {
        setNull(to, first + i);
      } else {
        read(element, in, previous, variable + length, to, first + i);
      }
      previous = variable + length;
    }
    if (previous != end) {
      throw ThalwegException.corrupt("an array has bytes that belong to no element");
    }
  }

  private static void readBytes(
      ValueLayout.Bytes bytes, byte[] in, int start, int end, FieldVector to, int index) {
    int length = end - start;
    if (to instanceof BaseVariableWidthVector variable) {
      variable.setSafe(index, in, start, length);
      return;
    }
    checkLength(bytes, length);
    room((BaseFixedWidthVector) to, index).setBytes((long) index * length, in, start, length);
  }

  /** Refuses a VECTOR value of another length than its type's. */
  static void checkWidth(ValueLayout.Vector vector, int length) {
    if (length != vector.width()) {
      throw ThalwegException.corrupt(
          "a VECTOR of " + vector.width() + " bytes has " + length + " bytes");
    }
  }

  /** Refuses a BINARY value of another length than its type's. */
  static void checkLength(ValueLayout.Bytes bytes, int length) {
    if (bytes.exactLength() >= 0 && length != bytes.exactLength()) {
      throw ThalwegException.corrupt(
          "a value of BINARY(" + bytes.exactLength() + ") has " + length + " bytes");
    }
  }

  private static void readFixed(Fixed fixed, byte[] in, int slot, FieldVector to, int index) {
    if (to instanceof BitVector bits) {
      bits.setSafe(index, in[slot] & 1);
      return;
    }
    ArrowBuf data = room((BaseFixedWidthVector) to, index);
    long at = (long) index * fixed.arrowWidth();
    data.setBytes(at, in, slot, fixed.width());
    if (fixed.width() < fixed.arrowWidth()) {
      data.setLong(at + Long.BYTES, LittleEndian.getLong(in, slot) >> 63);
    }
  }
}
