package io.thalweg.server.kv.merge;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.row.RowView;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;

/** The columns that a partial update sets. Stateless. */
final class TargetColumns {
  private TargetColumns() {}

  /**
   * Refuses targets that leave out a column of the key, or one that is NOT NULL and has no default
   * for new rows: INVALID_REQUEST.
   *
   * @return the targets; null if they are all columns
   */
  static boolean[] check(Schema schema, boolean[] targets) {
    if (targets == null) {
      return null;
    }
    if (targets.length != schema.columns().size()) {
      throw new IllegalArgumentException(
          targets.length + " targets for " + schema.columns().size() + " columns");
    }
    boolean all = true;
    for (int i = 0; i < targets.length; i++) {
      Column column = schema.columns().get(i);
      all &= targets[i];
      if (!targets[i] && schema.primaryKey().contains(column.id())) {
        throw refused("'" + column.name() + "', a column of the primary key");
      }
      boolean filled = column.type().nullable() || column.defaults().write().isPresent();
      if (!targets[i] && !filled) {
        throw refused("'" + column.name() + "', which is NOT NULL");
      }
    }
    return all ? null : targets.clone();
  }

  private static ThalwegException refused(String what) {
    return new ThalwegException(
        ErrorCode.INVALID_REQUEST, "a partial update leaves out column " + what + "; add it");
  }

  /** Whether a row has null in every column that is no target. */
  static boolean othersAreNull(boolean[] targets, RowView row) {
    for (int i = 0; i < targets.length; i++) {
      if (!targets[i] && !row.isNull(i)) {
        return false;
      }
    }
    return true;
  }
}
