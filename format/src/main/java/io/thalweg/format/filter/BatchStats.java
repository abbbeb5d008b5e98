package io.thalweg.format.filter;

import io.thalweg.format.batch.ColumnStats;
import io.thalweg.format.batch.VariantStats;
import io.thalweg.format.filter.value.VariantField;
import io.thalweg.format.schema.Schema;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A batch's statistics by position in the schema; impossible ones count as unknown. */
final class BatchStats {
  private final Schema schema;
  private final int recordCount;
  private final Map<Integer, ColumnStats> byId = new HashMap<>();
  private final List<VariantStats> variants;

  BatchStats(Schema schema, List<ColumnStats> stats, List<VariantStats> variants, int recordCount) {
    this.schema = schema;
    this.recordCount = recordCount;
    this.variants = variants;
    for (ColumnStats column : stats) {
      if (column.nullCount() >= 0 && column.nullCount() <= recordCount) {
        byId.put(column.columnId(), column);
      }
    }
  }

  /** Rows in the batch. */
  int recordCount() {
    return recordCount;
  }

  /**
   * The statistics of a column, or of what is inside its variants; null where there are none. There
   * are none of a field of a ROW.
   *
   * @param inside what of its variants is meant; null for other columns
   */
  ColumnStats of(ColumnPath path, VariantField inside) {
    if (!path.fields().isEmpty()) {
      return null;
    }
    int id = schema.columns().get(path.column()).id();
    if (inside == null) {
      return byId.get(id);
    }
    for (VariantStats each : variants) {
      boolean counted = each.stats().nullCount() >= 0 && each.stats().nullCount() <= recordCount;
      if (each.columnId() == id && counted && each.path().equals(inside.path().key())) {
        return inside.keeps(each) ? each.stats() : null;
      }
    }
    return null;
  }
}
