package io.thalweg.server.kv.merge;

import io.thalweg.format.row.RowBuilder;
import io.thalweg.format.row.RowView;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.table.MergeOptions;
import java.util.List;

/** Aggregates column by column. Immutable. */
final class Aggregation implements MergeEngine {
  private final ColumnAggregate[] columns;
  private final boolean[] targets;

  /** An engine; {@code targets} null for all columns. */
  Aggregation(Schema schema, List<MergeOptions.Aggregation> aggregations, boolean[] targets) {
    this.targets = targets;
    columns = new ColumnAggregate[schema.columns().size()];
    for (int i = 0; i < columns.length; i++) {
      boolean isKey = schema.primaryKey().contains(schema.columns().get(i).id());
      columns[i] =
          isKey
              ? ColumnAggregate.STORED
              : targets == null || targets[i]
                  ? ColumnAggregate.of(schema.columns().get(i), aggregations.get(i))
                  : ColumnAggregate.STORED;
    }
  }

  @Override
  public Outcome merge(RowView old, RowView incoming, RowBuilder out) {
    if (old == null) {
      for (int column = 0; column < columns.length; column++) {
        if ((targets == null || targets[column]) && !incoming.isNull(column)) {
          columns[column].check(incoming, column);
        }
      }
      return targets == null ? Outcome.TAKE_NEW : PartialUpdate.first(targets, incoming, out);
    }
    out.reset();
    for (int column = 0; column < columns.length; column++) {
      columns[column].merge(old, incoming, out, column);
    }
    return Outcome.MERGED;
  }
}
