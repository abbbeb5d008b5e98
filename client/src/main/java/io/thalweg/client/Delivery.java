package io.thalweg.client;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.AppendAck;
import io.thalweg.format.json.PutCommand;
import io.thalweg.format.json.WriterId;
import io.thalweg.format.schema.TablePath;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.EventLoop;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.arrow.memory.BufferAllocator;

/**
 * Gets a writer's batches stored, those of one bucket in order, over one lane per server. After a
 * failure that may pass, everything unacknowledged of a lane is sent again, to whoever owns the
 * bucket then. A bucket changes lanes only while none of its batches is under way, and all of them
 * at once. Belongs to the client's loop.
 */
final class Delivery implements DeliveryLane.Owner {
  private final Routing routing;
  private final EventLoop loop;
  private final Clock clock;
  private final BufferAllocator allocator;
  private final PutCommand command;
  private final long timeoutNanos;
  private final Budget budget;

  private final Map<ServerLink, DeliveryLane> lanes = new LinkedHashMap<>();
  private final Map<OptionalInt, Target> targets = new HashMap<>();
  private final Set<SealedBatch> unsettled = new LinkedHashSet<>();
  private final ArrayDeque<Flush> flushes = new ArrayDeque<>();
  private long added;
  private final AtomicLong settled = new AtomicLong();
  private boolean watching;
  private ThalwegException lastFailure;
  private volatile ThalwegException broken;

  /** Where a bucket's batches go. */
  private static final class Target {
    DeliveryLane lane;
    int unsettled;
    int nextSequence;
  }

  /** Somebody waits until every batch with a number below {@code end} is settled. */
  private record Flush(long end, CompletableFuture<Void> done) {}

  /** Nothing is sent yet. */
  Delivery(
      Routing routing,
      EventLoop loop,
      Clock clock,
      BufferAllocator allocator,
      TablePath table,
      Optional<WriterId> writer,
      Duration timeout,
      Budget budget) {
    this.routing = routing;
    this.loop = loop;
    this.clock = clock;
    this.allocator = allocator;
    this.command = new PutCommand(table, OptionalInt.empty(), writer);
    this.timeoutNanos = timeout.toNanos();
    this.budget = budget;
  }

  /** Why nothing can be stored any more; null while it can. Any thread may ask. */
  ThalwegException broken() {
    return broken;
  }

  /** How many of the batches taken over are settled. Any thread may ask. */
  long settled() {
    return settled.get();
  }

  /** Takes a batch over. */
  void add(SealedBatch batch) {
    batch.number = added++;
    Target target = targets.computeIfAbsent(batch.bucket, none -> new Target());
    target.unsettled++;
    unsettled.add(batch);
    if (broken != null) {
      settle(batch, null, broken);
      return;
    }
    if (command.writer().isPresent()) {
      batch.sequence = target.nextSequence;
      target.nextSequence = (batch.sequence + batch.count) & Integer.MAX_VALUE;
    }
    batch.deadline = clock.nanoTime() + timeoutNanos;
    if (target.unsettled == 1) {
      target.lane = lane(batch.bucket);
    }
    watchDeadline();
    target.lane.add(batch);
    target.lane.pump();
  }

  private DeliveryLane lane(OptionalInt bucket) {
    return lanes.computeIfAbsent(
        routing.server(bucket.orElse(0)),
        server -> new DeliveryLane(server, loop, allocator, command, this));
  }

  /** Completes {@code done} once nothing given before is unacknowledged. */
  void whenSettled(CompletableFuture<Void> done) {
    flushes.add(new Flush(added, done));
    endFlushes();
  }

  private void endFlushes() {
    while (!flushes.isEmpty() && (unsettled.isEmpty() || oldest().number >= flushes.peek().end)) {
      flushes.remove().done.complete(null);
    }
  }

  @Override
  public void stored(SealedBatch batch, AppendAck ack) {
    settle(batch, ack, null);
  }

