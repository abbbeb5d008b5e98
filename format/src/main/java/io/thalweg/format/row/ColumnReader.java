package io.thalweg.format.row;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.row.ValueLayout.Fixed;
import java.nio.ByteBuffer;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.FieldVector;

/**
 * Reads one flat column of many checked rows, all of one schema, into a fresh vector. Stateless.
 */
final class ColumnReader {
  private ColumnReader() {}

  /** Whether values of that form can be read here. */
  static boolean canRead(ValueLayout layout) {
    return layout instanceof Fixed || layout instanceof ValueLayout.Bytes;
  }

  /**
   * Reads column {@code column}.
   *
   * @param bodies where the body of each row begins in {@code in}
   */
  static void read(BodyLayout layout, int column, byte[] in, int[] bodies, FieldVector to) {
    if (bodies.length == 0) {
      to.allocateNew();
      to.setValueCount(0);
      return;
    }
    byte[] validity = validity(column, in, bodies);
    if (layout.value(column) instanceof Fixed fixed) {
      allocate((BaseFixedWidthVector) to, bodies.length);
      readFixed(fixed, layout.slot(column), in, bodies, to);
    } else if (to instanceof BaseVariableWidthVector strings) {
      readStrings(layout, column, in, bodies, validity, strings);
    } else {
      allocate((BaseFixedWidthVector) to, bodies.length);
      readBinaries(layout, column, in, bodies, validity, to);
    }
    to.getValidityBuffer().setBytes(0, validity);
    to.setValueCount(bodies.length);
  }

  private static byte[] validity(int column, byte[] in, int[] bodies) {
    byte[] bits = new byte[(bodies.length + 7) / 8];
    int at = column >> 3;
    int shift = column & 7;
    for (int row = 0; row < bodies.length; row++) {
      bits[row >> 3] |= (byte) ((~in[bodies[row] + at] >> shift & 1) << (row & 7));
    }
    return bits;
  }

  private static void allocate(BaseFixedWidthVector vector, int count) {
    long bytes = (long) count * vector.getTypeWidth();
    if (bytes > Integer.MAX_VALUE) {
      throw new ThalwegException(
          ErrorCode.TOO_LARGE,
          "column '"
              + vector.getName()
              + "' of "
              + count
              + " rows takes "
              + bytes
              + " bytes; read fewer rows at once");
    }
    vector.allocateNew(count);
  }

  private static void readFixed(Fixed fixed, int slot, byte[] in, int[] bodies, FieldVector to) {
    int count = bodies.length;
    long bytes = fixed.arrowWidth() == 0 ? (count + 7) / 8 : (long) count * fixed.arrowWidth();
    ByteBuffer data = VectorBuffers.view(to.getDataBuffer(), bytes);
    switch (fixed.width()) {
      case 16 -> {
        for (int row = 0; row < count; row++) {
          data.putLong(row << 4, LittleEndian.getLong(in, bodies[row] + slot));
          data.putLong((row << 4) + 8, LittleEndian.getLong(in, bodies[row] + slot + 8));
        }
      }
      case 8 -> {
        if (fixed.arrowWidth() == 16) {
          for (int row = 0; row < count; row++) {
            long value = LittleEndian.getLong(in, bodies[row] + slot);
            data.putLong(row << 4, value);
            data.putLong((row << 4) + 8, value >> 63);
          }
        } else {
          for (int row = 0; row < count; row++) {
            data.putLong(row << 3, LittleEndian.getLong(in, bodies[row] + slot));
          }
        }
      }
      case 4 -> {
        for (int row = 0; row < count; row++) {
          data.putInt(row << 2, LittleEndian.getInt(in, bodies[row] + slot));
        }
      }
      case 2 -> {
        for (int row = 0; row < count; row++) {
          data.putShort(row << 1, LittleEndian.getShort(in, bodies[row] + slot));
        }
      }
      default -> {
        if (fixed.arrowWidth() == 0) {
          byte[] bits = new byte[(count + 7) / 8];
          for (int row = 0; row < count; row++) {
            bits[row >> 3] |= (byte) ((in[bodies[row] + slot] & 1) << (row & 7));
          }
          data.put(0, bits);
        } else {
          for (int row = 0; row < count; row++) {
            data.put(row, in[bodies[row] + slot]);
          }
        }
      }
    }
  }

  private static void readStrings(
      BodyLayout layout,
      int column,
      byte[] in,
      int[] bodies,
      byte[] validity,
      BaseVariableWidthVector to) {
    int count = bodies.length;
    int[] offsets = new int[count + 1];
    for (int row = 0; row < count; row++) {
      int length =
          VectorBuffers.isValid(validity, row)
              ? layout.end(in, bodies[row], column) - layout.start(in, bodies[row], column)
              : 0;
      offsets[row + 1] = offsets[row] + length;
    }
    byte[] data = new byte[offsets[count]];
    for (int row = 0; row < count; row++) {
      int length = offsets[row + 1] - offsets[row];
      if (length > 0) {
        System.arraycopy(in, layout.start(in, bodies[row], column), data, offsets[row], length);
      }
    }
    to.allocateNew(data.length, count);
    VectorBuffers.view(to.getOffsetBuffer(), (count + 1) * 4L).asIntBuffer().put(offsets);
    to.getDataBuffer().setBytes(0, data);
    // Otherwise setValueCount would treat the rows as unset and overwrite their offsets.
    to.setLastSet(count - 1);
  }

  private static void readBinaries(
      BodyLayout layout, int column, byte[] in, int[] bodies, byte[] validity, FieldVector to) {
    ValueLayout.Bytes bytes = (ValueLayout.Bytes) layout.value(column);
    int width = bytes.exactLength();
    ByteBuffer data = VectorBuffers.view(to.getDataBuffer(), (long) bodies.length * width);
    for (int row = 0; row < bodies.length; row++) {
      if (VectorBuffers.isValid(validity, row)) {
        int start = layout.start(in, bodies[row], column);
        NestedReader.checkLength(bytes, layout.end(in, bodies[row], column) - start);
        data.put(row * width, in, start, width);
      }
    }
  }
}
