package io.thalweg.simulation.cluster;

import io.thalweg.runtime.RandomSource;
import io.thalweg.server.api.RowReader;
import java.util.List;

/**
 * The data that a reader wants: some columns, always including {@code id}, of the rows whose {@code
 * id} is in {@code [low, high)}.
 */
public record Wanted(List<String> columns, long low, long high) {
  /** Every row. */
  static final Wanted ROWS =
      new Wanted(List.of(RowReader.OFFSET_COLUMN, "id", "pad"), Long.MIN_VALUE, Long.MAX_VALUE);

  private static final List<List<String>> CHOICES =
      List.of(
          ROWS.columns,
          List.of(RowReader.OFFSET_COLUMN, "id"),
          List.of("pad", RowReader.OFFSET_COLUMN, RowReader.TIMESTAMP_COLUMN, "id"));

  /** One of a few choices of columns, of every row. */
  public static Wanted columns(RandomSource random) {
    return new Wanted(CHOICES.get(random.nextInt(CHOICES.size())), ROWS.low, ROWS.high);
  }

  /** These columns of the rows whose {@code id} is in {@code [from, to)}. */
  public Wanted between(long from, long to) {
    return new Wanted(columns, from, to);
  }

  /** Whether it leaves rows out. */
  public boolean filters() {
    return low != ROWS.low || high != ROWS.high;
  }

  /** The filter as servers take it; null for none. */
  String filter() {
    return filters() ? "id >= " + low + " AND id < " + high : null;
  }
}
