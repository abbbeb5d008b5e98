package io.thalweg.server.api;

import io.thalweg.format.filter.BoundPredicate;
import io.thalweg.format.schema.Schema;
import java.util.List;
import java.util.Optional;

/**
 * What a reader will look at: the rest need not be read from segments. Batches that were not
 * compacted yet come whole in any case.
 *
 * @param columnIds ids of the columns; empty for all of the table's
 * @param timestamps whether the append times are wanted
 * @param filter rows that cannot match it may be left out as {@link Fetched.Skipped}
 * @param schema whose columns the filter tests; null without a filter
 */
public record ReadSpec(
    Optional<List<Integer>> columnIds,
    boolean timestamps,
    Optional<BoundPredicate> filter,
    Schema schema) {

  /** Everything. */
  public static final ReadSpec ALL = new ReadSpec(Optional.empty(), true, Optional.empty(), null);

  /** Copies the ids. */
  public ReadSpec {
    columnIds = columnIds.map(List::copyOf);
  }
}
