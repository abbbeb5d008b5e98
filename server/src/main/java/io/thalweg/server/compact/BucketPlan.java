package io.thalweg.server.compact;

import io.thalweg.coordinator.command.Payload;
import io.thalweg.coordinator.command.Run;
import io.thalweg.coordinator.state.BucketLog;
import io.thalweg.coordinator.state.BucketState;
import io.thalweg.coordinator.state.ClusterState;
import io.thalweg.format.table.TableOptions;
import io.thalweg.runtime.DueQueue;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.IntToLongFunction;

/**
 * Decides what is due in one bucket: which runs become a segment, which small runs are gathered
 * into one, and which records end. Pure: it depends only on the bucket's log, the table's options
 * and cluster time. A loose run is one that does not live in a segment.
 */
final class BucketPlan {
  /** The least number of consecutive small segments that become one. */
  static final int MERGE = 8;

  /** The least number of consecutive loose runs that are gathered into one. */
  static final int GATHER = 16;

  /** A gathered run is at least this many times larger than each run in it. */
  static final int GATHER_GROWTH = 4;

  /** Runs gathered together differ in age by at most the segments' maximum age divided by this. */
  private static final int SPAN_OF_AGE = 8;

  /** How many segments' worth of loose bytes may wait. */
  private static final long WAIT_TARGETS = 4;

  /** How many loose runs may wait. */
  private static final int WAIT_RUNS = 1_000;

  /** How many segments may wait to be merged. */
  private static final int WAIT_SEGMENTS = 100;

  private BucketPlan() {}

  /**
   * Whether anything may be rewritten. While too many objects wait for deletion, the cluster
   * refuses every swap, so each new object would be put in vain.
   */
  static boolean mayRewrite(ClusterState state) {
    return state.payloads().garbage().size() < state.limits().garbage();
  }

  /** The runs that become one segment at {@code nowMillis}; empty for none. */
  static List<Run> segment(BucketLog log, TableOptions options, long nowMillis) {
    List<Run> loose = loose(log);
    if (looseIsDue(log, options) || nowMillis >= agedMillis(log, options)) {
      return List.copyOf(loose.subList(0, fill(loose, options.segmentTargetSize())));
    }
    return small(log, options);
  }

  /** Small segments that become one. Where records go by key, the cleaner joins those it wrote. */
  private static List<Run> small(BucketLog log, TableOptions options) {
    int from = options.cleanup().compacts() ? log.indexOf(log.cleanedTo()) : 0;
    return from >= log.settledRuns()
        ? List.of()
        : small(log.runs().subList(from, log.settledRuns()), options.segmentTargetSize());
  }

  /**
   * Whether a segment that is due may wait while the processors are busy: its runs are neither old
   * nor very many. So reads and writes go first in a rush, and what is put off stays bounded.
   */
  static boolean mayWait(BucketLog log, TableOptions options, long nowMillis) {
    List<Run> loose = loose(log);
    return log.looseBytes() < WAIT_TARGETS * options.segmentTargetSize()
        && loose.size() < WAIT_RUNS
        && log.settledRuns() < WAIT_SEGMENTS
        && sumOfRecords(loose) <= Integer.MAX_VALUE
        && nowMillis < agedMillis(log, options);
  }

  /** When {@link #segment} will return runs, if the log does not change. */
  static long segmentDueMillis(BucketLog log, TableOptions options) {
    boolean now = looseIsDue(log, options) || !small(log, options).isEmpty();
    return now ? Long.MIN_VALUE : agedMillis(log, options);
  }

  private static List<Run> loose(BucketLog log) {
    return log.runs().subList(log.settledRuns(), log.runs().size());
  }

  private static boolean looseIsDue(BucketLog log, TableOptions options) {
    return log.looseBytes() >= options.segmentTargetSize()
        || sumOfRecords(loose(log)) > Integer.MAX_VALUE;
  }

  private static long sumOfRecords(List<Run> runs) {
    return runs.isEmpty() ? 0 : runs.get(runs.size() - 1).endOffset() - runs.get(0).baseOffset();
  }

  /** By when the records came: the times that they bear may be a producer's, of any year. */
  private static long agedMillis(BucketLog log, TableOptions options) {
    return log.settledRuns() == log.runs().size()
        ? DueQueue.NEVER
        : log.arrivedMillis(log.settledRuns()) + options.segmentMaxAge().toMillis();
  }

  /**
   * How many of the first runs reach {@code target} bytes; fewer where an {@code int} cannot count
   * their records.
   */
  private static int fill(List<Run> loose, long target) {
    long bytes = 0;
    long records = 0;
    int count = 0;
    while (count < loose.size()
        && bytes < target
        && (count == 0 || records + loose.get(count).recordCount() <= Integer.MAX_VALUE)) {
      bytes += loose.get(count).length();
      records += loose.get(count).recordCount();
      count++;
    }
    return count;
  }

