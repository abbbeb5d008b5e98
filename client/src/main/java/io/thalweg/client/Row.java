package io.thalweg.client;

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
 * the arrays and lists that it returns.
 *
 * <p>A getter of another type than the column's throws {@link ClassCastException}, an unknown name
 * {@link IllegalArgumentException}, a primitive getter on null {@link NullPointerException}; whole
 * numbers and floats can also be read as wider types.
 */
public final class Row {
  private final List<String> names;
  private final Object[] values;

  Row(List<String> names, Object[] values) {
    this.names = names;
    this.values = values;
  }

  /** Number of columns. */
  public int size() {
    return values.length;
  }

  /** Column names in order. */
  public List<String> names() {
    return names;
  }

  /** All values in order. */
  public List<Object> values() {
    return Collections.unmodifiableList(Arrays.asList(values));
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
    return values[column];
  }

  /** A value by name. */
  public Object get(String name) {
    return values[index(name)];
  }

  /** Whether a value is null. */
  public boolean isNull(int column) {
    return values[column] == null;
  }

  /** Whether a value is null, by name. */
  public boolean isNull(String name) {
    return get(name) == null;
  }

  /** BOOLEAN. */
  public boolean getBoolean(int column) {
    return (Boolean) values[column];
  }

  /** BOOLEAN by name. */
  public boolean getBoolean(String name) {
    return getBoolean(index(name));
  }

  /** TINYINT, SMALLINT, INT. */
  public int getInt(int column) {
    return values[column] instanceof Long tooWide
        ? Math.toIntExact(tooWide)
        : (int) getLong(column);
  }

  /** TINYINT, SMALLINT, INT by name. */
  public int getInt(String name) {
    return getInt(index(name));
  }

  /** TINYINT, SMALLINT, INT, BIGINT. */
  public long getLong(int column) {
    Object value = values[column];
    if (value instanceof Float || value instanceof Double || value instanceof BigDecimal) {
      throw new ClassCastException(
          names.get(column) + " holds " + value.getClass().getSimpleName());
    }
    return ((Number) value).longValue();
  }

  /** TINYINT, SMALLINT, INT, BIGINT by name. */
  public long getLong(String name) {
    return getLong(index(name));
  }

  /** FLOAT, DOUBLE and whole numbers. */
  public double getDouble(int column) {
    return ((Number) values[column]).doubleValue();
  }

  /** FLOAT, DOUBLE and whole numbers by name. */
  public double getDouble(String name) {
    return getDouble(index(name));
  }

  /** FLOAT. */
  public float getFloat(int column) {
    return (Float) values[column];
  }

  /** FLOAT by name. */
  public float getFloat(String name) {
    return getFloat(index(name));
  }

  /** DECIMAL. */
  public BigDecimal getDecimal(int column) {
    return (BigDecimal) values[column];
  }

  /** DECIMAL by name. */
  public BigDecimal getDecimal(String name) {
    return getDecimal(index(name));
  }

  /** CHAR, STRING. */
  public String getString(int column) {
    return (String) values[column];
  }

  /** CHAR, STRING by name. */
  public String getString(String name) {
    return getString(index(name));
  }

  /** BINARY, BYTES. */
  public byte[] getBytes(int column) {
    return (byte[]) values[column];
  }

  /** BINARY, BYTES by name. */
  public byte[] getBytes(String name) {
    return getBytes(index(name));
  }

  /** DATE. */
  public LocalDate getDate(int column) {
    return (LocalDate) values[column];
  }

  /** DATE by name. */
  public LocalDate getDate(String name) {
    return getDate(index(name));
  }

  /** TIME. */
  public LocalTime getTime(int column) {
    return (LocalTime) values[column];
  }

  /** TIME by name. */
  public LocalTime getTime(String name) {
    return getTime(index(name));
  }

  /** TIMESTAMP. */
  public LocalDateTime getTimestamp(int column) {
    return (LocalDateTime) values[column];
  }

  /** TIMESTAMP by name. */
  public LocalDateTime getTimestamp(String name) {
    return getTimestamp(index(name));
  }

  /** TIMESTAMP_LTZ. */
  public Instant getInstant(int column) {
    return (Instant) values[column];
  }

  /** TIMESTAMP_LTZ by name. */
  public Instant getInstant(String name) {
    return getInstant(index(name));
  }

  /** ARRAY. */
  public List<?> getArray(int column) {
    return (List<?>) values[column];
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
    return (Map<?, ?>) values[column];
  }

  /** MAP by name. */
  public Map<?, ?> getMap(String name) {
    return getMap(index(name));
  }

  /** ROW. */
  public Row getRow(int column) {
    return (Row) values[column];
  }

  /** ROW by name. */
  public Row getRow(String name) {
    return getRow(index(name));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Row row
        && names.equals(row.names)
        && Arrays.deepEquals(values, row.values);
  }

  @Override
  public int hashCode() {
    return Arrays.deepHashCode(values);
  }

  @Override
  public String toString() {
    return Arrays.deepToString(values);
  }
}
