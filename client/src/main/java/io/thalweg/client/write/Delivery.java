package io.thalweg.client.write;

import io.thalweg.client.route.Routing;
import io.thalweg.client.route.ServerLink;
import io.thalweg.client.route.TableAccess;
import io.thalweg.format.error.AppendMeaning;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.AppendAck;
import io.thalweg.format.json.PutCommand;
import io.thalweg.format.json.WriterId;
import io.thalweg.format.schema.TableInfo;
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
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Delivers a writer's batches, those of one bucket in order. It has one lane per server and writer
 * id. After a retryable failure it sends all unacknowledged batches of the lane again, to the
 * servers that own their buckets then. A bucket changes lanes only while none of its batches is
 * under way, and then with all its batches.
 *
 * <p>A copy without an answer may still be stored at any later time. So the delivery never gives a
 * sequence to another batch while such copies exist: the batches behind a refused one get a new
 * writer id, and the gap under the old id keeps their copies out for ever. If the refused batch
 * itself has such a copy, its outcome stays unknown and the writer ends. Belongs to the client's
 * loop.
 */
final class Delivery implements DeliveryLane.Owner {
  private static final long RENEW_AGAIN_NANOS = 500_000_000L;

  private final TableAccess access;
  private final Routing routing;
  private final EventLoop loop;
  private final Clock clock;
  private final Optional<WriterId> writer;
  private final long timeoutNanos;
  private final Budget budget;
  private final Consumer<SealedBatch> onSettled;

  private final Map<Way, DeliveryLane> lanes = new LinkedHashMap<>();
  private final Map<Integer, Target> targets = new HashMap<>();
  private final Set<SealedBatch> unsettled = new LinkedHashSet<>();
  private final ArrayDeque<Flush> flushes = new ArrayDeque<>();
  private long added;
  private final AtomicLong settled = new AtomicLong();
  private boolean watching;
  private ThalwegException lastFailure;
  private volatile ThalwegException broken;

  /** The server and writer id of a lane. */
  private record Way(ServerLink server, Optional<WriterId> writer) {}

  /** The lane of a bucket's batches. */
  private static final class Target {
    Optional<WriterId> writer;
    DeliveryLane lane;
    int unsettled;
    int nextSequence;
    boolean renewing;
    // While renewing: the batches that wait for the new writer id, in order.
    final List<SealedBatch> held = new ArrayList<>();

    Target(Optional<WriterId> writer) {
      this.writer = writer;
    }

    void number(SealedBatch batch) {
      batch.sequence = nextSequence;
      nextSequence = (nextSequence + batch.count) & Integer.MAX_VALUE;
    }
  }

  /** A caller waits until every batch with a number below {@code end} is settled. */
  private record Flush(long end, CompletableFuture<Void> done) {}

  /**
   * A delivery that has sent nothing yet.
   *
   * @param onSettled hears of each batch once it is settled
   */
  Delivery(
      TableAccess access,
      Optional<WriterId> writer,
      Duration timeout,
      Budget budget,
      Consumer<SealedBatch> onSettled) {
    this.access = access;
    this.routing = access.routing();
    this.loop = access.loop();
    this.clock = access.clock();
    this.writer = writer;
    this.timeoutNanos = timeout.toNanos();
    this.budget = budget;
    this.onSettled = onSettled;
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
    Target target = targets.computeIfAbsent(batch.bucket, none -> new Target(writer));
    target.unsettled++;
    unsettled.add(batch);
    if (broken != null) {
      settle(batch, null, broken);
      return;
    }
    batch.deadline = clock.nanoTime() + timeoutNanos;
    if (target.renewing) {
      target.held.add(batch);
      watchDeadline();
      return;
    }
    if (writer.isPresent()) {
      target.number(batch);
    }
    if (target.unsettled == 1) {
      target.lane = lane(batch.bucket);
    }
    watchDeadline();
    target.lane.add(batch);
    target.lane.pump();
  }

