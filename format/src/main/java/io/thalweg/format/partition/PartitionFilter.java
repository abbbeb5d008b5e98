package io.thalweg.format.partition;

import io.thalweg.format.batch.ColumnStats;
import io.thalweg.format.batch.ColumnStats.Bounds;
import io.thalweg.format.filter.BoundPredicate;
import io.thalweg.format.filter.PredicateParser;
import io.thalweg.format.schema.Partition;
import io.thalweg.format.schema.TableInfo;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Says which partitions may have rows that a filter matches. Immutable; any thread. */
public final class PartitionFilter {
  private final TableInfo table;
  private final Optional<BoundPredicate> filter;
  private final PartitionKey key;

  /**
   * Of partitions of a table.
   *
   * @param filter bound to a schema that has the partition columns; empty for none
   */
  public PartitionFilter(TableInfo table, Optional<BoundPredicate> filter) {
    this.table = table;
    this.filter = filter;
    this.key = PartitionKey.of(table.descriptor());
  }

  /**
   * For a scan with a filter.
   *
   * @param table a table or a view of one, which need not have the partition columns
   * @param filter a condition as text on its columns; empty for none
   * @throws io.thalweg.format.error.ThalwegException INVALID_FILTER
   */
  public static PartitionFilter of(TableInfo table, Optional<String> filter) {
    boolean prunes = !table.descriptor().partitionKey().isEmpty();
    return new PartitionFilter(
        table,
        filter
            .filter(text -> prunes && !text.isBlank())
            .map(PredicateParser::parse)
            .map(parsed -> BoundPredicate.bind(parsed, table.schema().withPositions())));
  }

  /** Whether a row of the partition may match; false only if none can. */
  public boolean mayMatch(Partition partition) {
    if (filter.isEmpty() || key.columns().isEmpty()) {
      return true;
    }
    List<ColumnStats> stats = new ArrayList<>();
    for (int i = 0; i < key.columns().size(); i++) {
      Object value = key.value(i, partition.values().get(i));
      stats.add(
          new ColumnStats(
              key.columns().get(i).id(),
              value == null ? 1 : 0,
              value == null ? Optional.empty() : Optional.of(bounds(value))));
    }
    return filter.get().mayMatch(stats, 1);
  }

  /** The numbers of the table's buckets that may have rows that match, ascending. */
  public List<Integer> buckets() {
    if (!table.isPartitioned()) {
      return table.buckets();
    }
    return table.partitions().all().stream()
        .filter(this::mayMatch)
        .flatMap(each -> table.bucketsOf(each).stream())
        .toList();
  }

  private static Bounds bounds(Object value) {
    if (value instanceof Long number) {
      return new ColumnStats.Longs(number, number);
    }
    if (value instanceof Boolean truth) {
      long bit = truth ? 1 : 0;
      return new ColumnStats.Longs(bit, bit);
    }
    if (value instanceof BigDecimal decimal) {
      return new ColumnStats.Decimals(decimal.unscaledValue(), decimal.unscaledValue());
    }
    return new ColumnStats.Bytes((byte[]) value, (byte[]) value);
  }
}
