package io.thalweg.server.compact;

import io.thalweg.coordinator.command.Run;
import io.thalweg.coordinator.state.BucketLog;
import io.thalweg.coordinator.state.BucketState;
import io.thalweg.format.table.TableOptions;
import io.thalweg.runtime.DueQueue;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Which segments of a bucket are cleaned: those since the last time, when they are enough bytes.
 * Records that they replace go from all segments up to their end. Pure.
 *
 * @param dirty the segments whose keys replace older records; at least one
 * @param log all segments up to the end of these, from the log's first on
 */
record CleanPlan(List<Run> dirty, List<Run> log) {
  /** Copies the lists. */
  CleanPlan {
    dirty = List.copyOf(dirty);
    log = List.copyOf(log);
  }

  /**
   * What is due in the bucket, if anything.
   *
   * @param end an offset up to which records may go; no plan goes beyond it
   */
  static Optional<CleanPlan> of(BucketState bucket, TableOptions options, long end) {
    if (!options.cleanup().compacts()) {
      return Optional.empty();
    }
    BucketLog log = bucket.log();
    long cleanedTo = log.cleanedTo();
    long last = Math.min(end, bucket.lastStableOffset());
    List<Run> settled = new ArrayList<>();
    List<Run> dirty = new ArrayList<>();
    long bytes = 0;
    long dirtyBytes = 0;
    for (Run run : log.runs().subList(0, log.settledRuns())) {
      if (run.endOffset() > last) {
        break;
      }
      settled.add(run);
      bytes += run.length();
      if (run.endOffset() > cleanedTo) {
        dirty.add(run);
        dirtyBytes += run.length();
      }
    }
    boolean due =
        !dirty.isEmpty() && 100 * dirtyBytes >= options.cleanup().minDirtyPercent() * bytes;
    return due ? Optional.of(new CleanPlan(dirty, settled)) : Optional.empty();
  }

  /** When {@link #of} will return something, if the bucket does not change: now or never. */
  static long dueMillis(BucketState bucket, TableOptions options) {
    return of(bucket, options, Long.MAX_VALUE).isPresent() ? Long.MIN_VALUE : DueQueue.NEVER;
  }

  /**
   * The log up to the end of the first {@code count} dirty segments, in groups that become one
   * segment each: of about {@code target} bytes, and no more records than one can have.
   */
  List<List<Run>> groups(int count, long target) {
    long end = dirty.get(count - 1).endOffset();
    List<List<Run>> groups = new ArrayList<>();
    List<Run> group = new ArrayList<>();
    long bytes = 0;
    for (Run run : log) {
      if (run.endOffset() > end) {
        break;
      }
      boolean full =
          !group.isEmpty()
              && (bytes + run.length() > target
                  || run.endOffset() - group.get(0).baseOffset() > Integer.MAX_VALUE);
      if (full) {
        groups.add(group);
        group = new ArrayList<>();
        bytes = 0;
      }
      group.add(run);
      bytes += run.length();
    }
    groups.add(group);
    return groups;
  }
}
