package io.thalweg.server.write;

import io.thalweg.coordinator.api.CoordinatorApi;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.command.TransactionPart;
import io.thalweg.format.batch.EncodedBatch;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.table.TableOptions.WriteMode;
import io.thalweg.format.wal.WalObject;
import io.thalweg.objectstore.ObjectStore;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.EventLoop;
import io.thalweg.runtime.meter.Counter;
import io.thalweg.runtime.meter.Gauge;
import io.thalweg.runtime.meter.Histogram;
import io.thalweg.runtime.meter.Meters;
import io.thalweg.server.context.ServerContext;
import io.thalweg.server.meter.ServerMeters;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/**
 * Makes batches durable and ordered, by two lanes. Owned by the server's loop.
 *
 * <p>A bucket's batches keep their order: while a bucket has batches under way in one lane, its
 * next batches go to the same lane.
 */
public final class GroupWriter {
  private static final long INLINE_FULL_NANOS = Duration.ofSeconds(5).toNanos();

  private final EventLoop loop;
  private final Clock clock;
  private final CoordinatorApi coordinator;
  private final ObjectStore store;
  private final WriteConfig config;
  private final Events events;
  private final Meters meters;
  private final Histogram commitTime;
  private final Counter failed;
  private final Gauge heldNow;
  private final Map<TableBucket, UnderWay> underWay = new TreeMap<>();
  private boolean inlineFull;
  private long inlineFullUntilNanos;
  private long incarnation;
  private long walSequence;
  private int heldBatches;
  private Lane inline;
  private Lane object;

  /** Learns of the writer's events, on the server's loop. */
  public interface Events {
    /**
     * {@code batch} is stored from {@code baseOffset} on; called before its caller learns of it.
     */
    void stored(EncodedBatch batch, long baseOffset);

    /** The cluster closed {@code incarnation}; the writer is suspended until {@link #open}. */
    void incarnationClosed(long incarnation);
  }

  /** The batches of one bucket that are not decided. */
  private static final class UnderWay {
    Lane lane;
    int batches;

    /**
     * Batches too large for the log entries of the batches before them; the writer hands them on
     * once these are decided.
     */
    final ArrayDeque<Held> held = new ArrayDeque<>();

    boolean mustHold(PendingBatch next, WriteConfig config) {
      return batches > 0 && lane.isInline() && next.length() > config.inlineGroupMax();
    }
  }

  private record Held(PendingBatch batch, WriteMode mode) {}

  /** A writer that is suspended until {@link #open}. */
  public GroupWriter(
      ServerContext context, CoordinatorApi coordinator, WriteConfig config, Events events) {
    this.loop = context.loop();
    this.clock = context.clock();
    this.coordinator = coordinator;
    this.store = context.store();
    this.config = config;
    this.events = events;
    this.meters = context.meters();
    this.commitTime = meters.histogram(ServerMeters.COMMIT_TIME);
    this.failed = meters.counter(ServerMeters.COMMIT_FAILED);
    this.heldNow = meters.gauge(ServerMeters.WRITE_HELD);
  }

  EventLoop loop() {
    return loop;
  }

  Clock clock() {
    return clock;
  }

  CoordinatorApi coordinator() {
    return coordinator;
  }

  ObjectStore store() {
    return store;
  }

  Meters meters() {
    return meters;
  }

  WriteConfig config() {
    return config;
  }

  /** Begins to write as {@code newIncarnation}. */
  public void open(long newIncarnation) {
    loop.assertInLoop();
    incarnation = newIncarnation;
    walSequence = 0;
    inline = new Lane(this, incarnation, null);
    object = new Lane(this, incarnation, this::nextObject);
    expireLater(incarnation);
  }

  /**
   * The next object key of this incarnation, for every part of the server that puts WAL objects.
   */
  public WalObject nextObject() {
    loop.assertInLoop();
    return new WalObject(incarnation, ++walSequence);
  }

  /** The open incarnation, or 0. */
  public long incarnation() {
    return inline == null ? 0 : incarnation;
  }

  private void expireLater(long mine) {
    loop.schedule(
        Math.max(1, config.timeout().toNanos() / 10),
        () -> {
          if (inline != null && incarnation == mine) {
            expireHeld(clock.nanoTime());
            inline.expire(clock.nanoTime());
            object.expire(clock.nanoTime());
            expireLater(mine);
          }
        });
  }

  private void expireHeld(long nowNanos) {
    for (UnderWay way : underWay.values()) {
      while (!way.held.isEmpty() && nowNanos >= way.held.getFirst().batch.deadlineNanos) {
        holds(-1);
        way.held
            .removeFirst()
            .batch
            .fail(
                ErrorCode.UNAVAILABLE, "the batch could not be stored in time; nothing of it was");
      }
    }
  }

