package io.thalweg.format.row;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.projection.DefaultColumns;
import io.thalweg.format.schema.Column;
import io.thalweg.format.type.DataType.Scalar;
import io.thalweg.format.type.PhysicalForm;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * Makes one encoded row of a codec's schema at a time, reusable. Until they are set, columns have
 * the value of new rows that lack them, mostly null; setting one again replaces it. One thread.
 */
public final class RowBuilder {
  private final RowCodec codec;
  private final BodyLayout layout;
  private final byte[] fixed;
  private final byte[] fixedAtFirst;
  private final int[] notNull;
  private final int[] starts;
  private final int[] lengths;
  private final int[] startsAtFirst;
  private final int[] lengthsAtFirst;
  private final byte[] valuesAtFirst;
  private byte[] values = new byte[256];
  private int used;

  /** A builder of a row that nobody set a column of. */
  public RowBuilder(RowCodec codec) {
    this.codec = codec;
    this.layout = codec.mapping().layout();
    this.fixed = new byte[layout.fixedSize()];
    this.notNull =
        IntStream.range(0, layout.columnCount())
            .filter(column -> !codec.schema().columns().get(column).type().nullable())
            .toArray();
    this.starts = new int[layout.columnCount()];
    this.lengths = new int[layout.columnCount()];
    for (int column = 0; column < layout.columnCount(); column++) {
      setDefault(column);
    }
    this.fixedAtFirst = fixed.clone();
    this.startsAtFirst = starts.clone();
    this.lengthsAtFirst = lengths.clone();
    this.valuesAtFirst = Arrays.copyOf(values, used);
  }

  /** Begins a new row. */
  public RowBuilder reset() {
    System.arraycopy(fixedAtFirst, 0, fixed, 0, fixed.length);
    System.arraycopy(startsAtFirst, 0, starts, 0, starts.length);
    System.arraycopy(lengthsAtFirst, 0, lengths, 0, lengths.length);
    System.arraycopy(valuesAtFirst, 0, values, 0, valuesAtFirst.length);
    used = valuesAtFirst.length;
    return this;
  }

  private void setDefault(int column) {
    Column of = codec.schema().columns().get(column);
    Object value = DefaultColumns.value(of.type(), of.defaults().write());
    if (value == null) {
      setNull(column);
    } else if (value instanceof Boolean flag) {
      setBoolean(column, flag);
    } else if (value instanceof Double number) {
      if (layout.value(column).form() == PhysicalForm.FLOAT32) {
        setFloat(column, number.floatValue());
      } else {
        setDouble(column, number);
      }
    } else if (value instanceof BigDecimal number) {
      setDecimal(column, number);
    } else if (value instanceof byte[] bytes) {
      setBytes(column, bytes);
    } else {
      setLong(column, (Long) value);
    }
  }

  /** Makes a column null. */
  public RowBuilder setNull(int column) {
    int slot = layout.slot(column);
    Arrays.fill(fixed, slot, slot + layout.value(column).slotWidth(), (byte) 0);
    lengths[column] = 0;
    BodyLayout.setNull(fixed, 0, column);
    return this;
  }

  private void setPresent(int column) {
    fixed[column >> 3] &= (byte) ~(1 << (column & 7));
  }

  private int slot(int column, PhysicalForm form) {
    if (layout.value(column).form() != form) {
      throw wrongMethod(column);
    }
    setPresent(column);
    return layout.slot(column);
  }

  private IllegalArgumentException wrongMethod(int column) {
    return new IllegalArgumentException(
        "column "
            + codec.schema().columns().get(column).name()
            + " is "
            + codec.schema().columns().get(column).type()
            + "; set it by its own method");
  }

  /** Copies a column from a row of the same codec, whichever schema wrote it. */
  public RowBuilder set(int column, RowView from) {
    if (from.isNull(column)) {
      return setNull(column);
    }
    if (layout.value(column).isFixed()) {
      from.copySlot(column, fixed, layout.slot(column));
      setPresent(column);
      return this;
    }
    return setVariable(
        column, from.array(), from.getBytesStart(column), from.getBytesLength(column));
  }

  /** Sets a BOOLEAN. */
  public RowBuilder setBoolean(int column, boolean value) {
    fixed[slot(column, PhysicalForm.BIT)] = (byte) (value ? 1 : 0);
    return this;
  }

  /**
   * Sets an integer of any width, or anything temporal in its Arrow unit.
   *
   * @throws IllegalArgumentException if the column has no room for {@code value}
   */
  public RowBuilder setLong(int column, long value) {
    int slot = layout.slot(column);
    switch (layout.value(column).form()) {
      case INT8 -> fixed[slot] = (byte) fitting(column, value, Byte.SIZE);
      case INT16 -> LittleEndian.putShort(fixed, slot, (short) fitting(column, value, Short.SIZE));
      case INT32 -> LittleEndian.putInt(fixed, slot, (int) fitting(column, value, Integer.SIZE));
      case INT64 -> LittleEndian.putLong(fixed, slot, value);
      case BIT, FLOAT32, FLOAT64, DECIMAL128, FIXED_BYTES, BYTES, VECTOR, LIST, MAP, STRUCT ->
          throw wrongMethod(column);
    }
    setPresent(column);
    return this;
  }

