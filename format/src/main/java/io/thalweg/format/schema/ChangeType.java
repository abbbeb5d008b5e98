package io.thalweg.format.schema;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;

/**
 * What a record of a changelog does. Its number is the value of {@link SystemColumns#CHANGE_TYPE}.
 */
public enum ChangeType {
  /** A row was inserted. */
  INSERT(0, "+I", "insert"),
  /** A row as it was before it changed; an {@link #UPDATE_AFTER} follows. */
  UPDATE_BEFORE(1, "-U", "update_before"),
  /** A row as it is after it changed. */
  UPDATE_AFTER(2, "+U", "update_after"),
  /** A row as it was before it was deleted. */
  DELETE(3, "-D", "delete");

  private static final ChangeType[] ALL = values();

  private final byte number;
  private final String symbol;
  private final String word;

  ChangeType(int number, String symbol, String word) {
    this.number = (byte) number;
    this.symbol = symbol;
    this.word = word;
  }

  /** The stable number. */
  public byte number() {
    return number;
  }

  /** Its short form, such as {@code +I}. */
  public String symbol() {
    return symbol;
  }

  /** Its value in {@link TableView#CHANGE_TYPE}. */
  public String word() {
    return word;
  }

  /** The type with that number. */
  public static ChangeType ofNumber(int number) {
    if (number < 0 || number >= ALL.length) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST,
          "change type " + number + " is unknown; give 0 (+I), 1 (-U), 2 (+U) or 3 (-D)");
    }
    return ALL[number];
  }

  /** The type with that short form. */
  public static ChangeType ofSymbol(String symbol) {
    for (ChangeType each : ALL) {
      if (each.symbol.equals(symbol)) {
        return each;
      }
    }
    throw new ThalwegException(
        ErrorCode.INVALID_REQUEST,
        "change type '" + symbol + "' is unknown; give +I, -U, +U or -D");
  }
}
