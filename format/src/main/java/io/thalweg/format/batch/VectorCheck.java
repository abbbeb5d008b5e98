package io.thalweg.format.batch;

import io.thalweg.format.error.ThalwegException;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.StructVector;

/**
 * Checks that every value a vector claims lies within its buffers: buffer sizes, offsets,
 * children's lengths. Values are not looked at; the cost is one pass over the offsets. Arrow's own
 * full validation is not used: it copies every string, and refuses decimals that use all digits of
 * their precision. Stateless.
 */
final class VectorCheck {
  private VectorCheck() {}

  /** Refuses a vector that is damaged: CORRUPT_DATA. */
  static void check(String path, FieldVector vector) {
    long rows = vector.getValueCount();
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
      FieldVector elements = list.getDataVector();
      long used = offsets(path, list.getOffsetBuffer(), rows);
      if (elements.getValueCount() < used) {
        throw damaged(path, "has " + elements.getValueCount() + " of " + used + " elements");
      }
      check(path + "." + elements.getName(), elements);
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

  /** Checks offsets and gives the last one. */
  private static long offsets(String path, ArrowBuf offsets, long rows) {
    if (rows == 0) {
      return 0;
    }
    room(path, "offset", offsets, (rows + 1) * 4);
    int previous = 0;
    for (long row = 0; row <= rows; row++) {
      int next = offsets.getInt(row * 4);
      if (next < previous) {
        throw damaged(path, "has offset " + next + " after " + previous + " at row " + row);
      }
      previous = next;
    }
    return previous;
  }

  private static void room(String path, String what, ArrowBuf buffer, long wanted) {
    if (buffer.capacity() < wanted) {
      throw damaged(
          path, "has a " + what + " buffer of " + buffer.capacity() + " bytes, not " + wanted);
    }
  }

  private static ThalwegException damaged(String path, String how) {
    return ThalwegException.corrupt("column '" + path + "' is damaged: it " + how);
  }

  /** Checks several vectors under their own names. */
  static void check(List<FieldVector> vectors) {
    for (FieldVector vector : vectors) {
      check(vector.getName(), vector);
    }
  }
}