  private long fitting(int column, long value, int bits) {
    int unused = Long.SIZE - bits;
    if (value << unused >> unused != value) {
      throw new IllegalArgumentException(
          value
              + " does not fit into column "
              + codec.schema().columns().get(column).name()
              + " of type "
              + codec.schema().columns().get(column).type());
    }
    return value;
  }

  /** Sets a FLOAT. */
  public RowBuilder setFloat(int column, float value) {
    LittleEndian.putInt(fixed, slot(column, PhysicalForm.FLOAT32), Float.floatToRawIntBits(value));
    return this;
  }

  /** Sets a DOUBLE. */
  public RowBuilder setDouble(int column, double value) {
    LittleEndian.putLong(
        fixed, slot(column, PhysicalForm.FLOAT64), Double.doubleToRawLongBits(value));
    return this;
  }

  /**
   * Sets a DECIMAL, which is rescaled to the column's scale.
   *
   * @throws IllegalArgumentException if digits would be lost
   */
  public RowBuilder setDecimal(int column, BigDecimal value) {
    Scalar type = (Scalar) codec.schema().columns().get(column).type();
    BigDecimal scaled;
    try {
      scaled = value.setScale(type.scale());
    } catch (ArithmeticException inexact) {
      throw new IllegalArgumentException(value + " has more digits than " + type, inexact);
    }
    if (scaled.precision() > type.precision()) {
      throw new IllegalArgumentException(value + " has more digits than " + type);
    }
    int slot = slot(column, PhysicalForm.DECIMAL128);
    BigInteger unscaled = scaled.unscaledValue();
    LittleEndian.putLong(fixed, slot, unscaled.longValue());
    if (layout.value(column).slotWidth() == 16) {
      LittleEndian.putLong(fixed, slot + 8, unscaled.shiftRight(Long.SIZE).longValue());
    }
    return this;
  }

  /**
   * Sets a CHAR or STRING (UTF-8), BINARY or BYTES. Only the length of BINARY is checked.
   *
   * @throws IllegalArgumentException for a BINARY of the wrong length
   */
  public RowBuilder setBytes(int column, byte[] source, int offset, int length) {
    if (!(layout.value(column) instanceof ValueLayout.Bytes form)
        || (form.exactLength() >= 0 && form.exactLength() != length)) {
      throw wrongMethod(column);
    }
    return setVariable(column, source, offset, length);
  }

  /** Sets CHAR, STRING, BINARY or BYTES from the whole array. */
  public RowBuilder setBytes(int column, byte[] source) {
    return setBytes(column, source, 0, source.length);
  }

  private RowBuilder setVariable(int column, byte[] source, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, source.length);
    long needed = (long) used + length;
    if (needed > 2L * RowCodec.MAX_ROW) {
      throw RowCodec.tooLarge("a row", needed);
    }
    if (needed > values.length) {
      values = Arrays.copyOf(values, (int) Math.max(needed, 2L * values.length));
    }
    System.arraycopy(source, offset, values, used, length);
    starts[column] = used;
    lengths[column] = length;
    used += length;
    setPresent(column);
    return this;
  }

  /**
   * Adds the row to {@code out}; the builder keeps it.
   *
   * @throws ThalwegException TOO_LARGE for a row over {@link RowCodec#MAX_ROW}; NULL_VALUE for a
   *     null in a column that is NOT NULL
   */
  public void appendTo(BinaryList out) {
    long size = RowCodec.HEADER_SIZE + (long) fixed.length;
    for (int length : lengths) {
      size += length;
    }
    for (int column : notNull) {
      if (layout.isNull(fixed, 0, column)) {
        throw new ThalwegException(
            ErrorCode.NULL_VALUE,
            "column '"
                + codec.schema().columns().get(column).name()
                + "' is NOT NULL and has no value; give it one");
      }
    }
    if (size > RowCodec.MAX_ROW) {
      throw RowCodec.tooLarge("a row", size);
    }
    int at = out.reserve((int) size);
    byte[] bytes = out.array();
    LittleEndian.putInt(bytes, at, codec.header());
    int body = at + RowCodec.HEADER_SIZE;
    System.arraycopy(fixed, 0, bytes, body, fixed.length);
    int end = 0;
    for (int column = 0; column < layout.columnCount(); column++) {
      if (!layout.value(column).isFixed()) {
        System.arraycopy(values, starts[column], bytes, body + fixed.length + end, lengths[column]);
        end += lengths[column];
        LittleEndian.putInt(bytes, body + layout.slot(column), end);
      }
    }
    out.endString((int) size);
  }
}
