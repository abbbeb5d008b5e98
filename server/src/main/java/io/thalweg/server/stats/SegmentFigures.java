package io.thalweg.server.stats;

import io.thalweg.format.batch.ColumnStats;
import io.thalweg.format.segment.SegmentFile;
import io.thalweg.format.segment.SegmentSketches;
import io.thalweg.parquet.ParquetFooter;
import io.thalweg.parquet.RowGroup;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.apache.datasketches.theta.CompactSketch;

/**
 * What one segment's footer and sketches tell, in the columns that it was written with. Immutable.
 *
 * @param schemaId of these columns
 * @param stats of the columns that have statistics in each row group
 * @param sketches by column id
 * @param growth by how many rows its changes make a primary-key table larger, where it says
 */
record SegmentFigures(
    int schemaId,
    long rows,
    List<ColumnStats> stats,
    Map<Integer, CompactSketch> sketches,
    OptionalLong growth) {
  private static final long COLUMN_BYTES = 200;
  private static final long SKETCH_BYTES = 100;

  /** Gathers what a segment tells. */
  static SegmentFigures of(ParquetFooter footer, Optional<SegmentSketches> stored) {
    Map<Integer, ColumnStats> stats = new LinkedHashMap<>();
    List<RowGroup> groups = footer.rowGroups();
    for (int i = 0; i < groups.size(); i++) {
      Map<Integer, ColumnStats> known = new LinkedHashMap<>();
      for (ColumnStats each : groups.get(i).stats()) {
        ColumnStats before = stats.get(each.columnId());
        if (i == 0) {
          known.put(each.columnId(), each);
        } else if (before != null) {
          known.put(each.columnId(), joined(before, rowsBefore(groups, i), each, groups.get(i)));
        }
      }
      stats = known;
    }
    Map<Integer, CompactSketch> sketches = new TreeMap<>();
    stored.ifPresent(
        all -> all.blobs().forEach((id, blob) -> sketches.put(id, Sketched.read(blob))));
    return new SegmentFigures(
        SegmentFile.schemaId(footer.metadata()),
        footer.rowCount(),
        List.copyOf(stats.values()),
        sketches,
        SegmentFile.growth(footer.metadata()));
  }

  private static long rowsBefore(List<RowGroup> groups, int group) {
    return groups.get(group).firstRow();
  }

  private static ColumnStats joined(
      ColumnStats before, long rowsBefore, ColumnStats next, RowGroup group) {
    BoundsJoin bounds = new BoundsJoin();
    bounds.add(before.bounds(), before.nullCount() == rowsBefore);
    bounds.add(next.bounds(), next.nullCount() == group.rowCount());
    return new ColumnStats(
        before.columnId(), before.nullCount() + next.nullCount(), bounds.bounds());
  }

  /** About how many bytes of memory it takes. */
  long bytes() {
    return COLUMN_BYTES * (1 + stats.size())
        + sketches.values().stream()
            .mapToLong(sketch -> SKETCH_BYTES + sketch.getCurrentBytes())
            .sum();
  }
}