  private DeliveryLane lane(int bucket) {
    TableInfo table = access.table();
    Way way = new Way(routing.server(bucket), targets.get(bucket).writer);
    return lanes.computeIfAbsent(
        way,
        to ->
            new DeliveryLane(
                to.server,
                access,
                new PutCommand(
                    table.path(),
                    OptionalLong.of(table.tableId()),
                    OptionalInt.of(table.schema().schemaId()),
                    OptionalInt.empty(),
                    to.writer),
                this));
  }

  /** Completes {@code done} once every batch taken over before is settled. */
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
  public void failed(DeliveryLane lane, int wereSent, ThalwegException error, boolean told) {
    boolean notStored = told && AppendMeaning.of(error.code()) == AppendMeaning.NOT_STORED;
    if (notStored && wereSent > 0) {
      lane.unsent().peek().unheard--;
    }
    boolean gone = told && error.code() == ErrorCode.PARTITION_NOT_FOUND && writer.isPresent();
    if (gone) {
      failPartition(lane, error);
    } else if (breaks(error.code())) {
      breakOff(error);
    } else if (writer.isEmpty() && (wereSent > 0 || !error.retryable())) {
      failSent(lane, wereSent, error, told);
    } else if (error.retryable()) {
      lastFailure = error;
      giveUpLate();
    } else if (notStored && lane.unsent().peek().unheard == 0) {
      refuseFirst(lane, error);
    } else {
      breakOff(error);
    }
    if (!lane.unsent().isEmpty()) {
      boolean lost =
          error.retryable()
              && error.code() != ErrorCode.OVERLOADED
              && error.code() != ErrorCode.NO_SPACE;
      lane.backOff(
          () -> {
            if (broken != null) {
              return;
            }
            if (lost) {
              routing.refresh(() -> sendAgain(lane));
            } else {
              sendAgain(lane);
            }
          });
    }
  }

  /**
   * Fails the batch at once, since waiting would not help. Batches that were under way may be
   * stored.
   */
  @Override
  public void unsendable(SealedBatch batch, Throwable failure) {
    targets.get(batch.bucket).lane.breakOff();
    targets.get(batch.bucket).lane.unsent().remove(batch);
    settle(
        batch,
        null,
        batch.unheard > 0
            ? unknown("a batch cannot be sent again: " + failure, failure)
            : new ThalwegException(
                ErrorCode.INTERNAL,
                "a batch cannot be sent, nothing of it is stored: " + failure,
                failure));
    breakOff(
        new ThalwegException(
            ErrorCode.UNAVAILABLE,
            "another batch of this writer could not be sent; open a new writer",
            failure));
  }

  /** Moves everything that waits in a lane to the lanes of the buckets' owners. */
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

  /** Whether no sequence of this writer can be right after such an error. */
  private static boolean breaks(ErrorCode code) {
    return code == ErrorCode.OUT_OF_ORDER_SEQUENCE
        || code == ErrorCode.WRITER_FENCED
        || code == ErrorCode.UNKNOWN_WRITER;
  }

  /**
   * Fails the batches that were under way; a writer that does not store once never sends them
   * again.
   */
  private void failSent(DeliveryLane lane, int wereSent, ThalwegException error, boolean told) {
    for (int i = 0; i < Math.max(1, wereSent) && !lane.unsent().isEmpty(); i++) {
      boolean saysIt = i == 0 && (told || wereSent == 0);
      boolean vague = AppendMeaning.of(error.code()) == AppendMeaning.UNKNOWN;
      settle(
          lane.unsent().remove(),
          null,
          saysIt && !vague
              ? error
              : unknown(
                  i == 0 ? said(error) : "an earlier batch of the stream failed: " + said(error),
                  error));
    }
  }

  /**
   * Fails all batches for the partition of the lane's first one, which was dropped. Wherever copies
   * of them are, they can do nothing any more: no other partition gets its buckets' numbers.
   */
  private void failPartition(DeliveryLane lane, ThalwegException error) {
    int buckets = access.table().bucketCount();
    int bucket = lane.unsent().peek().bucket;
    access.partitions().forget(bucket);
    List<SealedBatch> lost =
        lane.unsent().stream().filter(each -> each.bucket / buckets == bucket / buckets).toList();
    lane.unsent().removeAll(lost);
    lost.forEach(each -> settle(each, null, error));
  }

