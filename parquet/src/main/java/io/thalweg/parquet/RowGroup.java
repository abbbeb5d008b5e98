package io.thalweg.parquet;

import io.thalweg.format.batch.ColumnStats;
import io.thalweg.format.batch.VariantStats;
import java.util.List;

/**
 * One row group of a file.
 *
 * @param firstRow the place of its first row in the file, from 0
 * @param rowCount rows in it
 * @param totalBytes bytes of all its column chunks
 * @param stats the known statistics of its top-level scalar columns, by column id; bounds in the
 *     columns' Arrow units
 * @param inside those of what of variants stands in columns of its own
 */
public record RowGroup(
    long firstRow,
    int rowCount,
    long totalBytes,
    List<ColumnStats> stats,
    List<VariantStats> inside) {
  /** Copies the lists. */
  public RowGroup {
    stats = List.copyOf(stats);
    inside = List.copyOf(inside);
  }
}
