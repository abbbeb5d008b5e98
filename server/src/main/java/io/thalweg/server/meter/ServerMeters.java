package io.thalweg.server.meter;

import io.thalweg.runtime.meter.Meter;
import io.thalweg.runtime.meter.Meter.Unit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Names every meter of a server, in the order of docs/metrics.md. */
public final class ServerMeters {
  private static final List<Meter> MADE = new ArrayList<>();

  /** From a call to its answer. */
  public static final Meter CALL_TIME =
      add(
          Meter.histogram(
              "call.time",
              Unit.NANOS,
              "Time from a door's call to its answer, with the wait of a fetch at the end.",
              "call"));

  /** Calls that failed. */
  public static final Meter CALL_FAILED =
      add(Meter.counter("call.failed", Unit.NONE, "Calls that failed.", "call"));

  /** Rows that were appended or upserted. */
  public static final Meter APPEND_ROWS =
      add(Meter.counter("append.rows", Unit.NONE, "Rows that were acknowledged."));

  /** Keys that were looked up. */
  public static final Meter LOOKUP_KEYS =
      add(Meter.counter("lookup.keys", Unit.NONE, "Keys that lookups asked for."));

  /** Rows that lookups found. */
  public static final Meter LOOKUP_ROWS =
      add(Meter.counter("lookup.rows", Unit.NONE, "Rows that lookups found."));

  /** Records that fetches gave. */
  public static final Meter FETCH_RECORDS =
      add(Meter.counter("fetch.records", Unit.NONE, "Records that fetches gave."));

  /** Bytes that fetches gave. */
  public static final Meter FETCH_BYTES =
      add(Meter.counter("fetch", Unit.BYTES, "Bytes of batches that fetches gave."));

  /** Fetches at the ends of buckets. */
  public static final Meter FETCH_WAITING =
      add(Meter.gauge("fetch.waiting", Unit.NONE, "Fetches that wait at the end of their bucket."));

  /** Loads from log and store. */
  public static final Meter LOAD_TIME =
      add(
          Meter.histogram(
              "load.time",
              Unit.NANOS,
              "Time to read one block back for readers, its wait included."));

  /** Bytes set aside. */
  public static final Meter BUDGET_USED =
      add(Meter.gauge("budget.used", Unit.BYTES, "Memory that is set aside.", "budget"));

  /** Bytes that may be set aside. */
  public static final Meter BUDGET_LIMIT =
      add(Meter.gauge("budget.limit", Unit.BYTES, "Memory that may be set aside.", "budget"));

  /** Who waits for memory. */
  public static final Meter BUDGET_WAITING =
      add(Meter.gauge("budget.waiting", Unit.NONE, "Requests that wait for memory.", "budget"));

  /** Found in a cache. */
  public static final Meter CACHE_HITS =
      add(Meter.counter("cache.hits", Unit.NONE, "Questions that the cache answered.", "cache"));

  /** Not found in a cache. */
  public static final Meter CACHE_MISSES =
      add(
          Meter.counter(
              "cache.misses", Unit.NONE, "Questions that the cache could not answer.", "cache"));

  /** Pushed out of a cache. */
  public static final Meter CACHE_EVICTIONS =
      add(
          Meter.counter(
              "cache.evictions", Unit.NONE, "Entries that newer ones pushed out.", "cache"));

  /** Bytes in a cache. */
  public static final Meter CACHE_BYTES =
      add(Meter.gauge("cache", Unit.BYTES, "Bytes that the cache holds.", "cache"));

  /** Batches before a lane. */
  public static final Meter LANE_WAITING =
      add(
          Meter.gauge(
              "lane.waiting", Unit.NONE, "Batches that wait for a group of the lane.", "lane"));

  /** Bytes before a lane. */
  public static final Meter LANE_WAITING_BYTES =
      add(Meter.gauge("lane.waiting.size", Unit.BYTES, "Bytes of the batches that wait.", "lane"));

