package io.thalweg.server.kv.merge;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.row.RowBuilder;
import io.thalweg.format.row.RowView;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.table.MergeOptions;
import java.util.Locale;

/** Merges an incoming row with the stored row of the same key. Pure; any thread. */
public interface MergeEngine {

  /** What becomes of the row. */
  enum Outcome {
    /** The stored row stays. */
    KEEP_OLD,
    /** The incoming row takes its place. */
    TAKE_NEW,
    /** The row that the builder holds takes its place; it may equal the stored one. */
    MERGED
  }

  /**
   * Merges.
   *
   * @param old the stored row; null if there is none
   * @param incoming a row of the same key; with target columns only these and the key count
   * @param out of the same codec as the rows; holds the row after {@link Outcome#MERGED}; else its
   *     content has no meaning
   * @throws ThalwegException SCHEMA_MISMATCH if a column cannot hold its merged value
   */
  Outcome merge(RowView old, RowView incoming, RowBuilder out);

  /**
   * The engine of a table for one kind of write.
   *
   * @param targets by position in the schema, which columns the write sets; null for all
   * @throws ThalwegException INVALID_REQUEST if the table does not take such writes
   */
  static MergeEngine of(Schema schema, MergeOptions options, boolean[] targets) {
    boolean[] partial = TargetColumns.check(schema, targets);
    return switch (options.engine()) {
      case LAST_ROW ->
          partial == null ? (old, incoming, out) -> Outcome.TAKE_NEW : new PartialUpdate(partial);
      case FIRST_ROW -> {
        refusePartial(options, partial);
        yield (old, incoming, out) -> old == null ? Outcome.TAKE_NEW : Outcome.KEEP_OLD;
      }
      case VERSIONED -> {
        refusePartial(options, partial);
        int version = options.versionColumn().orElseThrow();
        yield (old, incoming, out) ->
            old == null || incoming.getLong(version) >= old.getLong(version)
                ? Outcome.TAKE_NEW
                : Outcome.KEEP_OLD;
      }
      case AGGREGATION -> new Aggregation(schema, options.aggregations(), partial);
    };
  }

  private static void refusePartial(MergeOptions options, boolean[] partial) {
    if (partial != null) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST,
          "the table's merge engine "
              + options.engine().name().toLowerCase(Locale.ROOT)
              + " does not support partial updates; write all columns");
    }
  }
}
