package io.thalweg.server.read;

import io.thalweg.coordinator.command.Payload;
import io.thalweg.coordinator.command.Run;
import io.thalweg.coordinator.state.BucketLog;
import io.thalweg.coordinator.state.ClusterState;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.server.api.SegmentEntry;
import java.util.ArrayList;
import java.util.List;

/** Lists a table's segments as a state has them. Stateless; on the loop that owns the state. */
public final class SegmentListing {
  private SegmentListing() {}

  /** The segments of {@code table}, by bucket and offset. */
  public static List<SegmentEntry> of(ClusterState state, TableInfo table) {
    List<SegmentEntry> entries = new ArrayList<>();
    for (int bucket : table.buckets()) {
      TableBucket id = table.bucket(bucket);
      BucketLog log = state.bucket(id).orElseThrow().log();
      for (Run run : log.runs()) {
        if (run.payload() instanceof Payload.Segment segment) {
          entries.add(
              new SegmentEntry(
                  bucket,
                  Math.max(run.baseOffset(), log.startOffset()),
                  run.endOffset(),
                  segment.key(),
                  run.length()));
        }
      }
    }
    return entries;
  }
}
