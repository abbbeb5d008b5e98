package io.thalweg.format.table;

/** What a primary-key table does with deletes: {@code table.delete.behavior}. */
public enum DeleteBehavior {
  /** The row is deleted. */
  ALLOW,
  /** Nothing happens, and the writer gets no error. */
  IGNORE,
  /** The writer gets an error. */
  DISABLE
}
