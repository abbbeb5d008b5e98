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

  /** The statistics of the column at that position, or null. */
  ColumnStats column(int position) {
    return byId.get(schema.columns().get(position).id());
  }
}
