package io.thalweg.client;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.AppendAck;
import io.thalweg.format.json.BatchNote;
import io.thalweg.format.json.PutCommand;
import io.thalweg.format.json.WriterId;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.EventLoop;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.memory.BufferAllocator;

/**
 * Gets a writer's batches stored, in order: sends several ahead on one stream, and after a failure
 * that may pass sends everything unacknowledged again on a new one. Belongs to the client's loop.
 */
final class Delivery implements PutStream.Owner {
  private static final int MAX_SENT = 64;
  private static final long FIRST_BACKOFF_NANOS = 10_000_000L;
  private static final long MAX_BACKOFF_NANOS = 1_000_000_000L;

  private final FlightClient flight;
  private final EventLoop loop;
  private final Clock clock;
  private final BufferAllocator allocator;
  private final TableInfo table;
  private final Optional<WriterId> writer;
  private final long timeoutNanos;
  private final Budget budget;

  private final ArrayDeque<SealedBatch> unacknowledged = new ArrayDeque<>();
  private final Map<Integer, Integer> nextSequence = new HashMap<>();
  private PutStream stream;
  private int sent;
  private long backoffNanos = FIRST_BACKOFF_NANOS;
  private boolean waiting;
  private boolean watching;
  private ThalwegException lastFailure;
  private volatile ThalwegException broken;

  Delivery(
      FlightClient flight,
      EventLoop loop,
      Clock clock,
      BufferAllocator allocator,
      TableInfo table,
      Optional<WriterId> writer,
      Duration timeout,
      Budget budget) {
    this.flight = flight;
    this.loop = loop;
    this.clock = clock;
    this.allocator = allocator;
    this.table = table;
    this.writer = writer;
    this.timeoutNanos = timeout.toNanos();
    this.budget = budget;
  }

  /** Why nothing can be stored any more; null while it can. Any thread may ask. */
  ThalwegException broken() {
    return broken;
  }

  /** Takes a batch over. */
  void add(SealedBatch batch) {
    if (broken != null) {
      settle(batch, null, broken);
      return;
    }
    if (writer.isPresent()) {
      int bucket = batch.bucket.orElse(0);
      batch.sequence = nextSequence.getOrDefault(bucket, 0);
      nextSequence.put(bucket, (batch.sequence + batch.count) & Integer.MAX_VALUE);
    }
    batch.deadline = clock.nanoTime() + timeoutNanos;
    unacknowledged.add(batch);
    watchDeadline();
    pump();
  }

  /** Completes {@code future} once nothing given before is unacknowledged. */
  void whenSettled(CompletableFuture<Void> future) {
    SealedBatch last = unacknowledged.peekLast();
    if (last == null) {
      future.complete(null);
      return;
    }
    // Batches are settled in order, so the last one is settled when all are.
    var unused = last.ack.whenComplete((ack, failure) -> future.complete(null));
  }

  private void pump() {
    if (waiting || broken != null) {
      return;
    }
    if (stream == null && !unacknowledged.isEmpty()) {
      stream =
          new PutStream(
              flight,
              loop,
              allocator,
              table.schema().toArrow(),
              new PutCommand(table.path(), OptionalInt.empty(), writer),
              this);
    }
    if (sent >= unacknowledged.size()) {
      return;
    }
    Iterator<SealedBatch> unsent = unacknowledged.stream().skip(sent).iterator();
    while (unsent.hasNext() && sent < MAX_SENT && stream.isReady()) {
      SealedBatch batch = unsent.next();
      stream.send(
          batch,
          new BatchNote(
              batch.bucket,
              batch.sequence < 0 ? OptionalInt.empty() : OptionalInt.of(batch.sequence)));
      sent++;
    }
  }

  @Override
  public void ready(PutStream from) {
    if (from == stream) {
      pump();
    }
  }

  @Override
  public void acknowledged(PutStream from, AppendAck ack) {
    if (from != stream || sent == 0) {
      return;
    }
    sent--;
    backoffNanos = FIRST_BACKOFF_NANOS;
    settle(unacknowledged.remove(), ack, null);
    pump();
  }

