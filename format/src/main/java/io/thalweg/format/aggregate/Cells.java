package io.thalweg.format.aggregate;

import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FixedSizeBinaryVector;
import org.apache.arrow.vector.Float4Vector;

/** Reads single values of vectors by their physical form. Stateless. */
final class Cells {
  private Cells() {}

  /** Integers by row. */
  interface Longs {
    /** The integer of a row; any if it is null. */
    long at(int row);
  }

  /** Numbers by row. */
  interface Doubles {
    /** The number of a row; any if it is null. */
    double at(int row);
  }

  /** Where the byte strings of rows lie. */
  interface Slices {
    /** Where a row's begins in the data buffer. */
    long start(int row);

    /** How long a row's is. */
    int length(int row);
  }

  static Longs longs(FieldVector vector) {
    ArrowBuf data = vector.getDataBuffer();
    int width = vector instanceof BitVector ? 0 : ((BaseFixedWidthVector) vector).getTypeWidth();
    return switch (width) {
      case 8 -> row -> data.getLong((long) row << 3);
      case 4 -> row -> data.getInt((long) row << 2);
      case 2 -> row -> data.getShort((long) row << 1);
      case 1 -> row -> data.getByte(row);
      default -> row -> (data.getByte(row >> 3) >> (row & 7)) & 1;
    };
  }

  static Doubles doubles(FieldVector vector) {
    ArrowBuf data = vector.getDataBuffer();
    return vector instanceof Float4Vector
        ? row -> data.getFloat((long) row << 2)
        : row -> data.getDouble((long) row << 3);
  }

  static Slices slices(FieldVector vector) {
    if (vector instanceof FixedSizeBinaryVector fixed) {
      int width = fixed.getByteWidth();
      return new Slices() {
        @Override
        public long start(int row) {
          return (long) row * width;
        }

        @Override
        public int length(int row) {
          return width;
        }
      };
    }
    ArrowBuf offsets = vector.getOffsetBuffer();
    return new Slices() {
      @Override
      public long start(int row) {
        return offsets.getInt(4L * row);
      }

      @Override
      public int length(int row) {
        return offsets.getInt(4L * row + 4) - offsets.getInt(4L * row);
      }
    };
  }
}
