package io.thalweg.format.table;

/** What a primary-key table does with deletes: {@code table.delete.behavior}. */
public enum DeleteBehavior {
  /** The row goes. */
  ALLOW,
  /** Nothing happens, and the writer hears of no error. */
  IGNORE,
  /** The writer hears an error. */
  DISABLE
}
