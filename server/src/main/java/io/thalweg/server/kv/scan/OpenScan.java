package io.thalweg.server.kv.scan;

import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.runtime.Clock;
import io.thalweg.server.api.Principal;
import io.thalweg.server.kv.store.KvCursor;
import io.thalweg.server.kv.store.KvView;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executor;

/**
 * Holds the views that one scan of a table reads. A view stays after its bucket was read to the
 * end, because the reader may not have got all of it: a stream that broke continues in the same
 * views.
 *
 * <p>The server's loop owns its state; the scans' executor owns views and cursor.
 */
public final class OpenScan {
  final long incarnation;
  final long id;
  final Principal who;
  private final TableInfo table;
  final List<Integer> buckets;
  private final Clock clock;
  private final Executor executor;
  private volatile long lastUsedNanos;

  // Owned by the server's loop.
  private State state = State.READ;

  /** The buckets whose rows were asked for. */
  final TreeSet<Integer> begun = new TreeSet<>();

  // Owned by the executor.
  private final Map<Integer, KvView> views = new TreeMap<>();
  private KvCursor cursor;
  private ThalwegException gone;

  private final Map<Integer, Long> offsets = new ConcurrentSkipListMap<>();

  /** Whether a stream reads a scan. Every state may become every other. */
  enum State {
    /** A stream reads it. */
    READ,
    /** Its stream broke off: it may be resumed. */
    LEFT,
    /** All of it was sent, and may not have arrived: it may be resumed for a short while. */
    SENT
  }

  OpenScan(
      long incarnation,
      long id,
      Principal who,
      TableInfo table,
      List<Integer> buckets,
      Clock clock,
      Executor executor) {
    this.incarnation = incarnation;
    this.id = id;
    this.who = who;
    this.table = table;
    this.buckets = List.copyOf(buckets);
    this.clock = clock;
    this.executor = executor;
    use();
  }

  /** The table whose rows are read. Any thread. */
  public TableInfo table() {
    return table;
  }

  /** Whether a stream reads it. On the server's loop. */
  State state() {
    return state;
  }

  /** A stream begins to read it, or ends. On the server's loop. */
  void enter(State next) {
    state = next;
    use();
  }

  /** It is being read now. Any thread. */
  void use() {
    lastUsedNanos = clock.nanoTime();
  }

  /** When it was last read. Any thread. */
  long lastUsedNanos() {
    return lastUsedNanos;
  }

  /** By bucket, the offset of its view. Any thread. */
  Map<Integer, Long> offsets() {
    return new TreeMap<>(offsets);
  }

  /** Fails once the views are gone. On the executor. */
  void checkThere() {
    if (gone != null) {
      throw gone;
    }
  }

  /** The view of a bucket; null before {@link #add}. On the executor. */
  KvView view(int bucket) {
    return views.get(bucket);
  }

  /** Takes over a bucket's view. On the executor. */
  void add(int bucket, KvView view) {
    if (gone != null || views.putIfAbsent(bucket, view) != null) {
      view.close();
      checkThere();
    } else {
      offsets.put(bucket, view.offset());
    }
  }

  /** The cursor of the stream that reads; null for none. On the executor. */
  KvCursor cursor() {
    return cursor;
  }

  /** Opens the cursor. On the executor. */
  KvCursor openCursor(int bucket, byte[] from, byte[] to) {
    cursor = views.get(bucket).scan(from, to);
    return cursor;
  }

  /** Closes the cursor, if there is one. On the executor. */
  void closeCursor() {
    if (cursor != null) {
      cursor.close();
      cursor = null;
    }
  }

  /** Closes the views; a reader then fails with {@code reason}. Any thread. */
  void close(ThalwegException reason) {
    executor.execute(
        () -> {
          if (gone == null) {
            gone = reason;
            closeCursor();
            views.values().forEach(KvView::close);
            views.clear();
          }
        });
  }
}