  /** Groups in a lane. */
  public static final Meter LANE_GROUPS =
      add(Meter.gauge("lane.groups", Unit.NONE, "Groups of the lane under way.", "lane"));

  /** Batches of a group. */
  public static final Meter GROUP_BATCHES =
      add(Meter.histogram("group.batches", Unit.NONE, "Batches of one group.", "lane"));

  /** Bytes of a group. */
  public static final Meter GROUP_BYTES =
      add(Meter.histogram("group", Unit.BYTES, "Bytes of one group.", "lane"));

  /** Batches that an order holds back. */
  public static final Meter WRITE_HELD =
      add(
          Meter.gauge(
              "write.held",
              Unit.NONE,
              "Batches too large for the inline lane that wait for those before them."));

  /** From given to stored. */
  public static final Meter COMMIT_TIME =
      add(
          Meter.histogram(
              "commit.time",
              Unit.NANOS,
              "Time from when a batch is given to a lane to its offset."));

  /** Batches that were not stored. */
  public static final Meter COMMIT_FAILED =
      add(
          Meter.counter(
              "commit.failed", Unit.NONE, "Batches that were refused, or not stored in time."));

  /** Entries that the replica applied. */
  public static final Meter REPLICA_ENTRIES =
      add(Meter.counter("replica.entries", Unit.NONE, "Log entries that the replica applied."));

  /** Entries that the replica lacks. */
  public static final Meter REPLICA_LAG =
      add(
          Meter.gauge(
              "replica.lag",
              Unit.NONE,
              "Log entries that this server knows of and its replica has not applied."));

  /** Time until an entry is applied here. */
  public static final Meter REPLICA_WAIT =
      add(
          Meter.histogram(
              "replica.wait",
              Unit.NANOS,
              "Time that requests waited until the replica applied an entry they need."));

  /** Segments that were built. */
  public static final Meter COMPACT_BUILDS =
      add(Meter.counter("compact.builds", Unit.NONE, "Segments that took the place of runs."));

  /** Bytes that were built. */
  public static final Meter COMPACT_BYTES =
      add(Meter.counter("compact", Unit.BYTES, "Bytes of these segments."));

  /** Runs that segments replaced. */
  public static final Meter COMPACT_RETIRED =
      add(Meter.counter("compact.retired", Unit.NONE, "Runs that segments took the place of."));

  /** Time of a build. */
  public static final Meter COMPACT_TIME =
      add(Meter.histogram("compact.time", Unit.NANOS, "Time to build and put one segment."));

  /** Runs that were moved out of log entries. */
  public static final Meter GATHER_RUNS =
      add(
          Meter.counter(
              "gather.runs", Unit.NONE, "Small runs that were moved together into an object."));

  /** Snapshots of rows. */
  public static final Meter SNAPSHOTS =
      add(Meter.counter("kv.snapshots", Unit.NONE, "Snapshots of buckets' rows that were kept."));

  /** Bytes of snapshots. */
  public static final Meter SNAPSHOT_BYTES =
      add(
          Meter.counter(
              "kv.snapshot",
              Unit.BYTES,
              "Bytes of rows' files that snapshots put, without those that the one before has."));

  /** Time of a snapshot. */
  public static final Meter SNAPSHOT_TIME =
      add(
          Meter.histogram(
              "kv.snapshot.time",
              Unit.NANOS,
              "Time from a bucket's checkpoint until its snapshot is kept."));

  /** Scans of rows. */
  public static final Meter SCANS_OPEN =
      add(
          Meter.gauge(
              "kv.scans.open", Unit.NONE, "Scans of rows that are read, or may be resumed."));

  /** Pins. */
  public static final Meter PINS_HELD =
      add(Meter.gauge("pins.held", Unit.NONE, "Pins that this server's scans hold."));

  /** Every meter above. */
  public static final List<Meter> ALL = Collections.unmodifiableList(MADE);

  private ServerMeters() {}

  private static Meter add(Meter meter) {
    MADE.add(meter);
    return meter;
  }
}
