package io.thalweg.format.filter;

import io.thalweg.format.batch.ColumnStats;
import io.thalweg.format.schema.Schema;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A batch's statistics by position in the schema; impossible ones count as unknown. */
final class BatchStats {
  private final Schema schema;
  private final int recordCount;
  private final Map<Integer, ColumnStats> byId = new HashMap<>();

  BatchStats(Schema schema, List<ColumnStats> stats, int recordCount) {
    this.schema = schema;
    this.recordCount = recordCount;
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

  /** The statistics of a column, or null; there are none of a field within it. */
  ColumnStats of(ColumnPath path) {
    return path.fields().isEmpty() ? byId.get(schema.columns().get(path.column()).id()) : null;
  }
}
