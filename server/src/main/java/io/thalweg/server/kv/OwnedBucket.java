package io.thalweg.server.kv;

import io.thalweg.format.kv.KvObject;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.kv.restore.LocalRows;
import io.thalweg.server.kv.restore.SnapshotSuspicion;
import io.thalweg.server.kv.write.KvBucket;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One bucket that this server owns in one epoch, and the state of its rows. When the rows are
 * opened anew, a new object replaces this one, which becomes {@link State#LOST}. Owned by the
 * server's loop.
 */
final class OwnedBucket {
  /**
   * The state of the rows.
   *
   * <pre>
   * AWAITING → OPENING → SERVING → LOST
   *    ↑  ↓       ↓
   *    RESTING ←──┘          (every state but SERVING may become LOST at any time, too)
   * </pre>
   */
  enum State {
    /** Waits until this server is current: the rows must have all changes up to then. */
    AWAITING,
    /** The rows are taken from the local disk or a snapshot, then the log is replayed. */
    OPENING,
    /** Opening failed, or is to begin shortly. */
    RESTING,
    /** The rows are complete and requests are answered. */
    SERVING,
    /** This server no longer serves the bucket by this object. */
    LOST
  }

  private final TableInfo table;
  private final TableBucket id;
  private final int epoch;
  private final TableBucket local;
  private final EventLoop rowsLoop;
  private final List<Runnable> waiting = new ArrayList<>();
  private State state = State.AWAITING;
  private Optional<KvBucket> rows = Optional.empty();
  private Optional<KvObject> restoredFrom = Optional.empty();
  private SnapshotSuspicion suspicion;
  private boolean discard;
  private int failures;
  private long restNanos;

  /** A bucket whose rows are to be opened. */
  OwnedBucket(TableInfo table, TableBucket id, int epoch, EventLoop rowsLoop) {
    this(table, id, epoch, rowsLoop, SnapshotSuspicion.NONE, false);
  }

  private OwnedBucket(
      TableInfo table,
      TableBucket id,
      int epoch,
      EventLoop rowsLoop,
      SnapshotSuspicion suspicion,
      boolean discard) {
    this.table = table;
    this.id = id;
    this.epoch = epoch;
    this.local = LocalRows.name(table, id);
    this.rowsLoop = rowsLoop;
    this.suspicion = suspicion;
    this.discard = discard;
  }

  /**
   * The same bucket, to be opened anew, with the suspicion against its snapshot.
   *
   * @param discardLocal whether the local rows are thrown away
   */
  OwnedBucket anew(boolean discardLocal) {
    return new OwnedBucket(table, id, epoch, rowsLoop, suspicion, discardLocal);
  }

  TableInfo table() {
    return table;
  }

  TableBucket id() {
    return id;
  }

  int epoch() {
    return epoch;
  }

  /** The bucket's name on the local disk. */
  TableBucket local() {
    return local;
  }

  /** Owns the bucket's rows. */
  EventLoop rowsLoop() {
    return rowsLoop;
  }

  State state() {
    return state;
  }

  boolean isLost() {
    return state == State.LOST;
  }

  /** Takes a step in opening the rows. A bucket that was lost stays lost. */
  void step(State next) {
    if (state == State.SERVING || next == State.SERVING) {
      throw new IllegalStateException("bucket " + id + " goes from " + state + " to " + next);
    }
    if (state != State.LOST) {
      state = next;
    }
  }

  /** Opening is tried again in {@code nanos}. */
  void rest(long nanos) {
    restNanos = nanos;
    step(State.RESTING);
  }

  /** How long {@link State#RESTING} lasts. */
  long restNanos() {
    return restNanos;
  }

  /** The rows are complete; the bucket's rows loop owns {@code complete}. */
  void serve(KvBucket complete) {
    if (state != State.OPENING) {
      throw new IllegalStateException("bucket " + id + " is served while " + state);
    }
    state = State.SERVING;
    rows = Optional.of(complete);
  }

  /** This server no longer serves the bucket by this object. */
  void lose() {
    state = State.LOST;
  }

  /** The complete rows, owned by the bucket's rows loop; empty until the bucket is served. */
  Optional<KvBucket> rows() {
    return rows;
  }

  /** Opening failed once more; returns how often it had failed before. */
  int failed() {
    return failures++;
  }

  /** How often opening failed. */
  int failures() {
    return failures;
  }

  /** Whether the local rows are thrown away before the rows are opened. */
  boolean discards() {
    return discard;
  }

  /** The local rows cannot be read: the next opening throws them away. */
  void discardNext() {
    discard = true;
  }

  /** The rows were opened, from the snapshot of that manifest or from none. */
  void opened(Optional<KvObject> manifest) {
    discard = false;
    restoredFrom = manifest;
  }

  /** The manifest of the snapshot that the rows come from; empty for none. */
  Optional<KvObject> restoredFrom() {
    return restoredFrom;
  }

  /** How often the bucket's snapshot was found damaged. */
  SnapshotSuspicion suspicion() {
    return suspicion;
  }

  /** The snapshot of {@code manifest} did not give readable rows. */
  void suspect(KvObject manifest) {
    suspicion = suspicion.with(manifest);
  }

  /** How many requests wait for the rows. */
  int waitingCount() {
    return waiting.size();
  }

  /** Runs {@code request} once the rows are served or lost, after those that came before. */
  void await(Runnable request) {
    waiting.add(request);
  }

  /** Runs the requests that wait. */
  void wake() {
    List<Runnable> all = List.copyOf(waiting);
    waiting.clear();
    all.forEach(Runnable::run);
  }
}
