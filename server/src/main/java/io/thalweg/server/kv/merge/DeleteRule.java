package io.thalweg.server.kv.merge;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.row.RowBuilder;
import io.thalweg.format.row.RowView;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.table.DeleteBehavior;

/** What a delete does to the stored row of its key. Immutable; any thread. */
public final class DeleteRule {
  private final Schema schema;
  private final DeleteBehavior behavior;
  private final boolean[] targets;
  private final boolean[] key;

  /** What becomes of the row. */
  public enum Outcome {
    /** Nothing changes: the stored row stays, or there is still none. */
    KEEP_OLD,
    /** The row is removed. */
    REMOVE,
    /** The row that the builder holds takes its place; it may equal the stored one. */
    MERGED
  }

  /**
   * A rule for one kind of write.
   *
   * @param targets by position in the schema, which columns a delete makes null; null for all
   * @throws ThalwegException INVALID_REQUEST as {@link MergeEngine#of}
   */
  public DeleteRule(Schema schema, DeleteBehavior behavior, boolean[] targets) {
    this.schema = schema;
    this.behavior = behavior;
    this.targets = TargetColumns.check(schema, targets);
    this.key = new boolean[schema.columns().size()];
    for (int i = 0; i < key.length; i++) {
      key[i] = schema.primaryKey().contains(schema.columns().get(i).id());
    }
  }

  /**
   * Deletes.
   *
   * @param old the stored row; null if there is none
   * @param out of the same codec as the row; holds the row after {@link Outcome#MERGED}
   * @throws ThalwegException UNSUPPORTED where deletes are disabled; INVALID_REQUEST where a target
   *     column is NOT NULL
   */
  public Outcome delete(RowView old, RowBuilder out) {
    if (behavior == DeleteBehavior.DISABLE) {
      throw new ThalwegException(
          ErrorCode.UNSUPPORTED,
          "the table takes no deletes, its table.delete.behavior is 'disable'; leave them out, or"
              + " make a table with 'ignore' or 'allow'");
    }
    if (old == null || behavior == DeleteBehavior.IGNORE) {
      return Outcome.KEEP_OLD;
    }
    return targets == null ? Outcome.REMOVE : deleteTargets(old, out);
  }

  private Outcome deleteTargets(RowView old, RowBuilder out) {
    out.reset();
    boolean empty = true;
    for (int i = 0; i < targets.length; i++) {
      Column column = schema.columns().get(i);
      if (key[i] || !targets[i]) {
        out.set(i, old);
        empty &= key[i] || old.isNull(i);
      } else if (!column.type().nullable()) {
        throw new ThalwegException(
            ErrorCode.INVALID_REQUEST,
            "column '"
                + column.name()
                + "' is NOT NULL and cannot be deleted alone; delete the row, or leave the column"
                + " out");
      } else {
        out.setNull(i);
      }
    }
    return empty ? Outcome.REMOVE : Outcome.MERGED;
  }
}
