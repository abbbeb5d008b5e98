package io.thalweg.server.kv.merge;

import io.thalweg.format.row.RowBuilder;
import io.thalweg.format.row.RowView;

/** The last value of each target column; the others stay. Immutable. */
final class PartialUpdate implements MergeEngine {
  private final boolean[] targets;

  PartialUpdate(boolean[] targets) {
    this.targets = targets;
  }

  @Override
  public Outcome merge(RowView old, RowView incoming, RowBuilder out) {
    return old == null ? first(targets, incoming, out) : update(old, incoming, out);
  }

  private Outcome update(RowView old, RowView incoming, RowBuilder out) {
    out.reset();
    for (int column = 0; column < targets.length; column++) {
      out.set(column, targets[column] ? incoming : old);
    }
    return Outcome.MERGED;
  }

  /** The first row of a key: columns that are no targets become null. */
  static Outcome first(boolean[] targets, RowView incoming, RowBuilder out) {
    if (TargetColumns.othersAreNull(targets, incoming)) {
      return Outcome.TAKE_NEW;
    }
    out.reset();
    for (int column = 0; column < targets.length; column++) {
      if (targets[column]) {
        out.set(column, incoming);
      }
    }
    return Outcome.MERGED;
  }
}
