package io.thalweg.client.scan;

import io.thalweg.client.route.ClientErrors;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.ScanProgress;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.ThreadEventLoop;
import io.thalweg.wire.OwnRows;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.memory.BufferAllocator;

/**
 * Reads a table's log a few batches ahead of its user, on a thread of its own. After a lost
 * connection or a retryable error it continues at the next offset, without gap or duplicate. One
 * thread at a time may call it.
 */
public final class LogReader implements AutoCloseable {
  private static final long FIRST_BACKOFF_NANOS = 10_000_000L;
  private static final long MAX_BACKOFF_NANOS = 1_000_000_000L;

  private final FlightClient flight;
  private final BufferAllocator allocator;
  private final LogRead wanted;
  private final ThreadEventLoop thread = ThreadEventLoop.logging("thalweg-scan");
  private final BatchQueue queue;
  private volatile FlightStream stream;
  private volatile ScanProgress.Summary summary;
  private volatile OptionalInt newerSchema = OptionalInt.empty();

  /** Reads nothing before the first {@link #restart}. */
  public LogReader(FlightClient flight, Clock clock, BufferAllocator allocator, LogRead wanted) {
    this.flight = flight;
    this.allocator = allocator;
    this.wanted = wanted;
    this.queue = new BatchQueue(clock);
  }

  /** The next batch, or null if none came in time or none will. */
  public ReadBatch take(long timeoutNanos) {
    return queue.take(timeoutNanos);
  }

  /** Whether the read ended well and every batch was taken. */
  public boolean finished() {
    return queue.finished();
  }

  /** The id of the table's newest schema that the server told of; empty if it is the reader's. */
  public OptionalInt newerSchema() {
    return newerSchema;
  }

  /** The server's summary of a read that ended well. */
  public Optional<ScanProgress.Summary> summary() {
    return Optional.ofNullable(summary);
  }

  /**
   * Drops batches that were read ahead and reads at most {@code limit} rows from these offsets on.
   */
  public void restart(Map<Integer, Long> offsets, long limit) {
    int epoch = queue.next();
    Map<Integer, Long> from = new TreeMap<>(offsets);
    cancel();
    thread.execute(() -> readAll(epoch, from, limit));
  }

  private void cancel() {
    FlightStream running = stream;
    if (running != null) {
      running.cancel("the scanner moved on", null);
    }
  }

  /** Opens streams until the end, with a pause after each failure. On the reader's thread. */
  private void readAll(int epoch, Map<Integer, Long> from, long limit) {
    long backoff = FIRST_BACKOFF_NANOS;
    long[] left = {limit};
    while (queue.isCurrent(epoch)) {
      Map<Integer, Long> before = Map.copyOf(from);
      try {
        from.keySet().removeIf(bucket -> wanted.ends(bucket, from.get(bucket)));
        boolean atEnd = from.isEmpty() && !wanted.newPartitions();
        if (atEnd || left[0] == 0 || readStream(epoch, from, left)) {
          queue.end(epoch, null);
          return;
        }
      } catch (Exception failure) {
        ThalwegException error = ClientErrors.of(failure);
        if (!error.retryable()) {
          queue.end(epoch, error);
          return;
        }
      }
      backoff =
          from.equals(before) ? Math.min(MAX_BACKOFF_NANOS, backoff * 2) : FIRST_BACKOFF_NANOS;
      queue.sleep(epoch, backoff);
    }
  }

  /** Reads one stream, moving {@code from} forward; true at the end of the read. */
  private boolean readStream(int epoch, Map<Integer, Long> from, long[] left) throws Exception {
    Ticket ticket = new Ticket(wanted.ticket(from, left[0]).toJson());
    try (FlightStream opened = flight.getStream(ticket);
        AutoCloseable drained = () -> ScanFrames.drain(opened)) {
      stream = opened;
      while (queue.isCurrent(epoch) && opened.next()) {
        ScanProgress progress = ScanFrames.progress(opened);
        if (progress.newerSchema().isPresent()) {
          newerSchema = progress.newerSchema();
        }
        if (progress.summary().isPresent()) {
          summary = progress.summary().get();
          return true;
        }
        ScanProgress.Range range =
            progress
                .range()
                .orElseThrow(() -> ThalwegException.corrupt("a batch came without its offsets"));
        if (!queue.put(epoch, new ReadBatch(range, OwnRows.shared(opened.getRoot(), allocator)))) {
          return false;
        }
        from.put(range.bucket(), range.nextOffset());
        left[0] -= left[0] == Long.MAX_VALUE ? 0 : opened.getRoot().getRowCount();
      }
      return false;
    } finally {
      stream = null;
    }
  }

  /** Stops reading and releases batches that were not taken. Batches that were taken stay valid. */
  @Override
  public void close() {
    queue.next();
    cancel();
    // The reader ends by itself, because an interrupt would keep Flight from releasing its memory.
    CompletableFuture<Void> ended = new CompletableFuture<>();
    thread.execute(() -> ended.complete(null));
    ended.join();
    thread.close();
    queue.next();
  }
}