  @Override
  public void failed(DeliveryLane lane, int wereSent, ThalwegException error) {
    if (breaks(error.code())) {
      breakOff(error);
    } else if (command.writer().isEmpty() && (wereSent > 0 || !error.retryable())) {
      failSent(lane, wereSent, error);
    } else if (error.retryable()) {
      lastFailure = error;
      giveUpLate();
    } else {
      refuseFirst(lane, error);
    }
    if (!lane.unsent().isEmpty()) {
      boolean lost =
          error.retryable()
              && error.code() != ErrorCode.OVERLOADED
              && error.code() != ErrorCode.NO_SPACE;
      lane.backOff(
          () -> {
            if (lost && broken == null) {
              routing.refresh(() -> sendAgain(lane));
            } else {
              sendAgain(lane);
            }
          });
    }
  }

  /** Waiting would not help: whoever appended hears at once. What was under way may be stored. */
  @Override
  public void unsendable(SealedBatch batch, Throwable failure) {
    ThalwegException error =
        new ThalwegException(
            ErrorCode.INTERNAL,
            "a batch cannot be sent, nothing of it is stored: " + failure,
            failure);
    targets.get(batch.bucket).lane.breakOff();
    targets.get(batch.bucket).lane.unsent().remove(batch);
    settle(batch, null, error);
    breakOff(
        new ThalwegException(
            ErrorCode.UNKNOWN_OUTCOME, "another batch of this writer could not be sent", failure));
  }

  /** Gives everything that waits in a lane to the lanes of the buckets' owners. */
  private void sendAgain(DeliveryLane lane) {
    Set<DeliveryLane> got = new LinkedHashSet<>();
    for (SealedBatch batch : lane.takeAll()) {
      Target target = targets.get(batch.bucket);
      target.lane = lane(batch.bucket);
      target.lane.add(batch);
      got.add(target.lane);
    }
    lane.resume();
    got.forEach(DeliveryLane::pump);
  }

  /** Errors after which no sequence of this writer can be right any more. */
  private static boolean breaks(ErrorCode code) {
    return code == ErrorCode.OUT_OF_ORDER_SEQUENCE
        || code == ErrorCode.WRITER_FENCED
        || code == ErrorCode.UNKNOWN_WRITER;
  }

  /** Without storing once: what was under way is not sent again. */
  private void failSent(DeliveryLane lane, int wereSent, ThalwegException error) {
    for (int i = 0; i < Math.max(1, wereSent) && !lane.unsent().isEmpty(); i++) {
      settle(
          lane.unsent().remove(),
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
    if (unsettled.isEmpty() || clock.nanoTime() - oldest().deadline < 0) {
      return;
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

  private SealedBatch oldest() {
    return unsettled.iterator().next();
  }

  private void watchDeadline() {
    if (!unsettled.isEmpty() && !watching) {
      watching = true;
      var unused =
          loop.schedule(
              Math.max(0, oldest().deadline - clock.nanoTime()),
              () -> {
                watching = false;
                giveUpLate();
                watchDeadline();
              });
    }
  }

  private void breakOff(ThalwegException error) {
    broken = error;
    Collection<DeliveryLane> all = lanes.values();
    all.forEach(DeliveryLane::breakOff);
    all.forEach(DeliveryLane::takeAll);
    List<SealedBatch> lost = new ArrayList<>(unsettled);
    lost.forEach(batch -> settle(batch, null, error));
  }

  /** The first batch was refused and not stored: those after it in its bucket move up. */
  private void refuseFirst(DeliveryLane lane, ThalwegException error) {
    SealedBatch refused = lane.unsent().remove();
    for (SealedBatch after : lane.unsent()) {
      if (after.bucket.equals(refused.bucket)) {
        after.sequence = (after.sequence - refused.count) & Integer.MAX_VALUE;
      }
    }
    Target target = targets.get(refused.bucket);
    target.nextSequence = (target.nextSequence - refused.count) & Integer.MAX_VALUE;
    settle(refused, null, error);
  }

  private void settle(SealedBatch batch, AppendAck ack, ThalwegException failure) {
    unsettled.remove(batch);
    targets.get(batch.bucket).unsettled--;
    batch.close();
    budget.giveBack(batch.budget);
    if (failure == null) {
      batch.ack.complete(ack);
    } else {
      batch.ack.completeExceptionally(failure);
    }
    settled.incrementAndGet();
    endFlushes();
  }

  /** Ends the streams; everything is settled. */
  void close() {
    broken = new ThalwegException(ErrorCode.CLOSING, "the writer is closed");
    lanes.values().forEach(DeliveryLane::finish);
  }
}
