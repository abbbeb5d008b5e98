package io.thalweg.client;

import io.thalweg.client.write.CheckedRow;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.AppendAck;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * Sets a row's values one by one and writes it: without an array and without objects for numbers,
 * and by names where that reads better. The writer checks each value when it is set, as {@link
 * TableWriter#append(Object...)} does. After {@link #write} all values are as at first; so the same
 * builder is used for row after row. One thread at a time; a thread more has its own builder.
 */
public final class RowBuilder {
  private final RowCheck check;
  private final Function<CheckedRow, CompletableFuture<AppendAck>> write;

  RowBuilder(RowCheck check, Function<CheckedRow, CompletableFuture<AppendAck>> write) {
    this.check = check;
    this.write = write;
    check.begin();
  }

  /** The place of one of the writer's columns, from 0; SCHEMA_MISMATCH for an unknown name. */
  public int index(String column) {
    return check.index(column);
  }

  /** Sets a value of any type; null for null. SCHEMA_MISMATCH if the column does not take it. */
  public RowBuilder set(int column, Object value) {
    check.value(column, value);
    return this;
  }

  /** Sets a value by name. */
  public RowBuilder set(String column, Object value) {
    return set(index(column), value);
  }

  /** Sets a whole number: TINYINT, SMALLINT, INT, BIGINT. */
  public RowBuilder setLong(int column, long value) {
    check.setLong(column, value);
    return this;
  }

  /** Sets a floating-point number: FLOAT, DOUBLE. */
  public RowBuilder setDouble(int column, double value) {
    check.setDouble(column, value);
    return this;
  }

  /** Sets a text: CHAR, STRING. */
  public RowBuilder setString(int column, String value) {
    check.value(column, value);
    return this;
  }

  /** Forgets the values that were set. */
  public RowBuilder clear() {
    check.begin();
    return this;
  }

  /**
   * Writes the row and begins the next one; if it is refused, its values stay as they are. Values
   * that were not set are the columns' defaults, mostly null.
   *
   * @return as the writer's own method returns
   */
  public CompletableFuture<AppendAck> write() throws ThalwegException {
    check.checkNulls();
    CompletableFuture<AppendAck> ack = write.apply(check.row());
    check.begin();
    return ack;
  }
}
