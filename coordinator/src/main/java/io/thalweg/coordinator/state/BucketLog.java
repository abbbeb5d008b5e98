package io.thalweg.coordinator.state;

import io.thalweg.coordinator.command.Payload;
import io.thalweg.coordinator.command.Run;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * One bucket's log index: runs in offset order, without gap or overlap. The log may begin inside
 * its first run, which has records then that nobody can read any more. Owned by the {@link
 * ClusterState} that holds it.
 */
public final class BucketLog {
  private final List<Run> runs = new ArrayList<>();
  private final List<Long> arrivedMillis = new ArrayList<>();
  private long startOffset;
  private long endOffset;
  private int settledRuns;
  private int inlineRuns;
  private int cleanedRuns;
  private long looseBytes;

  /** The first offset that can be read. */
  public long startOffset() {
    return startOffset;
  }

  /** The offset after the last record; the next record gets it. */
  public long endOffset() {
    return endOffset;
  }

  /** The first offset of the first run; the log's start if there is none. */
  public long firstRunOffset() {
    return runs.isEmpty() ? startOffset : runs.get(0).baseOffset();
  }

  /** All runs in offset order, unmodifiable. */
  public List<Run> runs() {
    return Collections.unmodifiableList(runs);
  }

  /** How many runs from the beginning live in segments. */
  public int settledRuns() {
    return settledRuns;
  }

  /** How many runs are cleaned segments. */
  public int cleanedRuns() {
    return cleanedRuns;
  }

  /**
   * Where the cleaned segments end with which the log begins; its start if there is none. Before
   * it, no record is void: those were the first to go.
   */
  public long cleanedTo() {
    long end = startOffset;
    for (int i = 0; i < settledRuns && runs.get(i).isCleaned(); i++) {
      end = runs.get(i).endOffset();
    }
    return end;
  }

  /** How many runs live inside log entries, or nowhere but here. */
  public int inlineRuns() {
    return inlineRuns;
  }

  /** Bytes of the runs that do not live in segments. */
  public long looseBytes() {
    return looseBytes;
  }

  /**
   * When the newest record of the run at {@code position} in {@link #runs} arrived, in milliseconds
   * since the epoch: the cluster time of its commit, or its timestamp if that is later, by at most
   * a day, and a server's and no producer's. A record's life begins there, so a server clock that
   * is behind or ahead never shortens it.
   */
  public long arrivedMillis(int position) {
    return arrivedMillis.get(position);
  }

