package io.thalweg.server.kv.merge;

import io.thalweg.format.row.RowBuilder;
import io.thalweg.format.row.RowView;
import io.thalweg.format.schema.Column;
import io.thalweg.format.table.MergeOptions;

/** Merges one column of two rows. Immutable. */
interface ColumnAggregate {
  /** The stored value. */
  ColumnAggregate STORED = (old, incoming, out, column) -> out.set(column, old);

  /** Sets {@code column} of {@code out}. */
  void merge(RowView old, RowView incoming, RowBuilder out, int column);

  /** Refuses a first value, which is not null, if no later value could be merged with it. */
  default void check(RowView incoming, int column) {}

  /** The aggregate of a column. */
  static ColumnAggregate of(Column column, MergeOptions.Aggregation aggregation) {
    return switch (aggregation.function()) {
      case LAST_VALUE -> (old, incoming, out, i) -> out.set(i, incoming);
      case LAST_VALUE_IGNORE_NULLS ->
          (old, incoming, out, i) -> out.set(i, incoming.isNull(i) ? old : incoming);
      case FIRST_VALUE -> STORED;
      case FIRST_VALUE_IGNORE_NULLS ->
          (old, incoming, out, i) -> out.set(i, old.isNull(i) ? incoming : old);
      case SUM -> ignoreNulls(Arithmetic.sum(column));
      case PRODUCT -> ignoreNulls(Arithmetic.product(column));
      case MAX -> ignoreNulls(Extreme.max(column));
      case MIN -> ignoreNulls(Extreme.min(column));
      case LISTAGG, STRING_AGG -> ignoreNulls(new Concatenation(column, aggregation.delimiter()));
      case BOOL_AND ->
          ignoreNulls(
              (old, incoming, out, i) ->
                  out.setBoolean(i, old.getBoolean(i) && incoming.getBoolean(i)));
      case BOOL_OR ->
          ignoreNulls(
              (old, incoming, out, i) ->
                  out.setBoolean(i, old.getBoolean(i) || incoming.getBoolean(i)));
      case RBM32 -> ignoreNulls(new BitmapUnion(column, false));
      case RBM64 -> ignoreNulls(new BitmapUnion(column, true));
    };
  }

  /** Takes the other value where one is null; else merges them by {@code both}. */
  private static ColumnAggregate ignoreNulls(ColumnAggregate both) {
    return new ColumnAggregate() {
      @Override
      public void merge(RowView old, RowView incoming, RowBuilder out, int column) {
        if (incoming.isNull(column)) {
          out.set(column, old);
        } else if (old.isNull(column)) {
          both.check(incoming, column);
          out.set(column, incoming);
        } else {
          both.merge(old, incoming, out, column);
        }
      }

      @Override
      public void check(RowView incoming, int column) {
        both.check(incoming, column);
      }
    };
  }
}
