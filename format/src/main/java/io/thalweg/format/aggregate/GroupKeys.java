package io.thalweg.format.aggregate;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FixedSizeBinaryVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;

/** Numbers the combinations of values that make groups, in the order they come in. One thread. */
final class GroupKeys {
  /** Beside its bytes, about what a key and its entry in the map take. */
  private static final int OVERHEAD = 120;

  private final int maxGroups;
  private final Budget budget;
  private final long groupBytes;
  private final Map<Key, Integer> numbers = new HashMap<>();
  private byte[] scratch = new byte[64];
  private int length;

  /**
   * Begins without groups.
   *
   * @param valueBytes what is kept of each group beside its key
   */
  GroupKeys(int maxGroups, long valueBytes, Budget budget) {
    this.maxGroups = maxGroups;
    this.budget = budget;
    this.groupBytes = OVERHEAD + valueBytes;
  }

  /** A combination of values, as bytes. */
  private static final class Key {
    private final byte[] bytes;
    private final int length;
    private final int hash;

    Key(byte[] bytes, int length) {
      this.bytes = bytes;
      this.length = length;
      int sum = 1;
      for (int i = 0; i < length; i++) {
        sum = 31 * sum + bytes[i];
      }
      this.hash = sum;
    }

    @Override
    public int hashCode() {
      return hash;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Key key
          && key.hash == hash
          && Arrays.equals(bytes, 0, length, key.bytes, 0, key.length);
    }
  }

  /** Appends a row's value of one column to the key. */
  private interface Writer {
    void write(int row);
  }

  /** Groups so far. */
  int count() {
    return numbers.size();
  }

  /** The group of each of {@code rows}; LIMIT_REACHED where there would be too many. */
  int[] groups(List<FieldVector> columns, int[] rows) {
    Writer[] writers = columns.stream().map(this::writer).toArray(Writer[]::new);
    int[] groups = new int[rows.length];
    for (int i = 0; i < rows.length; i++) {
      length = 0;
      for (Writer writer : writers) {
        writer.write(rows[i]);
      }
      Integer known = numbers.get(new Key(scratch, length));
      groups[i] = known != null ? known : added();
    }
    return groups;
  }

  private int added() {
    int number = numbers.size();
    if (number == maxGroups) {
      throw new ThalwegException(
          ErrorCode.LIMIT_REACHED,
          "the aggregate has more than "
              + maxGroups
              + " groups; filter, or group by fewer columns");
    }
    budget.take(groupBytes + length);
    numbers.put(new Key(Arrays.copyOf(scratch, length), length), number);
    return number;
  }

  private Writer writer(FieldVector vector) {
    Writer values = values(vector);
    return row -> {
      boolean isNull = vector.isNull(row);
      append(isNull ? 0 : 1, 1);
      if (!isNull) {
        values.write(row);
      }
    };
  }

  private Writer values(FieldVector vector) {
    ArrowBuf data = vector.getDataBuffer();
    if (vector instanceof Float4Vector || vector instanceof Float8Vector) {
      Cells.Doubles values = Cells.doubles(vector);
      // Adding zero makes -0 and 0 one; all NaN have the same bits here.
      return row -> append(Double.doubleToLongBits(values.at(row) + 0.0), 8);
    }
    if (vector instanceof DecimalVector) {
      return row -> {
        append(data.getLong(row * 16L), 8);
        append(data.getLong(row * 16L + 8), 8);
      };
    }
    if (vector instanceof BaseVariableWidthVector || vector instanceof FixedSizeBinaryVector) {
      Cells.Slices slices = Cells.slices(vector);
      return row -> {
        int bytes = slices.length(row);
        append(bytes, 4);
        room(bytes);
        data.getBytes(slices.start(row), scratch, length, bytes);
        length += bytes;
      };
    }
    Cells.Longs values = Cells.longs(vector);
    return row -> append(values.at(row), 8);
  }

  private void append(long value, int bytes) {
    room(bytes);
    for (int i = 0; i < bytes; i++) {
      scratch[length++] = (byte) (value >> (8 * i));
    }
  }

  private void room(int bytes) {
    if (length + bytes > scratch.length) {
      scratch = Arrays.copyOf(scratch, Math.max(2 * scratch.length, length + bytes));
    }
  }
}