  /**
   * The position in {@link #runs} of the run that holds {@code offset}, or of the first after it.
   */
  public int indexOf(long offset) {
    int low = 0;
    int high = runs.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (runs.get(middle).endOffset() <= offset) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** The first run that has a record at or after {@code timestamp}. */
  public Optional<Run> firstRunAt(long timestamp) {
    return runs.stream().filter(run -> run.maxTimestamp() >= timestamp).findFirst();
  }

  void append(Run run, long arrived) {
    runs.add(run);
    arrivedMillis.add(arrived);
    endOffset = run.endOffset();
    count(run, 1);
  }

  private void count(Run run, int sign) {
    if (!isSegment(run)) {
      looseBytes += (long) sign * run.length();
      inlineRuns += run.payload() instanceof Payload.Stored ? 0 : sign;
    } else if (run.isCleaned()) {
      cleanedRuns += sign;
    }
  }

  private static boolean isSegment(Run run) {
    return run.payload() instanceof Payload.Segment;
  }

  private void settle(int from) {
    settledRuns = from;
    while (settledRuns < runs.size() && isSegment(runs.get(settledRuns))) {
      settledRuns++;
    }
  }

  /** Joins {@code run} to the last one if they are back to back. Returns whether it did. */
  boolean extendLast(Run run, long arrived) {
    int last = runs.size() - 1;
    if (last < 0 || !runs.get(last).continuedBy(run)) {
      return false;
    }
    runs.set(last, runs.get(last).with(run));
    looseBytes += run.length();
    arrivedMillis.set(last, Math.max(arrivedMillis.get(last), arrived));
    endOffset = run.endOffset();
    return true;
  }

  /**
   * The positions [first, last) of the runs that make up exactly [from, to), or empty when the
   * range does not begin and end on run boundaries.
   */
  List<Run> exactly(long from, long to) {
    int first = indexOf(from);
    int last = first;
    while (last < runs.size() && runs.get(last).endOffset() <= to) {
      last++;
    }
    boolean exact =
        last > first
            && runs.get(first).baseOffset() == from
            && runs.get(last - 1).endOffset() == to;
    return exact ? runs.subList(first, last) : List.of();
  }

  /**
   * Replaces the runs that make up exactly its range by {@code replacement}.
   *
   * @param start the first offset that can be read afterwards
   */
  void replace(Run replacement, long start) {
    int count = exactly(replacement.baseOffset(), replacement.endOffset()).size();
    int first = indexOf(replacement.baseOffset());
    List<Long> arrived = arrivedMillis.subList(first, first + count);
    long newest = arrived.stream().mapToLong(Long::longValue).max().orElse(Long.MIN_VALUE);
    List<Run> replaced = runs.subList(first, first + count);
    replaced.forEach(run -> count(run, -1));
    replaced.clear();
    arrived.clear();
    runs.add(first, replacement);
    arrivedMillis.add(first, newest);
    count(replacement, 1);
    startOffset = start;
    settle(Math.min(first, settledRuns));
  }

  /** Whether the log could begin at {@code offset} without cutting a run in two. */
  boolean isBoundary(long offset) {
    int at = indexOf(offset);
    return offset >= startOffset
        && offset <= endOffset
        && (at == runs.size() || runs.get(at).baseOffset() >= offset);
  }

  /**
   * Lets the log begin at {@code offset}, which is not before its start nor after its end. Drops
   * the runs that end there or earlier, and returns them.
   */
  List<Run> trim(long offset) {
    List<Run> old = runs.subList(0, indexOf(offset));
    List<Run> dropped = List.copyOf(old);
    dropped.forEach(run -> count(run, -1));
    old.clear();
    arrivedMillis.subList(0, dropped.size()).clear();
    startOffset = offset;
    settle(Math.max(0, settledRuns - dropped.size()));
    return dropped;
  }

  void write(BytesWriter out) {
    out.varint(startOffset).varint(endOffset).list(runs, (writer, run) -> run.write(writer));
    arrivedMillis.forEach(out::int64);
  }

  /** Reads what {@link #write} wrote, in this version of the state's form or an earlier one. */
  static BucketLog read(BytesReader in, int version) {
    BucketLog log = new BucketLog();
    log.startOffset = in.varint();
    log.endOffset = in.varint();
    log.runs.addAll(in.list(Run::read));
    log.runs.forEach(run -> log.arrivedMillis.add(in.int64()));
    log.checkStart(version);
    long expected = log.firstRunOffset();
    for (Run run : log.runs) {
      log.count(run, 1);
      if (run.baseOffset() != expected) {
        throw ThalwegException.corrupt(
            "a bucket's runs have a hole: " + run.baseOffset() + " follows " + expected);
      }
      expected = run.endOffset();
    }
    if (expected != log.endOffset) {
      throw ThalwegException.corrupt(
          "a bucket's runs end at " + expected + ", its end offset is " + log.endOffset);
    }
    log.settle(0);
    return log;
  }

  private void checkStart(int version) {
    long first = firstRunOffset();
    boolean inside =
        version >= StateForm.WITH_DELETED_RECORDS
            && !runs.isEmpty()
            && startOffset > first
            && startOffset < runs.get(0).endOffset();
    if (startOffset != first && !inside) {
      throw ThalwegException.corrupt(
          "a bucket begins at " + startOffset + ", its first run at " + first);
    }
  }
}
