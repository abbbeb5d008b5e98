package io.thalweg.server.api;

import io.thalweg.format.aggregate.BoundAggregation;
import io.thalweg.format.filter.BoundPredicate;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.variant.VariantPath;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a reader will look at: the rest need not be read from segments. Batches that were not
 * compacted yet come whole in any case.
 *
 * @param columnIds ids of the columns; empty for all of the table's
 * @param timestamps whether the append times are wanted
 * @param filter rows that cannot match it may be left out as {@link Fetched.Skipped}
 * @param schema whose columns the filter tests; null without a filter and an aggregate
 * @param aggregate all that is asked of the records: those whose statistics tell it may come as
 *     {@link Fetched.ByStatistics}. Only without a filter
 * @param until records at and after this offset are not wanted, and are not among such ones
 * @param paths by the id of a VARIANT column: the only paths of it that are looked at. Records may
 *     come with these alone, in the form of {@link io.thalweg.parquet.read.VariantLeaves}
 * @param stored whether the batches are handed on as they are stored: nothing is made of them, so
 *     no memory is set aside for that
 * @param uncommitted whether records of open transactions are wanted too, and those that are void
 *     as well as the batches that say so; else the log ends at its last stable offset, and they are
 *     left out as {@link Fetched.Skipped}
 * @param since milliseconds since the epoch: records before it may be left out as {@link
 *     Fetched.Skipped}, where the log index or a segment's tells it
 */
public record ReadSpec(
    Optional<List<Integer>> columnIds,
    boolean timestamps,
    Optional<BoundPredicate> filter,
    Schema schema,
    Optional<BoundAggregation> aggregate,
    long until,
    Map<Integer, List<VariantPath>> paths,
    boolean stored,
    boolean uncommitted,
    long since) {

  /** Everything. */
  public static final ReadSpec ALL = whole(Optional.empty(), false, true, Long.MIN_VALUE);

  /** Everything, handed on as it is stored. */
  public static final ReadSpec STORED = whole(Optional.empty(), true, true, Long.MIN_VALUE);

  /** All batches before the last stable offset, handed on as they are stored. */
  public static final ReadSpec STORED_STABLE = whole(Optional.empty(), true, false, Long.MIN_VALUE);

  /** The times of the records that are not before {@code since}. */
  public static ReadSpec times(long since) {
    return whole(Optional.of(List.of()), false, true, since);
  }

  private static ReadSpec whole(
      Optional<List<Integer>> columnIds, boolean stored, boolean uncommitted, long since) {
    return new ReadSpec(
        columnIds,
        true,
        Optional.empty(),
        null,
        Optional.empty(),
        Long.MAX_VALUE,
        Map.of(),
        stored,
        uncommitted,
        since);
  }

  /** Copies the ids and paths. */
  public ReadSpec {
    columnIds = columnIds.map(List::copyOf);
    paths = Map.copyOf(paths);
  }

  /** What a reader of rows looks at. */
  public ReadSpec(
      Optional<List<Integer>> columnIds,
      boolean timestamps,
      Optional<BoundPredicate> filter,
      Schema schema) {
    this(columnIds, timestamps, filter, schema, Map.of());
  }

  /** The same, of whose variants some paths may be enough. */
  public ReadSpec(
      Optional<List<Integer>> columnIds,
      boolean timestamps,
      Optional<BoundPredicate> filter,
      Schema schema,
      Map<Integer, List<VariantPath>> paths) {
    this(
        columnIds,
        timestamps,
        filter,
        schema,
        Optional.empty(),
        Long.MAX_VALUE,
        paths,
        false,
        false,
        Long.MIN_VALUE);
  }

  /** The same, for an aggregate of the records before {@code end}. */
  public ReadSpec aggregating(BoundAggregation asked, long end) {
    return new ReadSpec(
        columnIds,
        timestamps,
        filter,
        schema,
        Optional.of(asked),
        end,
        paths,
        stored,
        uncommitted,
        since);
  }

  /** Whether only the number of records counts. */
  public boolean countsRecords() {
    return aggregate.map(asked -> !asked.isGrouped() && asked.columns().length == 0).orElse(false);
  }
}
