package io.thalweg.client;

import io.thalweg.client.write.CheckedRow;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.Utf8;
import io.thalweg.format.projection.DefaultColumns;
import io.thalweg.format.schema.Column;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Kind;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Checks the values of rows against the columns they are for, and fills a {@link CheckedRow} with
 * them. What each column takes is looked up once and not for each row. One thread at a time.
 */
final class RowCheck {
  private static final int DECIMAL_BYTES = 16;

  private final String[] names;
  private final DataType[] types;
  // The column's kind; null for a nested one.
  private final Kind[] kinds;
  private final long[] least;
  private final long[] greatest;
  private final CheckedRow row;
  private final Object[] defaults;
  private final int[] withDefault;

  /**
   * Checks rows of {@code columns}.
   *
   * @param more how many columns the checked row has behind them
   */
  RowCheck(List<Column> columns, int more) {
    int count = columns.size();
    this.names = new String[count];
    this.types = new DataType[count];
    this.kinds = new Kind[count];
    this.least = new long[count];
    this.greatest = new long[count];
    this.row = new CheckedRow(count + more);
    this.defaults = new Object[count];
    for (int i = 0; i < count; i++) {
      names[i] = columns.get(i).name();
      types[i] = columns.get(i).type();
      kinds[i] = types[i] instanceof DataType.Scalar scalar ? scalar.kind() : null;
      greatest[i] = kinds[i] == null ? 0 : greatest(kinds[i]);
      least[i] = -1 - greatest[i];
      defaults[i] = DefaultColumns.value(types[i], columns.get(i).defaults().write());
    }
    this.withDefault = IntStream.range(0, count).filter(i -> defaults[i] != null).toArray();
  }

  private static long greatest(Kind kind) {
    return switch (kind) {
      case TINYINT -> Byte.MAX_VALUE;
      case SMALLINT -> Short.MAX_VALUE;
      case INT -> Integer.MAX_VALUE;
      case BIGINT -> Long.MAX_VALUE;
      case BOOLEAN,
          FLOAT,
          DOUBLE,
          DECIMAL,
          CHAR,
          STRING,
          BINARY,
          BYTES,
          DATE,
          TIME,
          TIMESTAMP,
          TIMESTAMP_LTZ ->
          0;
    };
  }

  /** Begins a row whose columns have their defaults, mostly null. */
  void begin() {
    row.clear();
    for (int column : withDefault) {
      put(column, defaults[column], DECIMAL_BYTES);
    }
  }

  /** The row with the values checked so far. */
  CheckedRow row() {
    return row;
  }

  /** Refuses a row with another number of values. */
  void checkCount(int given) {
    if (given != names.length) {
      throw new ThalwegException(
          ErrorCode.SCHEMA_MISMATCH,
          "the row has "
              + given
              + " values, wanted are "
              + names.length
              + ", one of each column: "
              + List.of(names));
    }
  }

  /** Checks the values of all columns. */
  CheckedRow all(Object[] values) {
    checkCount(values.length);
    for (int i = 0; i < values.length; i++) {
      value(i, values[i]);
    }
    return row;
  }

  /** Checks the value of one column. */
  void value(int column, Object value) {
    Kind kind = kinds[column];
    if (value instanceof String text && kind == Kind.STRING) {
      text(column, text);
    } else if (value instanceof Long number && isWhole(kind)) {
      whole(column, number);
    } else if (value instanceof Integer number && isWhole(kind)) {
      whole(column, number);
    } else if (value instanceof Double number && kind == Kind.DOUBLE) {
      row.setNumber(column, Double.doubleToRawLongBits(number));
    } else {
      other(column, value);
    }
  }

  private static boolean isWhole(Kind kind) {
    return kind == Kind.BIGINT || kind == Kind.INT || kind == Kind.SMALLINT || kind == Kind.TINYINT;
  }

  /** Checks a whole number for a column of whole numbers. */
  private void whole(int column, long number) {
    if (number < least[column] || number > greatest[column]) {
      other(column, number);
    } else {
      row.setNumber(column, number);
    }
  }

  private void text(int column, String text) {
    try {
      row.setBytes(column, Utf8.bytes(text));
    } catch (Utf8.Malformed half) {
      other(column, text);
    }
  }

  /** Checks a value as the general case says, which also makes the messages. */
  private void other(int column, Object value) {
    ValueCheck check = new ValueCheck();
    put(column, check.check(names[column], types[column], value), check.bytes());
  }

  /** Puts a value in the form of VectorWriter, which takes about {@code bytes}, into the row. */
  private void put(int column, Object checked, long bytes) {
    if (checked == null) {
      row.setNull(column);
    } else if (checked instanceof Boolean truth) {
      row.setNumber(column, truth ? 1 : 0);
    } else if (checked instanceof Long number) {
      row.setNumber(column, number);
    } else if (checked instanceof Double number) {
      row.setNumber(
          column,
          kinds[column] == Kind.FLOAT
              ? Float.floatToRawIntBits(number.floatValue())
              : Double.doubleToRawLongBits(number));
    } else if (checked instanceof byte[] text && isBytes(kinds[column])) {
      row.setBytes(column, text);
    } else {
      row.setOther(column, checked, bytes);
    }
  }

  private static boolean isBytes(Kind kind) {
    return kind == Kind.CHAR || kind == Kind.STRING || kind == Kind.BYTES;
  }

  /** Sets a whole number, as {@link #value} does for a {@code Long}. */
  void setLong(int column, long value) {
    if (isWhole(kinds[column])) {
      whole(column, value);
    } else {
      other(column, value);
    }
  }

  /** Sets a floating-point number, as {@link #value} does for a {@code Double}. */
  void setDouble(int column, double value) {
    if (kinds[column] == Kind.DOUBLE) {
      row.setNumber(column, Double.doubleToRawLongBits(value));
    } else {
      other(column, value);
    }
  }

  /** Refuses a row in which a column without nulls has no value. */
  void checkNulls() {
    for (int i = 0; i < types.length; i++) {
      if (row.isNull(i) && !types[i].nullable()) {
        other(i, null);
      }
    }
  }

  /** The place of a column by name. */
  int index(String name) {
    int index = List.of(names).indexOf(name);
    if (index < 0) {
      throw new ThalwegException(
          ErrorCode.SCHEMA_MISMATCH,
          "the writer has no column '" + name + "' among " + List.of(names));
    }
    return index;
  }

  /** Lends out checks, so that a thread that writes alone needs just one. Any thread. */
  static final class Pool {
    private final List<Column> columns;
    private final int more;
    private final AtomicReference<RowCheck> spare = new AtomicReference<>();

    /** Checks of rows of {@code columns}, with {@code more} columns behind them. */
    Pool(List<Column> columns, int more) {
      this.columns = columns;
      this.more = more;
    }

    /** A check of its own, for a caller that keeps it. */
    RowCheck own() {
      return new RowCheck(columns, more);
    }

    /** Fills a row and uses it, which is over when this returns. */
    <T> T with(Function<RowCheck, CheckedRow> fill, Function<CheckedRow, T> use) {
      RowCheck lent = spare.getAndSet(null);
      RowCheck check = lent == null ? own() : lent;
      try {
        return use.apply(fill.apply(check));
      } finally {
        check.row().clear();
        spare.set(check);
      }
    }
  }
}
