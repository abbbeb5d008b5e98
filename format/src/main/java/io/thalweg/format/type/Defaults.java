package io.thalweg.format.type;

import java.util.Optional;

/**
 * The values that a column or a field of a ROW has where none was written, as texts that {@link
 * io.thalweg.format.cast.TextValues} reads. Only scalar types have them.
 *
 * @param initial of rows that were written before the column existed; it never changes. Empty for
 *     null
 * @param write of new rows whose data lack the column. Empty for null
 */
public record Defaults(Optional<String> initial, Optional<String> write) {
  /** Null for all rows. */
  public static final Defaults NONE = new Defaults(Optional.empty(), Optional.empty());

  /** The same value for old rows and for new ones. */
  public static Defaults both(Optional<String> value) {
    return value.isEmpty() ? NONE : new Defaults(value, value);
  }

  /** The same with another value for new rows. */
  public Defaults withWrite(Optional<String> value) {
    return new Defaults(initial, value);
  }

  /** Whether both are null. */
  public boolean isNone() {
    return initial.isEmpty() && write.isEmpty();
  }
}
