package io.thalweg.client.scan;

import io.thalweg.client.route.ClientErrors;
import io.thalweg.client.route.OwnerLinks;
import io.thalweg.format.aggregate.Groups;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.ScanProgress;
import io.thalweg.format.json.ScanTicket;
import java.time.Duration;
import java.util.function.Supplier;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.Ticket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the partial result of one bucket from the server that owns it, again from the beginning
 * after a lost connection or a retryable error. One thread reads; any may {@link #cancel}.
 */
final class BucketAggregate {
  private static final Logger log = LoggerFactory.getLogger(BucketAggregate.class);
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final AggregateRead read;
  private final OwnerLinks owners;
  private final ScanTicket ticket;
  private final int bucket;
  private volatile FlightStream stream;
  private volatile boolean cancelled;

  BucketAggregate(AggregateRead read, OwnerLinks owners, int bucket) {
    this.read = read;
    this.owners = owners;
    this.ticket = read.ticket(bucket);
    this.bucket = bucket;
  }

  /** The number of the bucket. */
  int bucket() {
    return bucket;
  }

  /** The groups of all rows of the bucket, and what the server said at the end. */
  record Result(Groups groups, ScanProgress.Summary summary) {}

  /**
   * Waits for the result.
   *
   * @throws ThalwegException with the server's code
   */
  Result read(Supplier<Groups> none) {
    long firstFailure = 0;
    for (int attempt = 0; ; attempt++) {
      try {
        return attempt(none.get());
      } catch (Exception broken) {
        ThalwegException error = ClientErrors.of(broken);
        long now = read.clock().nanoTime();
        firstFailure = attempt == 0 ? now : firstFailure;
        // A scan of rows that the server lost begins anew like any other: nothing was taken of it.
        boolean again = error.retryable() || error.code() == ErrorCode.SCAN_EXPIRED;
        if (cancelled || !again || now - firstFailure >= PATIENCE.toNanos()) {
          throw error;
        }
        log.info("the aggregate of bucket {} of {} begins anew", bucket, ticket.table(), error);
        OwnerLinks.pause(attempt);
        owners.refresh();
      }
    }
  }

  private Result attempt(Groups groups) throws Exception {
    try (FlightStream opened =
            owners.server(bucket).flight().getStream(new Ticket(ticket.toJson()));
        AutoCloseable drained = () -> ScanFrames.drain(opened)) {
      stream = opened;
      while (!cancelled && opened.next()) {
        ScanProgress progress = ScanFrames.progress(opened);
        if (progress.summary().isPresent()) {
          return new Result(groups, progress.summary().get());
        }
        groups.merge(opened.getRoot());
      }
      throw new ThalwegException(ErrorCode.UNAVAILABLE, "the server cut the aggregate off");
    } catch (IllegalArgumentException otherSchema) {
      throw new ThalwegException(
          ErrorCode.CORRUPT_DATA, "the server sent another result than asked for", otherSchema);
    } finally {
      stream = null;
    }
  }

  /** Ends {@link #read} soon, with a failure. */
  void cancel() {
    cancelled = true;
    FlightStream running = stream;
    if (running != null) {
      running.cancel("another bucket failed", null);
    }
  }
}
