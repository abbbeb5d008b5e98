package io.thalweg.format.row;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.type.DataType;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntUnaryOperator;
import org.apache.arrow.vector.FieldVector;

/**
 * Primary keys as byte strings whose unsigned byte order is the keys' order; the package text
 * specifies them. Immutable; any thread.
 */
public final class KeyCodec {
  /**
   * The version of the keys that this release writes. A key has no room for it, so the manifest of
   * the rows holds it ({@link io.thalweg.format.kv.KvManifest}).
   */
  public static final int VERSION = 1;

  /** Most bytes of an encoded key. */
  public static final int MAX_KEY = 4_096;

  private static final long SIGN = Long.MIN_VALUE;
  private static final int END_SIZE = 2;

  private final int[] positions;
  private final ValueLayout[] layouts;
  private final String[] names;

  private KeyCodec(int[] positions, ValueLayout[] layouts, String[] names) {
    this.positions = positions;
    this.layouts = layouts;
    this.names = names;
  }

  /** The codec of a table's keys, after {@link #check}. */
  public static KeyCodec of(Schema schema) {
    check(schema);
    int[] positions = new int[schema.primaryKey().size()];
    ValueLayout[] layouts = new ValueLayout[positions.length];
    String[] names = new String[positions.length];
    for (int i = 0; i < positions.length; i++) {
      positions[i] = position(schema, schema.primaryKey().get(i));
      Column column = schema.columns().get(positions[i]);
      layouts[i] = ValueLayout.of(column.type());
      names[i] = column.name();
    }
    return new KeyCodec(positions, layouts, names);
  }

  /** Refuses a schema without a primary key, or with one that has no order: INVALID_SCHEMA. */
  public static void check(Schema schema) {
    if (schema.primaryKey().isEmpty()) {
      throw new ThalwegException(
          ErrorCode.INVALID_SCHEMA, "a primary-key table needs at least one key column");
    }
    int least = 0;
    for (int id : schema.primaryKey()) {
      Column column = schema.columns().get(position(schema, id));
      if (!hasOrder(column.type())) {
        throw new ThalwegException(
            ErrorCode.INVALID_SCHEMA,
            "column '"
                + column.name()
                + "' of type "
                + column.type()
                + " cannot be part of a primary key; use integers, decimals, strings, bytes, dates"
                + " or times");
      }
      least += leastSize(ValueLayout.of(column.type()));
    }
    if (least > MAX_KEY) {
      throw new ThalwegException(
          ErrorCode.INVALID_SCHEMA,
          "the primary key's columns take at least "
              + least
              + " bytes, over the limit of "
              + MAX_KEY
              + " for a key; take fewer or shorter columns");
    }
  }

  /** Whether the bytes of values compare as the values do. */
  private static boolean hasOrder(DataType type) {
    return switch (type.form()) {
      case BIT, INT8, INT16, INT32, INT64, DECIMAL128, FIXED_BYTES, BYTES -> true;
      case FLOAT32, FLOAT64, VECTOR, LIST, MAP, STRUCT -> false;
    };
  }

  private static int position(Schema schema, int id) {
    for (int i = 0; i < schema.columns().size(); i++) {
      if (schema.columns().get(i).id() == id) {
        return i;
      }
    }
    throw new IllegalArgumentException("no column has id " + id);
  }

  private static int leastSize(ValueLayout layout) {
    if (layout instanceof ValueLayout.Bytes bytes) {
      return bytes.exactLength() >= 0 ? bytes.exactLength() : END_SIZE;
    }
    ValueLayout.Fixed fixed = (ValueLayout.Fixed) layout;
    return Math.max(1, fixed.arrowWidth());
  }

  /** How many columns a key has. */
  public int columnCount() {
    return positions.length;
  }

  /** The positions of the key's columns in the schema, in key order. */
  public int[] positions() {
    return positions.clone();
  }

  /**
   * Adds the key of each row to {@code out}, or none at all if one is refused.
   *
   * @param columnsOfSchema exactly the schema's columns, checked by {@link
   *     io.thalweg.format.batch.InputCheck}
   * @throws ThalwegException NULL_VALUE for a null in a key column; TOO_LARGE for a key over {@link
   *     #MAX_KEY}
   */
  public void encode(List<FieldVector> columnsOfSchema, int rowCount, BinaryList out) {
    List<FieldVector> key = new ArrayList<>(positions.length);
    for (int position : positions) {
      key.add(columnsOfSchema.get(position));
    }
    encodePrefix(key, rowCount, out);
  }

