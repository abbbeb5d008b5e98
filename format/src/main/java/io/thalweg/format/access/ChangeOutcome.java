package io.thalweg.format.access;

import io.thalweg.format.error.ThalwegException;

/** What became of one change of users or rules. */
public enum ChangeOutcome {
  /** It is as the change wants it. */
  MADE(0),
  /** There is nothing to remove. */
  MISSING(1),
  /** The cluster has as many as it may have. */
  FULL(2);

  private final int number;

  ChangeOutcome(int number) {
    this.number = number;
  }

  /** Its number in forms. */
  public int number() {
    return number;
  }

  /** The outcome of a form. */
  public static ChangeOutcome ofNumber(int number) {
    for (ChangeOutcome each : values()) {
      if (each.number == number) {
        return each;
      }
    }
    throw ThalwegException.corrupt("there is no outcome " + number);
  }
}