  /**
   * Takes a batch over.
   *
   * @param transaction to which it belongs; null for none
   * @param release runs once the batch's memory is free again
   * @return where it is stored; fails with a {@code ThalwegException}
   */
  public CompletableFuture<Reply.Stored> add(
      EncodedBatch batch, TransactionPart transaction, WriteMode mode, Runnable release) {
    return add(new PendingBatch(List.of(batch), null, transaction, deadline(), release), mode);
  }

  private long deadline() {
    return clock.nanoTime() + config.timeout().toNanos();
  }

  /**
   * Takes over changes of a bucket that this server owns. The future completes only when the
   * outcome is known, however long that takes; it is unknown only if the incarnation ends.
   *
   * @param batches the changes of one write in order, stored together or not at all; none if the
   *     rows changed nothing
   */
  public CompletableFuture<Reply.Stored> addOwned(
      List<EncodedBatch> batches, OwnedWrite owned, WriteMode mode) {
    return add(new PendingBatch(batches, owned, owned.transaction(), deadline(), () -> {}), mode);
  }

  private CompletableFuture<Reply.Stored> add(PendingBatch pending, WriteMode mode) {
    loop.assertInLoop();
    if (inline == null) {
      pending.fail(
          ErrorCode.UNAVAILABLE,
          "the server is joining the cluster; try again shortly (its log says what it waits for)");
      return pending.stored;
    }
    UnderWay way = underWay.computeIfAbsent(pending.bucket(), none -> new UnderWay());
    if (!way.held.isEmpty() || way.mustHold(pending, config)) {
      way.held.addLast(new Held(pending, mode));
      holds(1);
    } else {
      give(way, pending, mode);
    }
    return pending.stored;
  }

  private void holds(int more) {
    heldBatches += more;
    heldNow.set(heldBatches);
  }

  private void give(UnderWay way, PendingBatch pending, WriteMode mode) {
    if (way.batches == 0) {
      way.lane = lane(pending.length(), mode);
    }
    way.batches++;
    way.lane.add(pending);
  }

  /**
   * Notes that the coordinator has no room for payloads: for a while, batches that may go to the
   * object store go there.
   */
  void inlineIsFull() {
    inlineFullUntilNanos = clock.nanoTime() + INLINE_FULL_NANOS;
    inlineFull = true;
  }

  private boolean hasRoomInline() {
    inlineFull &= clock.nanoTime() < inlineFullUntilNanos;
    return !inlineFull;
  }

  private Lane lane(int length, WriteMode mode) {
    boolean small =
        switch (mode) {
          case OBJECT -> false;
          case INLINE -> length <= config.inlineGroupMax();
          case AUTO ->
              length <= config.inlineMax()
                  && inline.waitingBytes() < config.inlineGroupMax()
                  && hasRoomInline();
        };
    return small ? inline : object;
  }

  void decided(PendingBatch pending, Reply.EntryResult result) {
    if (result instanceof Reply.Stored stored) {
      left(pending.bucket());
      long given = pending.deadlineNanos - config.timeout().toNanos();
      commitTime.record(clock.nanoTime() - given);
      if (!stored.duplicate()) {
        long offset = stored.baseOffset();
        for (EncodedBatch batch : pending.batches) {
          events.stored(batch, offset);
          offset += batch.header().recordCount();
        }
      }
      pending.succeed(stored);
    } else if (result instanceof Reply.NotStored not) {
      fail(pending, not.code(), not.message());
    }
  }

  void fail(PendingBatch pending, ErrorCode code, String message) {
    left(pending.bucket());
    failed.increment();
    pending.fail(code, message);
  }

  private void left(TableBucket bucket) {
    UnderWay way = underWay.get(bucket);
    if (--way.batches > 0) {
      return;
    }
    while (inline != null
        && !way.held.isEmpty()
        && !way.mustHold(way.held.getFirst().batch, config)) {
      Held next = way.held.removeFirst();
      holds(-1);
      give(way, next.batch, next.mode);
    }
    if (way.batches == 0 && way.held.isEmpty()) {
      underWay.remove(bucket);
    }
  }

  void incarnationClosed(long closed) {
    if (inline != null && incarnation == closed) {
      suspend("the cluster closed incarnation " + closed + " of this server");
      events.incarnationClosed(closed);
    }
  }

  /** Ends everything under way; {@link #open} begins again. */
  public void suspend(String why) {
    loop.assertInLoop();
    if (inline == null) {
      return;
    }
    Lane closingInline = inline;
    Lane closingObject = object;
    inline = null;
    object = null;
    List<Held> held = new ArrayList<>();
    underWay
        .values()
        .forEach(
            way -> {
              held.addAll(way.held);
              holds(-way.held.size());
              way.held.clear();
            });
    closingInline.close(why);
    closingObject.close(why);
    held.forEach(
        each -> each.batch.fail(ErrorCode.INCARNATION_CLOSED, why + "; the batch is not stored"));
  }
}