  /**
   * Adds to {@code out} the prefix of all keys whose first columns have these values.
   *
   * @param firstKeyColumns at least one of the key's columns, beginning with the first
   * @throws ThalwegException as {@link #encode}
   */
  public void encodePrefix(List<FieldVector> firstKeyColumns, int rowCount, BinaryList out) {
    int count = firstKeyColumns.size();
    if (count == 0 || count > layouts.length) {
      throw new IllegalArgumentException(
          count + " columns; the key has " + layouts.length + ", give one or more of them");
    }
    if (rowCount == 0) {
      return;
    }
    int[] lengths = new int[rowCount];
    Strings[] strings = new Strings[count];
    for (int i = 0; i < count; i++) {
      FieldVector column = firstKeyColumns.get(i);
      refuseNulls(column, rowCount);
      if (isOfAnyLength(i)) {
        strings[i] = new Strings(column, rowCount);
        strings[i].addLengths(lengths);
      } else {
        int size = leastSize(layouts[i]);
        for (int row = 0; row < rowCount; row++) {
          add(lengths, row, size);
        }
      }
    }
    int[] cursors = new int[rowCount];
    int at = out.reserve(total(lengths, out.byteCount()));
    byte[] bytes = out.array();
    for (int row = 0; row < rowCount; row++) {
      cursors[row] = at;
      at += lengths[row];
    }
    for (int i = 0; i < count; i++) {
      if (strings[i] != null) {
        strings[i].write(bytes, cursors);
      } else {
        writeFixed(layouts[i], firstKeyColumns.get(i), bytes, cursors);
      }
    }
    for (int length : lengths) {
      out.endString(length);
    }
  }

  /**
   * Refuses a key over {@link #MAX_KEY}: TOO_LARGE, with the longest column.
   *
   * @param lengthOf how many bytes the key's i-th value has, asked for columns of variable length
   *     only
   * @param zerosIn how many of these bytes are 00, each encoded as two
   * @param columns how many of the key's columns are given, from the first
   */
  public void checkLength(int columns, IntUnaryOperator lengthOf, IntUnaryOperator zerosIn) {
    long atMost = 0;
    for (int i = 0; i < columns; i++) {
      atMost += isOfAnyLength(i) ? END_SIZE + 2L * lengthOf.applyAsInt(i) : leastSize(layouts[i]);
    }
    if (atMost <= MAX_KEY) {
      return;
    }
    long total = 0;
    long longest = -1;
    int which = 0;
    for (int i = 0; i < columns; i++) {
      long length =
          isOfAnyLength(i)
              ? (long) END_SIZE + lengthOf.applyAsInt(i) + zerosIn.applyAsInt(i)
              : leastSize(layouts[i]);
      total += length;
      if (length > longest) {
        longest = length;
        which = i;
      }
    }
    if (total > MAX_KEY) {
      throw new ThalwegException(
          ErrorCode.TOO_LARGE,
          "the key takes "
              + total
              + " bytes, over the limit of "
              + MAX_KEY
              + "; "
              + longest
              + " of them are column '"
              + names[which]
              + "'; shorten it, or make the key a hash of it");
    }
  }

  /** Whether a key of the first {@code columns} columns can be over {@link #MAX_KEY}. */
  public boolean mayBeTooLong(int columns) {
    for (int i = 0; i < columns; i++) {
      if (isOfAnyLength(i)) {
        return true;
      }
    }
    return false;
  }

  private boolean isOfAnyLength(int column) {
    return layouts[column] instanceof ValueLayout.Bytes bytes && bytes.exactLength() < 0;
  }

  /** Adds to a length; a sum over 2 GiB becomes the greatest int. */
  private static void add(int[] lengths, int row, long more) {
    lengths[row] = (int) Math.min(Integer.MAX_VALUE, lengths[row] + more);
  }

  private static void refuseNulls(FieldVector column, int rowCount) {
    byte[] validity = VectorBuffers.validity(column, rowCount);
    for (int row = 0; validity != null && row < rowCount; row++) {
      if (!VectorBuffers.isValid(validity, row)) {
        throw new ThalwegException(
            ErrorCode.NULL_VALUE,
            "column '"
                + column.getName()
                + "' is part of the primary key, row "
                + row
                + " of the batch is null; give it a value");
      }
    }
  }

