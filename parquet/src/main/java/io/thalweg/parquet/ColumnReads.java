package io.thalweg.parquet;

import io.thalweg.format.schema.Column;
import io.thalweg.format.variant.VariantPath;
import java.util.List;
import java.util.Map;

/**
 * What is read of a row group. Immutable.
 *
 * @param columns each at most once, in the order wanted; one that the file lacks is null throughout
 * @param paths by the id of a VARIANT column: the only paths of it that are wanted. Where the file
 *     has columns of their own for all of them, these alone are read and come as {@link
 *     io.thalweg.parquet.read.VariantLeaves} says; otherwise the whole variants come
 */
public record ColumnReads(List<Column> columns, Map<Integer, List<VariantPath>> paths) {
  /** Copies both. */
  public ColumnReads {
    columns = List.copyOf(columns);
    paths = Map.copyOf(paths);
  }

  /** Whole columns. */
  public static ColumnReads of(List<Column> columns) {
    return new ColumnReads(columns, Map.of());
  }
}
