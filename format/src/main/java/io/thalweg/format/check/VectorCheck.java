package io.thalweg.format.check;

import io.thalweg.format.error.ThalwegException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BaseLargeVariableWidthVector;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.BaseVariableWidthViewVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.NullVector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.LargeListVector;
import org.apache.arrow.vector.complex.LargeListViewVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.ListViewVector;
import org.apache.arrow.vector.complex.StructVector;

/**
 * Checks that every value a vector claims lies within its buffers: buffer sizes, offsets,
 * children's lengths. Values are not looked at; the cost is one pass over the offsets. Arrow's own
 * full validation is not used: it copies every string, and refuses decimals that use all digits of
 * their precision. Stateless.
 */
public final class VectorCheck {
  /** Offsets that are looked at together, which is several times as fast as one by one. */
  private static final int CHUNK = 1024;

  private VectorCheck() {}

  /** Refuses a vector that is damaged: CORRUPT_DATA. */
  public static void check(String path, FieldVector vector) {
    long rows = vector.getValueCount();
    if (vector instanceof NullVector) {
      return;
    }
    if (rows > 0) {
      room(path, "validity", vector.getValidityBuffer(), (rows + 7) / 8);
    }
    if (vector instanceof StructVector struct) {
      for (FieldVector child : struct.getChildrenFromFields()) {
        String childPath = path + "." + child.getName();
        if (child.getValueCount() < rows) {
          throw damaged(childPath, "has " + child.getValueCount() + " of " + rows + " values");
        }
        check(childPath, child);
      }
    } else if (vector instanceof ListVector list) {
      elements(path, list.getDataVector(), offsets(path, list.getOffsetBuffer(), rows));
    } else if (vector instanceof FixedSizeListVector list) {
      elements(path, list.getDataVector(), rows * list.getListSize());
    } else if (vector instanceof LargeListVector list) {
      elements(path, list.getDataVector(), longOffsets(path, list.getOffsetBuffer(), rows));
    } else if (vector instanceof ListViewVector list) {
      ViewCheck.lists(path, list, list.getSizeBuffer(), 4);
      elements(path, list.getDataVector(), 0);
    } else if (vector instanceof LargeListViewVector list) {
      ViewCheck.lists(path, list, list.getSizeBuffer(), 8);
      elements(path, list.getDataVector(), 0);
    } else if (vector instanceof BaseVariableWidthViewVector views) {
      ViewCheck.values(path, views);
    } else if (vector instanceof BaseLargeVariableWidthVector) {
      long used = longOffsets(path, vector.getOffsetBuffer(), rows);
      room(path, "data", vector.getDataBuffer(), used);
    } else if (vector instanceof BaseVariableWidthVector) {
      long used = offsets(path, vector.getOffsetBuffer(), rows);
      room(path, "data", vector.getDataBuffer(), used);
    } else if (vector instanceof BitVector) {
      room(path, "data", vector.getDataBuffer(), (rows + 7) / 8);
    } else if (vector instanceof BaseFixedWidthVector fixed) {
      room(path, "data", vector.getDataBuffer(), rows * fixed.getTypeWidth());
    } else {
      throw damaged(path, "is of a class that no table holds, " + vector.getClass().getName());
    }
  }

  private static void elements(String path, FieldVector elements, long used) {
    if (elements.getValueCount() < used) {
      throw damaged(path, "has " + elements.getValueCount() + " of " + used + " elements");
    }
    check(path + "." + elements.getName(), elements);
  }

  /** Checks offsets of 64 bits and returns the last one. */
  private static long longOffsets(String path, ArrowBuf offsets, long rows) {
    if (rows == 0) {
      return 0;
    }
    room(path, "offset", offsets, (rows + 1) * 8);
    long previous = 0;
    for (long row = 0; row <= rows; row++) {
      long next = offsets.getLong(row * 8);
      if (next < previous) {
        throw damaged(path, "has offset " + next + " after " + previous + " at row " + row);
      }
      previous = next;
    }
    return previous;
  }

  /** Checks offsets and returns the last one. */
  private static long offsets(String path, ArrowBuf offsets, long rows) {
    if (rows == 0) {
      return 0;
    }
    room(path, "offset", offsets, (rows + 1) * 4);
    int[] chunk = new int[(int) Math.min(rows + 1, CHUNK)];
    int previous = 0;
    for (long from = 0; from <= rows; from += chunk.length) {
      int count = (int) Math.min(chunk.length, rows + 1 - from);
      ByteBuffer bytes = offsets.nioBuffer(from * 4, count * 4).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asIntBuffer().get(chunk, 0, count);
      // Negative where an offset is, or where it is less than the one before, which is not.
      int wrong = chunk[0] | (chunk[0] - previous);
      for (int i = 1; i < count; i++) {
        wrong |= chunk[i] | (chunk[i] - chunk[i - 1]);
      }
      if (wrong < 0) {
        throw outOfOrder(path, chunk, previous, from);
      }
      previous = chunk[count - 1];
    }
    return previous;
  }

  private static ThalwegException outOfOrder(String path, int[] offsets, int before, long from) {
    int previous = before;
    int at = 0;
    while (offsets[at] >= previous) {
      previous = offsets[at++];
    }
    return damaged(
        path, "has offset " + offsets[at] + " after " + previous + " at row " + (from + at));
  }

  static void room(String path, String what, ArrowBuf buffer, long wanted) {
    if (buffer.capacity() < wanted) {
      throw damaged(
          path, "has a " + what + " buffer of " + buffer.capacity() + " bytes, not " + wanted);
    }
  }

  static ThalwegException damaged(String path, String how) {
    return ThalwegException.corrupt("column '" + path + "' is damaged: it " + how);
  }

  /** Checks several vectors under their own names. */
  public static void check(List<FieldVector> vectors) {
    for (FieldVector vector : vectors) {
      check(vector.getName(), vector);
    }
  }
}