  /**
   * Consecutive segments that together are no larger than {@code target}. None is larger than all
   * others together, so a record is rewritten a logarithmic number of times.
   */
  static List<Run> small(List<Run> segments, long target) {
    for (int from = 0; from + MERGE <= segments.size(); from++) {
      Stretch stretch = new Stretch();
      int to = from;
      while (to < segments.size()
          && segments.get(to).isCleaned() == segments.get(from).isCleaned()
          && stretch.fits(segments.get(to), target)) {
        stretch.add(segments.get(to++));
      }
      if (to - from >= MERGE && stretch.largest <= stretch.bytes - stretch.largest) {
        return List.copyOf(segments.subList(from, to));
      }
    }
    return List.of();
  }

  /**
   * The first {@value #GATHER} or more consecutive loose runs from {@code fromOffset} on that are
   * to become one run; empty for none. Each is at most a quarter of the new run, so a record is
   * rewritten a logarithmic number of times. They are about equally old: the new run has the time
   * of its newest record, and the oldest must not seem young.
   *
   * @param most the most bytes of the new run
   */
  static List<Run> gather(BucketLog log, TableOptions options, long fromOffset, int most) {
    int first = Math.max(log.settledRuns(), log.indexOf(fromOffset));
    if (log.runs().size() - first < GATHER) {
      return List.of();
    }
    long span = options.segmentMaxAge().toMillis() / SPAN_OF_AGE;
    return gather(
        log.runs().subList(first, log.runs().size()),
        place -> log.arrivedMillis(first + place),
        span,
        most);
  }

  /**
   * The same among {@code runs}, of those that arrived within {@code span}.
   *
   * @param arrivedMillis of the run at a place in {@code runs}
   */
  static List<Run> gather(List<Run> runs, IntToLongFunction arrivedMillis, long span, int most) {
    for (int from = 0; from + GATHER <= runs.size(); from++) {
      Stretch stretch = new Stretch();
      long latest = arrivedMillis.applyAsLong(from) + span;
      int found = 0;
      for (int to = from;
          to < runs.size()
              && arrivedMillis.applyAsLong(to) <= latest
              && !(runs.get(to).payload() instanceof Payload.Segment)
              && stretch.fits(runs.get(to), most);
          to++) {
        stretch.add(runs.get(to));
        boolean due =
            to + 1 - from >= GATHER && (long) stretch.largest * GATHER_GROWTH <= stretch.bytes;
        found = due ? to + 1 : found;
      }
      if (found > 0) {
        return List.copyOf(runs.subList(from, found));
      }
    }
    return List.of();
  }

  /** When {@link #gather} will return runs, if the log does not change: now or never. */
  static long gatherDueMillis(BucketLog log, TableOptions options, int most) {
    return gather(log, options, 0, most).isEmpty() ? DueQueue.NEVER : Long.MIN_VALUE;
  }

  /** The offset before which all records are too old at {@code nowMillis}; empty for none. */
  static OptionalLong end(BucketState bucket, TableOptions options, long nowMillis) {
    if (options.life().isEmpty()) {
      return OptionalLong.empty();
    }
    long oldest = nowMillis - options.life().get().toMillis();
    BucketLog log = bucket.log();
    long end = log.startOffset();
    for (int i = 0; i < log.runs().size(); i++) {
      if (log.arrivedMillis(i) >= oldest || log.runs().get(i).endOffset() > mayEnd(bucket)) {
        break;
      }
      end = log.runs().get(i).endOffset();
    }
    return end > log.startOffset() ? OptionalLong.of(end) : OptionalLong.empty();
  }

  /** When {@link #end} will return an offset, if the bucket does not change. */
  static long endDueMillis(BucketState bucket, TableOptions options) {
    BucketLog log = bucket.log();
    boolean never =
        options.life().isEmpty()
            || log.runs().isEmpty()
            || log.runs().get(0).endOffset() > mayEnd(bucket);
    return never ? DueQueue.NEVER : log.arrivedMillis(0) + options.life().get().toMillis() + 1;
  }

  /** The offset up to which records may end: restoring rows needs the log after their snapshot. */
  private static long mayEnd(BucketState bucket) {
    return bucket.keyed() ? bucket.restorableOffset() : Long.MAX_VALUE;
  }

  /** Sums over consecutive runs. */
  private static final class Stretch {
    long bytes;
    long records;
    int largest;

    boolean fits(Run run, long most) {
      return bytes + run.length() <= most && records + run.recordCount() <= Integer.MAX_VALUE;
    }

    void add(Run run) {
      bytes += run.length();
      records += run.recordCount();
      largest = Math.max(largest, run.length());
    }
  }
}
