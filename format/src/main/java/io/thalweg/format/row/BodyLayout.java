package io.thalweg.format.row;

import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.type.DataType;
import java.util.Arrays;
import java.util.List;

/**
 * The positions of a body's columns, from the beginning of the body; the package text specifies
 * them. Immutable.
 */
final class BodyLayout {
  private static final int FIXED = -1;

  private final ValueLayout[] values;
  private final int[] slots;
  private final int[] previousSlots;
  private final int[] variableSlots;
  private final int fixedSize;

  BodyLayout(List<DataType> types) {
    int count = types.size();
    values = types.stream().map(ValueLayout::of).toArray(ValueLayout[]::new);
    slots = new int[count];
    previousSlots = new int[count];
    int[] variables = new int[count];
    int variableCount = 0;
    int at = nullBytes(count);
    for (int i = 0; i < count; i++) {
      slots[i] = at;
      at += values[i].slotWidth();
      previousSlots[i] = FIXED;
      if (!values[i].isFixed()) {
        previousSlots[i] = variableCount == 0 ? 0 : variables[variableCount - 1];
        variables[variableCount++] = slots[i];
      }
    }
    variableSlots = Arrays.copyOf(variables, variableCount);
    fixedSize = at;
  }

  /** The bytes that {@code count} null bits take. */
  static int nullBytes(int count) {
    return (int) ((count + 7L) / 8);
  }

  int columnCount() {
    return values.length;
  }

  ValueLayout value(int column) {
    return values[column];
  }

  /** Where the slot of a column is. */
  int slot(int column) {
    return slots[column];
  }

  /** Where the variable part begins. */
  int fixedSize() {
    return fixedSize;
  }

  /** How many columns are variable. */
  int variableCount() {
    return variableSlots.length;
  }

  boolean isNull(byte[] in, int body, int column) {
    return (in[body + (column >> 3)] >> (column & 7) & 1) != 0;
  }

  static void setNull(byte[] out, int body, int column) {
    out[body + (column >> 3)] |= (byte) (1 << (column & 7));
  }

  /** Where the value of a variable column begins in {@code in}, unless the row is damaged. */
  int start(byte[] in, int body, int column) {
    int slot = previousSlots[column];
    return body + fixedSize + (slot == 0 ? 0 : LittleEndian.getInt(in, body + slot));
  }

  /** Where it ends. */
  int end(byte[] in, int body, int column) {
    return body + fixedSize + LittleEndian.getInt(in, body + slots[column]);
  }

  /** Refuses a body whose slots do not delimit exactly the bytes [body, end): CORRUPT_DATA. */
  void check(byte[] in, int body, int end) {
    int size = end - body - fixedSize;
    if (size < 0) {
      throw ThalwegException.corrupt(
          "a row is cut: its fixed part has "
              + (end - body)
              + " bytes, the schema's columns take "
              + fixedSize);
    }
    int previous = 0;
    for (int slot : variableSlots) {
      int next = LittleEndian.getInt(in, body + slot);
      if (next < previous || next > size) {
        throw ThalwegException.corrupt(
            "a value of a row ends at "
                + Integer.toUnsignedString(next)
                + ", outside "
                + previous
                + " to "
                + size);
      }
      previous = next;
    }
    if (previous != size) {
      throw ThalwegException.corrupt(
          "a row has " + (size - previous) + " bytes that belong to no column");
    }
  }
}