  private static int total(int[] lengths, int before) {
    long total = 0;
    for (int row = 0; row < lengths.length; row++) {
      if (lengths[row] > MAX_KEY) {
        throw new ThalwegException(
            ErrorCode.TOO_LARGE,
            "the key of row "
                + row
                + " of the batch takes "
                + lengths[row]
                + " bytes, over the limit of "
                + MAX_KEY
                + "; shorten it, or make the key a hash of it");
      }
      total += lengths[row];
    }
    if (total > Integer.MAX_VALUE - 64 - before) {
      throw new ThalwegException(
          ErrorCode.TOO_LARGE,
          "the keys of " + lengths.length + " rows take " + total + " bytes; send fewer rows");
    }
    return (int) total;
  }

  private static void writeFixed(
      ValueLayout layout, FieldVector column, byte[] out, int[] cursors) {
    int width = leastSize(layout);
    int rows = cursors.length;
    boolean bits = layout instanceof ValueLayout.Fixed fixed && fixed.arrowWidth() == 0;
    ByteBuffer data =
        VectorBuffers.view(column.getDataBuffer(), bits ? (rows + 7) / 8 : (long) rows * width);
    if (layout instanceof ValueLayout.Bytes) {
      for (int row = 0; row < rows; row++) {
        data.get(row * width, out, cursors[row], width);
        cursors[row] += width;
      }
      return;
    }
    for (int row = 0; row < rows; row++) {
      int at = cursors[row];
      switch (width) {
        case 16 -> {
          putLong(out, at, data.getLong((row << 4) + 8) ^ SIGN);
          putLong(out, at + 8, data.getLong(row << 4));
        }
        case 8 -> putLong(out, at, data.getLong(row << 3) ^ SIGN);
        case 4 ->
            LittleEndian.putInt(
                out, at, Integer.reverseBytes(data.getInt(row << 2) ^ Integer.MIN_VALUE));
        case 2 ->
            LittleEndian.putShort(
                out, at, Short.reverseBytes((short) (data.getShort(row << 1) ^ Short.MIN_VALUE)));
        default ->
            out[at] =
                bits
                    ? (byte) (data.get(row >> 3) >> (row & 7) & 1)
                    : (byte) (data.get(row) ^ Byte.MIN_VALUE);
      }
      cursors[row] = at + width;
    }
  }

  private static void putLong(byte[] out, int at, long value) {
    LittleEndian.putLong(out, at, Long.reverseBytes(value));
  }

  /**
   * The least byte string that is greater than every string that begins with {@code prefix}; empty
   * if there is none.
   */
  public static byte[] successor(byte[] prefix) {
    int length = prefix.length;
    while (length > 0 && prefix[length - 1] == (byte) 0xff) {
      length--;
    }
    byte[] next = Arrays.copyOf(prefix, length);
    if (length > 0) {
      next[length - 1]++;
    }
    return next;
  }

  /** The values of a key column of variable length, none null. */
  private static final class Strings {
    private final byte[] bytes;
    private final int[] offsets;

    Strings(FieldVector column, int rowCount) {
      offsets = VectorBuffers.offsets(column, rowCount);
      bytes = new byte[offsets[rowCount]];
      column.getDataBuffer().getBytes(0, bytes);
    }

    /** Adds the encoded lengths. */
    void addLengths(int[] lengths) {
      for (int row = 0; row < lengths.length; row++) {
        long length = (long) offsets[row + 1] - offsets[row] + END_SIZE;
        for (int i = offsets[row]; i < offsets[row + 1]; i++) {
          length += bytes[i] == 0 ? 1 : 0;
        }
        add(lengths, row, length);
      }
    }

    void write(byte[] out, int[] cursors) {
      for (int row = 0; row < cursors.length; row++) {
        int at = cursors[row];
        for (int i = offsets[row]; i < offsets[row + 1]; i++) {
          out[at++] = bytes[i];
          if (bytes[i] == 0) {
            out[at++] = (byte) 0xff;
          }
        }
        out[at++] = 0;
        out[at++] = 0;
        cursors[row] = at;
      }
    }
  }
}
