package io.thalweg.format.row;

import io.thalweg.format.row.ValueLayout.Fixed;
import java.nio.ByteBuffer;
import org.apache.arrow.vector.FieldVector;

/**
 * Writes one column of a batch into encoded rows, many rows at a time. Made for one batch; one
 * thread.
 */
final class ColumnWriter {
  private final int column;
  private final ValueLayout layout;
  private final int slot;
  private final FieldVector vector;
  private final byte[] validity;
  private final ByteBuffer data;
  private final int[] offsets;
  private byte[] scratch = new byte[0];

  ColumnWriter(BodyLayout body, int column, FieldVector vector, int rowCount) {
    this.column = column;
    this.layout = body.value(column);
    this.slot = body.slot(column);
    this.vector = vector;
    this.validity = VectorBuffers.validity(vector, rowCount);
    if (layout instanceof Fixed fixed) {
      offsets = null;
      long bytes =
          fixed.arrowWidth() == 0 ? (rowCount + 7) / 8 : (long) rowCount * fixed.arrowWidth();
      data = VectorBuffers.view(vector.getDataBuffer(), bytes);
    } else if (layout instanceof ValueLayout.Bytes bytes) {
      offsets = bytes.exactLength() >= 0 ? null : VectorBuffers.offsets(vector, rowCount);
      data =
          VectorBuffers.view(
              vector.getDataBuffer(),
              offsets == null ? (long) rowCount * bytes.exactLength() : offsets[rowCount]);
    } else {
      offsets = null;
      data = null;
    }
  }

  private boolean isNull(int row) {
    return !VectorBuffers.isValid(validity, row);
  }

  /** Adds the bytes of a variable column's values; a sum over 2 GiB becomes the greatest int. */
  void addLengths(int[] lengths, int rowCount) {
    for (int row = 0; row < rowCount; row++) {
      if (isNull(row)) {
        continue;
      }
      int sum = lengths[row] + length(row);
      lengths[row] = sum < 0 ? Integer.MAX_VALUE : sum;
    }
  }

  private int length(int row) {
    return offsets != null
        ? offsets[row + 1] - offsets[row]
        : (int) Math.min(Integer.MAX_VALUE, NestedWriter.size(layout, vector, row));
  }

  /**
   * Writes the slots of rows [from, to), and the values of a variable column.
   *
   * @param bodies where each row's body begins in {@code out}, its fixed part zero
   * @param cursors where each row's next variable value begins; moved
   * @param variable bytes from a body's beginning to its variable part
   */
  void write(int from, int to, byte[] out, int[] bodies, int[] cursors, int variable) {
    if (validity != null) {
      for (int row = from; row < to; row++) {
        if (isNull(row)) {
          BodyLayout.setNull(out, bodies[row], column);
        }
      }
    }
    if (layout instanceof Fixed fixed) {
      writeFixed(fixed, from, to, out, bodies);
      return;
    }
    if (offsets != null) {
      writeBytes(from, to, out, cursors);
    } else {
      for (int row = from; row < to; row++) {
        if (!isNull(row)) {
          cursors[row] = NestedWriter.write(layout, vector, row, out, cursors[row]);
        }
      }
    }
    for (int row = from; row < to; row++) {
      LittleEndian.putInt(out, bodies[row] + slot, cursors[row] - bodies[row] - variable);
    }
  }

  private void writeBytes(int from, int to, byte[] out, int[] cursors) {
    int first = offsets[from];
    int length = offsets[to] - first;
    if (scratch.length < length) {
      scratch = new byte[length];
    }
    data.get(first, scratch, 0, length);
    for (int row = from; row < to; row++) {
      if (!isNull(row)) {
        int bytes = offsets[row + 1] - offsets[row];
        System.arraycopy(scratch, offsets[row] - first, out, cursors[row], bytes);
        cursors[row] += bytes;
      }
    }
  }

  private void writeFixed(Fixed fixed, int from, int to, byte[] out, int[] bodies) {
    switch (fixed.width()) {
      case 16 -> {
        for (int row = from; row < to; row++) {
          if (!isNull(row)) {
            LittleEndian.putLong(out, bodies[row] + slot, data.getLong(row << 4));
            LittleEndian.putLong(out, bodies[row] + slot + 8, data.getLong((row << 4) + 8));
          }
        }
      }
      case 8 -> {
        int stride = fixed.arrowWidth();
        for (int row = from; row < to; row++) {
          if (!isNull(row)) {
            LittleEndian.putLong(out, bodies[row] + slot, data.getLong(row * stride));
          }
        }
      }
      case 4 -> {
        for (int row = from; row < to; row++) {
          if (!isNull(row)) {
            LittleEndian.putInt(out, bodies[row] + slot, data.getInt(row << 2));
          }
        }
      }
      case 2 -> {
        for (int row = from; row < to; row++) {
          if (!isNull(row)) {
            LittleEndian.putShort(out, bodies[row] + slot, data.getShort(row << 1));
          }
        }
      }
      default -> {
        boolean bits = fixed.arrowWidth() == 0;
        for (int row = from; row < to; row++) {
          if (!isNull(row)) {
            out[bodies[row] + slot] =
                bits ? (byte) (data.get(row >> 3) >> (row & 7) & 1) : data.get(row);
          }
        }
      }
    }
  }
}
