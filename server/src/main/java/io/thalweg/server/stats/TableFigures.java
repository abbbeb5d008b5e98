package io.thalweg.server.stats;

import io.thalweg.format.batch.ColumnStats;
import io.thalweg.format.projection.Projection;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.stats.ColumnStatistics;
import io.thalweg.format.type.DataType.Scalar;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Merges the figures of segments into ones of a table's columns. One thread at a time. */
final class TableFigures {
  private final TableInfo table;
  private final List<ColumnFigures> columns = new ArrayList<>();
  private final Map<Integer, Projection> projections = new HashMap<>();
  private long growth;
  private boolean growthKnown = true;

  /** The figures of {@code table} without a segment. */
  TableFigures(TableInfo table) {
    this.table = table;
    for (Column column : table.schema().columns()) {
      columns.add(
          new ColumnFigures(
              column.type() instanceof Scalar scalar ? Optional.of(scalar) : Optional.empty()));
    }
  }

  /** Adds the rows of a segment. */
  void add(SegmentFigures segment) {
    growthKnown &= segment.growth().isPresent();
    growth += segment.growth().orElse(0);
    Projection projection = projections.computeIfAbsent(segment.schemaId(), this::projection);
    Map<Integer, ColumnStats> stats = new HashMap<>();
    projection.statistics(segment.stats()).forEach(each -> stats.put(each.columnId(), each));
    for (int i = 0; i < columns.size(); i++) {
      int at = projection.position(i);
      if (at < 0) {
        columns.get(i).addMissing(projection.missing(i), segment.rows());
        continue;
      }
      Column written = projection.writer().columns().get(at);
      if (written.type() instanceof Scalar type) {
        columns
            .get(i)
            .add(
                segment.rows(),
                Optional.ofNullable(stats.get(written.id())),
                type,
                Optional.ofNullable(segment.sketches().get(written.id())));
      }
    }
  }

  private Projection projection(int schemaId) {
    Schema written = table.schemas().written(schemaId);
    return Projection.of(written, table.schema());
  }

  /** By how many rows all changes made the table larger; empty where a segment does not say. */
  OptionalLong growth() {
    return growthKnown ? OptionalLong.of(growth) : OptionalLong.empty();
  }

  /** The figures of each column. */
  List<ColumnStatistics> columns() {
    List<ColumnStatistics> all = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      all.add(columns.get(i).result(table.schema().columns().get(i)));
    }
    return all;
  }
}
