package io.thalweg.format.type;

import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BitVectorHelper;
import org.apache.arrow.vector.complex.FixedSizeListVector;

/**
 * Moves the numbers of VECTOR values, which Arrow has as lists of a fixed size: those of one value
 * are one run of bytes, little-endian. Stateless; any thread, as long as the vectors are its own.
 */
public final class VectorItems {
  private VectorItems() {}

  /** The vector of all numbers. */
  public static BaseFixedWidthVector of(FixedSizeListVector lists) {
    return (BaseFixedWidthVector) lists.getDataVector();
  }

  /** How many bytes one value takes. */
  public static int width(FixedSizeListVector lists) {
    return lists.getListSize() * of(lists).getTypeWidth();
  }

  /** Copies the numbers of the value at {@code index} to {@code out[at...]}. */
  public static void get(FixedSizeListVector lists, int index, byte[] out, int at) {
    int width = width(lists);
    of(lists).getDataBuffer().getBytes((long) index * width, out, at, width);
  }

  /** Makes value {@code index} the numbers at {@code in[at...]}. */
  public static void set(FixedSizeListVector lists, int index, byte[] in, int at) {
    int width = width(lists);
    room(lists, index).setBytes((long) index * width, in, at, width);
  }

  /** Makes value {@code index} not null, with room for its numbers in the buffer returned. */
  public static ArrowBuf room(FixedSizeListVector lists, int index) {
    lists.setNotNull(index);
    BaseFixedWidthVector items = of(lists);
    int first = Math.multiplyExact(index, lists.getListSize());
    int end = Math.addExact(first, lists.getListSize());
    while (items.getValueCapacity() < end) {
      items.reAlloc();
    }
    ArrowBuf validity = items.getValidityBuffer();
    for (int i = first; i < end; ) {
      if ((i & 7) == 0 && end - i >= 8) {
        validity.setByte(i >> 3, 0xff);
        i += 8;
      } else {
        BitVectorHelper.setBit(validity, i);
        i++;
      }
    }
    return items.getDataBuffer();
  }
}
