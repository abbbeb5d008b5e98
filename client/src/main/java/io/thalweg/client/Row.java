package io.thalweg.client;

import io.thalweg.format.variant.Variant;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * One row, or a value of a ROW column: values by position (from 0) or name. Immutable, except for
 * the arrays and lists that it returns. The rows of one batch of a scan share its memory; whoever
 * keeps few of many rows keeps a {@link #copy} of them.
 *
 * <p>A getter of another type than the column's throws {@link ClassCastException}, an unknown name
 * {@link IllegalArgumentException}, a primitive getter on null {@link NullPointerException}; whole
 * numbers and floats can also be read as wider types.
 */
public final class Row {
  private final List<String> names;
  // One of the two is null.
  private final Object[] values;
  private final ReadRows rows;
  private final int at;

  Row(List<String> names, Object[] values) {
    this.names = names;
    this.values = values;
    this.rows = null;
    this.at = 0;
  }

  /** A row of a batch that was read. */
  Row(ReadRows rows, int at) {
    this.names = rows.names();
    this.values = null;
    this.rows = rows;
    this.at = at;
  }

  /** The same row with memory of its own. */
  public Row copy() {
    return values == null ? new Row(names, all()) : this;
  }

  private Object[] all() {
    if (values != null) {
      return values;
    }
    Object[] all = new Object[size()];
    for (int i = 0; i < all.length; i++) {
      all[i] = get(i);
    }
    return all;
  }

  /** Number of columns. */
  public int size() {
    return names.size();
  }

  /** Column names in order. */
  public List<String> names() {
    return names;
  }

  /** All values in order. */
  public List<Object> values() {
    return Collections.unmodifiableList(Arrays.asList(all()));
  }

  /** The position of a column. */
  public int index(String name) {
    int index = names.indexOf(name);
    if (index < 0) {
      throw new IllegalArgumentException("there is no column '" + name + "' among " + names);
    }
    return index;
  }

  /** A value as the Java object of its type; null for null. */
  public Object get(int column) {
    return values == null ? rows.column(column).get(at) : values[column];
  }

  /** A value by name. */
  public Object get(String name) {
    return get(index(name));
  }

  /** Whether a value is null. */
  public boolean isNull(int column) {
    return values == null ? rows.column(column).isNull(at) : values[column] == null;
  }

  /** Whether a value is null, by name. */
  public boolean isNull(String name) {
    return get(name) == null;
  }

  /** BOOLEAN. */
  public boolean getBoolean(int column) {
    return (Boolean) get(column);
  }

  /** BOOLEAN by name. */
  public boolean getBoolean(String name) {
    return getBoolean(index(name));
  }

  /** TINYINT, SMALLINT, INT. */
  public int getInt(int column) {
    return Math.toIntExact(getLong(column));
  }

  /** TINYINT, SMALLINT, INT by name. */
  public int getInt(String name) {
    return getInt(index(name));
  }

  /** TINYINT, SMALLINT, INT, BIGINT. */
  public long getLong(int column) {
    return values == null
        ? rows.column(column).number(at, names.get(column))
        : number(values[column], names.get(column));
  }

  /** A value as a whole number, if it is one. */
  static long number(Object value, String name) {
    if (value instanceof Float || value instanceof Double || value instanceof BigDecimal) {
      throw new ClassCastException(name + " holds " + value.getClass().getSimpleName());
    }
    return ((Number) value).longValue();
  }

  /** TINYINT, SMALLINT, INT, BIGINT by name. */
  public long getLong(String name) {
    return getLong(index(name));
  }

  /** FLOAT, DOUBLE and whole numbers. */
  public double getDouble(int column) {
    return ((Number) get(column)).doubleValue();
  }

  /** FLOAT, DOUBLE and whole numbers by name. */
  public double getDouble(String name) {
    return getDouble(index(name));
  }

  /** FLOAT. */
  public float getFloat(int column) {
    return (Float) get(column);
  }

  /** FLOAT by name. */
  public float getFloat(String name) {
    return getFloat(index(name));
  }

  /** DECIMAL. */
  public BigDecimal getDecimal(int column) {
    return (BigDecimal) get(column);
  }

  /** DECIMAL by name. */
  public BigDecimal getDecimal(String name) {
    return getDecimal(index(name));
  }

  /** CHAR, STRING. */
  public String getString(int column) {
    return (String) get(column);
  }

  /** CHAR, STRING by name. */
  public String getString(String name) {
    return getString(index(name));
  }

  /** BINARY, BYTES, VECTOR of TINYINT. */
  public byte[] getBytes(int column) {
    return (byte[]) get(column);
  }

  /** BINARY, BYTES, VECTOR of TINYINT by name. */
  public byte[] getBytes(String name) {
    return getBytes(index(name));
  }

  /** DATE. */
  public LocalDate getDate(int column) {
    return (LocalDate) get(column);
  }

  /** DATE by name. */
  public LocalDate getDate(String name) {
    return getDate(index(name));
  }

  /** TIME. */
  public LocalTime getTime(int column) {
    return (LocalTime) get(column);
  }

  /** TIME by name. */
  public LocalTime getTime(String name) {
    return getTime(index(name));
  }

  /** TIMESTAMP. */
  public LocalDateTime getTimestamp(int column) {
    return (LocalDateTime) get(column);
  }

  /** TIMESTAMP by name. */
  public LocalDateTime getTimestamp(String name) {
    return getTimestamp(index(name));
  }

  /** TIMESTAMP_LTZ. */
  public Instant getInstant(int column) {
    return (Instant) get(column);
  }

  /** TIMESTAMP_LTZ by name. */
  public Instant getInstant(String name) {
    return getInstant(index(name));
  }

  /** VECTOR of FLOAT. */
  public float[] getFloats(int column) {
    return (float[]) get(column);
  }

  /** VECTOR of FLOAT by name. */
  public float[] getFloats(String name) {
    return getFloats(index(name));
  }

  /** VECTOR of DOUBLE. */
  public double[] getDoubles(int column) {
    return (double[]) get(column);
  }

  /** VECTOR of DOUBLE by name. */
  public double[] getDoubles(String name) {
    return getDoubles(index(name));
  }

  /** VARIANT. */
  public Variant getVariant(int column) {
    return (Variant) get(column);
  }

  /** VARIANT by name. */
  public Variant getVariant(String name) {
    return getVariant(index(name));
  }

  /** ARRAY. */
  public List<?> getArray(int column) {
    return (List<?>) get(column);
  }

  /** ARRAY by name. */
  public List<?> getArray(String name) {
    return getArray(index(name));
  }

  /**
   * MAP. If it has a key twice, {@code entrySet()} has both entries and {@code get} finds the
   * first.
   */
  public Map<?, ?> getMap(int column) {
    return (Map<?, ?>) get(column);
  }

  /** MAP by name. */
  public Map<?, ?> getMap(String name) {
    return getMap(index(name));
  }

  /** ROW. */
  public Row getRow(int column) {
    return (Row) get(column);
  }

  /** ROW by name. */
  public Row getRow(String name) {
    return getRow(index(name));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Row row
        && names.equals(row.names)
        && Arrays.deepEquals(all(), row.all());
  }

  @Override
  public int hashCode() {
    return Arrays.deepHashCode(all());
  }

  @Override
  public String toString() {
    return Arrays.deepToString(all());
  }
}