  @Override
  public void ended(PutStream from, Throwable failure) {
    from.close();
    if (from != stream) {
      return;
    }
    stream = null;
    int wereSent = sent;
    sent = 0;
    if (unacknowledged.isEmpty()) {
      return;
    }
    ThalwegException error =
        failure == null
            ? new ThalwegException(ErrorCode.UNKNOWN_OUTCOME, "the server ended the stream")
            : ClientErrors.of(failure, ErrorCode.UNKNOWN_OUTCOME);
    if (breaks(error.code())) {
      breakOff(error);
    } else if (writer.isEmpty() && (wereSent > 0 || !error.retryable())) {
      failSent(wereSent, error);
    } else if (error.retryable()) {
      lastFailure = error;
      giveUpLate();
    } else {
      refuseFirst(error);
    }
    if (!unacknowledged.isEmpty()) {
      backOff();
    }
  }

  /** Errors after which no sequence of this writer can be right any more. */
  private static boolean breaks(ErrorCode code) {
    return code == ErrorCode.OUT_OF_ORDER_SEQUENCE
        || code == ErrorCode.WRITER_FENCED
        || code == ErrorCode.UNKNOWN_WRITER;
  }

  /** Without storing once: what was under way is not sent again. */
  private void failSent(int wereSent, ThalwegException error) {
    for (int i = 0; i < Math.max(1, wereSent) && !unacknowledged.isEmpty(); i++) {
      settle(
          unacknowledged.remove(),
          null,
          i == 0
              ? error
              : new ThalwegException(
                  ErrorCode.UNKNOWN_OUTCOME,
                  "an earlier batch of the stream failed: " + error.getMessage(),
                  error));
    }
  }

  /** What has been tried for too long is given up, and with it everything that comes after. */
  private void giveUpLate() {
    SealedBatch first = unacknowledged.peek();
    if (first == null || clock.nanoTime() - first.deadline < 0) {
      return;
    }
    if (stream != null) {
      stream.close();
      stream = null;
      sent = 0;
    }
    breakOff(
        new ThalwegException(
            ErrorCode.UNKNOWN_OUTCOME,
            lastFailure == null
                ? "not acknowledged in time"
                : "not stored in time; the last try said "
                    + lastFailure.code()
                    + ": "
                    + lastFailure.getMessage(),
            lastFailure));
  }

  private void watchDeadline() {
    SealedBatch first = unacknowledged.peek();
    if (first != null && !watching) {
      watching = true;
      var unused =
          loop.schedule(
              Math.max(0, first.deadline - clock.nanoTime()),
              () -> {
                watching = false;
                giveUpLate();
                watchDeadline();
              });
    }
  }

  private void breakOff(ThalwegException error) {
    broken = error;
    while (!unacknowledged.isEmpty()) {
      settle(unacknowledged.remove(), null, error);
    }
  }

  /** The first batch was refused and not stored: those after it in its bucket move up. */
  private void refuseFirst(ThalwegException error) {
    SealedBatch refused = unacknowledged.remove();
    for (SealedBatch after : unacknowledged) {
      if (after.bucket.equals(refused.bucket)) {
        after.sequence = (after.sequence - refused.count) & Integer.MAX_VALUE;
      }
    }
    nextSequence.computeIfPresent(
        refused.bucket.orElse(0), (bucket, next) -> (next - refused.count) & Integer.MAX_VALUE);
    settle(refused, null, error);
  }

  private void backOff() {
    waiting = true;
    var unused =
        loop.schedule(
            backoffNanos,
            () -> {
              waiting = false;
              pump();
            });
    backoffNanos = Math.min(MAX_BACKOFF_NANOS, backoffNanos * 2);
  }

  private void settle(SealedBatch batch, AppendAck ack, ThalwegException failure) {
    batch.close();
    budget.giveBack(batch.budget);
    if (failure == null) {
      batch.ack.complete(ack);
    } else {
      batch.ack.completeExceptionally(failure);
    }
  }

  /** Ends the stream; everything is settled. */
  void close() {
    broken = new ThalwegException(ErrorCode.CLOSING, "the writer is closed");
    if (stream != null) {
      stream.finish();
      stream.close();
      stream = null;
    }
  }
}
