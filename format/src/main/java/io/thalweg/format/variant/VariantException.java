package io.thalweg.format.variant;

/** Bytes or a text are no variant that a table takes; the message says why. */
public final class VariantException extends Exception {
  private static final long serialVersionUID = 1;

  /** A refusal that says {@code why}, without the column and the row. */
  public VariantException(String why) {
    super(why, null, false, false);
  }
}