  /** Gives up batches that have been tried for too long, and all batches behind them. */
  private void giveUpLate() {
    if (unsettled.isEmpty() || clock.nanoTime() - oldest().deadline < 0) {
      return;
    }
    breakOff(
        new ThalwegException(
            ErrorCode.UNKNOWN_OUTCOME,
            lastFailure == null
                ? "not acknowledged in time"
                : "not stored in time; the last try said " + said(lastFailure),
            lastFailure));
  }

  private static String said(ThalwegException error) {
    return error.code() + ": " + error.getMessage();
  }

  private static ThalwegException unknown(String why, Throwable cause) {
    return new ThalwegException(
        ErrorCode.UNKNOWN_OUTCOME, "the rows may or may not be stored: " + why, cause);
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

  /**
   * Ends the writer. Batches that were never sent, or are known not to be stored, fail with {@code
   * error}; all others fail with UNKNOWN_OUTCOME.
   */
  private void breakOff(ThalwegException error) {
    broken =
        error.code() == ErrorCode.UNKNOWN_OUTCOME
            ? new ThalwegException(
                ErrorCode.UNAVAILABLE,
                "the writer has given up, nothing of this batch was sent; open a new writer: "
                    + error.getMessage(),
                error)
            : error;
    Collection<DeliveryLane> all = lanes.values();
    all.forEach(DeliveryLane::breakOff);
    all.forEach(DeliveryLane::takeAll);
    targets.values().forEach(target -> target.held.clear());
    List<SealedBatch> lost = new ArrayList<>(unsettled);
    lost.forEach(
        batch -> settle(batch, null, batch.unheard == 0 ? error : unknown(said(error), error)));
  }

  /** Fails the first batch, of which no copy is stored, and moves the batches behind it up. */
  private void refuseFirst(DeliveryLane lane, ThalwegException error) {
    SealedBatch refused = lane.unsent().remove();
    Target target = targets.get(refused.bucket);
    List<SealedBatch> after =
        lane.unsent().stream().filter(batch -> batch.bucket == refused.bucket).toList();
    if (after.stream().anyMatch(batch -> batch.unheard > 0)) {
      lane.unsent().removeAll(after);
      target.held.addAll(after);
      target.renewing = true;
      renew(target);
    } else if (writer.isPresent()) {
      target.nextSequence = refused.sequence;
      after.forEach(target::number);
    }
    settle(refused, null, error);
  }

  /** Gets a new writer id and sends a bucket's held-back batches under it. */
  private void renew(Target target) {
    routing.openWriter(
        id -> {
          if (broken != null) {
            return;
          }
          if (id == null) {
            giveUpLate();
            var unused = loop.schedule(RENEW_AGAIN_NANOS, () -> renew(target));
            return;
          }
          List<SealedBatch> held = List.copyOf(target.held);
          target.held.clear();
          target.renewing = false;
          target.writer = Optional.of(id);
          target.nextSequence = 0;
          DeliveryLane before = target.lane;
          target.lane = lane(held.get(0).bucket);
          for (SealedBatch batch : held) {
            // The gap that the refused batch leaves keeps copies under the old id out.
            batch.unheard = 0;
            target.number(batch);
            target.lane.add(batch);
          }
          target.lane.pump();
          retire(before);
        });
  }

  /** Ends a lane that no bucket uses any more. */
  private void retire(DeliveryLane lane) {
    if (targets.values().stream().noneMatch(target -> target.lane == lane)) {
      lane.finish();
      lanes.values().remove(lane);
    }
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
    onSettled.accept(batch);
    endFlushes();
  }

  /** Ends the streams; everything is settled. */
  void close() {
    broken = new ThalwegException(ErrorCode.CLOSING, "the writer is closed");
    lanes.values().forEach(DeliveryLane::finish);
  }
}
