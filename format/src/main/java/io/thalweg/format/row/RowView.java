package io.thalweg.format.row;

import io.thalweg.format.type.DataType.Scalar;
import io.thalweg.format.type.PhysicalForm;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/**
 * A cursor over one encoded row, reusable. Columns are those of the codec's schema, whichever
 * schema wrote the row. The caller reads a value by its type's method, and only where it is not
 * null. One thread; valid as long as the array behind it does not change.
 */
public final class RowView {
  private final RowCodec codec;
  private final Map<Integer, RowMapping> known = new HashMap<>();
  private int lastHeader;
  private RowMapping mapping;
  private BodyLayout layout;
  private byte[] in = new byte[0];
  private int start;
  private int body;
  private int length;

  /** A view of no row yet. */
  public RowView(RowCodec codec) {
    this.codec = codec;
    this.lastHeader = codec.header();
    this.mapping = codec.mapping();
    this.layout = mapping.layout();
  }

  /** Moves to the row in [start, start + length); CORRUPT_DATA if it is damaged. */
  public RowView wrap(byte[] array, int rowStart, int rowLength) {
    Objects.checkFromIndexSize(rowStart, rowLength, array.length);
    int header = RowCodec.header(array, rowStart, rowLength);
    if (header != lastHeader) {
      mapping =
          header == codec.header()
              ? codec.mapping()
              : known.computeIfAbsent(header, codec::mapping);
      mapping.checkUncast();
      layout = mapping.layout();
      lastHeader = header;
    }
    in = array;
    start = rowStart;
    length = rowLength;
    body = rowStart + RowCodec.HEADER_SIZE;
    layout.check(in, body, rowStart + rowLength);
    return this;
  }

  /** Moves to row {@code i} of a list, which is not absent. */
  public RowView wrap(BinaryList rows, int i) {
    if (rows.isAbsent(i)) {
      throw new IllegalArgumentException("row " + i + " is absent");
    }
    return wrap(rows.array(), rows.start(i), rows.length(i));
  }

  /** The array that contains the row. */
  public byte[] array() {
    return in;
  }

  /** Where the row begins in {@link #array}. */
  public int start() {
    return start;
  }

  /** The row's length, in bytes. */
  public int length() {
    return length;
  }

  /** Whether the row was written by the codec's own schema. */
  public boolean isCurrent() {
    return mapping == codec.mapping();
  }

  /** Whether a column is null, or the row's schema lacks it. */
  public boolean isNull(int column) {
    int position = mapping.position(column);
    return position < 0 || layout.isNull(in, body, position);
  }

  private int slot(int column, PhysicalForm form) {
    int position = mapping.position(column);
    if (position < 0 || layout.value(position).form() != form) {
      throw wrongMethod(column);
    }
    return body + layout.slot(position);
  }

  private IllegalArgumentException wrongMethod(int column) {
    return new IllegalArgumentException(
        "column "
            + codec.schema().columns().get(column).name()
            + " is "
            + codec.schema().columns().get(column).type()
            + "; ask whether it is null, then by its own method");
  }

  /** A BOOLEAN. */
  public boolean getBoolean(int column) {
    return (in[slot(column, PhysicalForm.BIT)] & 1) != 0;
  }

  /** A TINYINT, SMALLINT, INT, DATE or TIME(0–3). */
  public int getInt(int column) {
    return (int) number(column, Integer.BYTES);
  }

  /** An integer of any width, or anything temporal in its Arrow unit. */
  public long getLong(int column) {
    return number(column, Long.BYTES);
  }

  private long number(int column, int maxWidth) {
    int position = mapping.position(column);
    if (position < 0) {
      throw wrongMethod(column);
    }
    int at = body + layout.slot(position);
    return switch (layout.value(position).form()) {
      case INT8 -> in[at];
      case INT16 -> LittleEndian.getShort(in, at);
      case INT32 -> LittleEndian.getInt(in, at);
      case INT64 -> {
        if (maxWidth < Long.BYTES) {
          throw wrongMethod(column);
        }
        yield LittleEndian.getLong(in, at);
      }
      case BIT, FLOAT32, FLOAT64, DECIMAL128, FIXED_BYTES, BYTES, VECTOR, LIST, MAP, STRUCT ->
          throw wrongMethod(column);
    };
  }

  /** A FLOAT. */
  public float getFloat(int column) {
    return Float.intBitsToFloat(LittleEndian.getInt(in, slot(column, PhysicalForm.FLOAT32)));
  }

  /** A DOUBLE. */
  public double getDouble(int column) {
    return Double.longBitsToDouble(LittleEndian.getLong(in, slot(column, PhysicalForm.FLOAT64)));
  }

  /** The low 64 bits of a DECIMAL's unscaled value. */
  public long getDecimalLow(int column) {
    return LittleEndian.getLong(in, slot(column, PhysicalForm.DECIMAL128));
  }

  /** The high 64 bits of a DECIMAL's unscaled value. */
  public long getDecimalHigh(int column) {
    int slot = slot(column, PhysicalForm.DECIMAL128);
    return width(column) == Long.BYTES
        ? LittleEndian.getLong(in, slot) >> 63
        : LittleEndian.getLong(in, slot + Long.BYTES);
  }

  private int width(int column) {
    return codec.mapping().layout().value(column).slotWidth();
  }

  /** A DECIMAL. */
  public BigDecimal getDecimal(int column) {
    int scale = ((Scalar) codec.schema().columns().get(column).type()).scale();
    long low = getDecimalLow(column);
    long high = getDecimalHigh(column);
    if (high == low >> 63) {
      return BigDecimal.valueOf(low, scale);
    }
    byte[] unscaled = new byte[16];
    for (int i = 0; i < 8; i++) {
      unscaled[i] = (byte) (high >> (56 - 8 * i));
      unscaled[8 + i] = (byte) (low >> (56 - 8 * i));
    }
    return new BigDecimal(new BigInteger(unscaled), scale);
  }

  /** Where the bytes of a variable column begin in {@link #array}. */
  public int getBytesStart(int column) {
    return layout.start(in, body, variable(column));
  }

  /**
   * The length of a variable column, in bytes: CHAR, STRING, BINARY, BYTES; of VECTOR, ARRAY, MAP
   * and ROW the encoded form.
   */
  public int getBytesLength(int column) {
    int position = variable(column);
    int bytes = layout.end(in, body, position) - layout.start(in, body, position);
    if (layout.value(position) instanceof ValueLayout.Bytes form && !isNull(column)) {
      NestedReader.checkLength(form, bytes);
    } else if (layout.value(position) instanceof ValueLayout.Vector form && !isNull(column)) {
      NestedReader.checkWidth(form, bytes);
    }
    return bytes;
  }

  private int variable(int column) {
    int position = mapping.position(column);
    if (position < 0 || layout.value(position).isFixed()) {
      throw wrongMethod(column);
    }
    return position;
  }

  /** Copies the slot of a fixed column that is not null. */
  void copySlot(int column, byte[] out, int at) {
    int slot = layout.slot(mapping.position(column));
    System.arraycopy(in, body + slot, out, at, width(column));
  }
}
