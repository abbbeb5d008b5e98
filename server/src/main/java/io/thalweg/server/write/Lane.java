package io.thalweg.server.write;

import io.thalweg.coordinator.api.CoordinatorApi;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.wal.WalObject;
import io.thalweg.objectstore.ObjectStoreException;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.meter.LaneMeters;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One lane of an incarnation's groups: gathers batches, cuts groups, puts objects, and proposes
 * groups in order. Owned by the server's loop; it lives as long as its incarnation.
 */
final class Lane {
  private static final Logger log = LoggerFactory.getLogger(Lane.class);
  private static final long RETRY_NANOS = Duration.ofMillis(50).toNanos();

  private final GroupWriter writer;
  private final long incarnation;
  private final Supplier<WalObject> objects;
  private final int groupMax;
  private final int inFlightMax;
  private final long lingerNanos;
  private final WriteConfig config;
  private final EventLoop loop;

  private final ArrayDeque<PendingBatch> waiting = new ArrayDeque<>();
  private final ArrayDeque<Group> groups = new ArrayDeque<>();
  private final LaneMeters meters;
  private long waitingBytes;
  private long nextSequence = 1;
  private boolean lingering;
  private boolean lingerOver;
  private boolean closed;

  /**
   * A lane.
   *
   * @param objects names the next object; null in the lane of groups inside log entries
   */
  Lane(GroupWriter writer, long incarnation, Supplier<WalObject> objects) {
    this.writer = writer;
    this.incarnation = incarnation;
    this.objects = objects;
    this.config = writer.config();
    this.loop = writer.loop();
    boolean inline = objects == null;
    this.meters = new LaneMeters(writer.meters(), inline ? "inline" : "object");
    this.groupMax = inline ? config.inlineGroupMax() : config.objectMax();
    this.inFlightMax = inline ? config.inlineInFlight() : config.objectInFlight();
    this.lingerNanos = inline ? 0 : config.objectLinger().toNanos();
  }

  boolean isInline() {
    return objects == null;
  }

  long waitingBytes() {
    return waitingBytes;
  }

  void add(PendingBatch batch) {
    waiting.addLast(batch);
    waitingBytes += batch.length();
    cutWhereDue();
  }

  private void cutWhereDue() {
    cutAll();
    meters.holds(waiting.size(), waitingBytes, groups.size());
  }

  private void cutAll() {
    while (!closed && !waiting.isEmpty() && groups.size() < inFlightMax) {
      if (waitingBytes < groupMax && lingerNanos > 0 && !lingerOver) {
        if (!lingering) {
          lingering = true;
          loop.schedule(
              lingerNanos,
              () -> {
                lingering = false;
                lingerOver = true;
                cutWhereDue();
              });
        }
        return;
      }
      cut();
    }
  }

  private void cut() {
    List<PendingBatch> batches = new ArrayList<>();
    long bytes = 0;
    while (!waiting.isEmpty()) {
      int next = waiting.peekFirst().length();
      if (!batches.isEmpty() && bytes + next > groupMax) {
        break;
      }
      batches.add(waiting.removeFirst());
      bytes += next;
    }
    waitingBytes -= bytes;
    lingerOver = false;
    meters.cut(batches.size(), bytes);
    Group group = new Group(batches, objects == null ? null : objects.get());
    groups.addLast(group);
    if (group.object == null) {
      propose();
    } else {
      put(group);
    }
  }

  private void put(Group group) {
    String key = group.object.key();
    group.retain();
    loop.handle(
        writer.store().put(key, group.content()),
        (done, failure) -> {
          group.release();
          if (closed) {
            return;
          }
          if (failure == null) {
            group.state = Group.State.READY;
            propose();
          } else if (retryPut(group, failure)) {
            if (Long.bitCount(++group.failedPuts) == 1) {
              log.warn("putting {} failed, trying again: {}", key, failure.toString());
            }
            loop.schedule(RETRY_NANOS, () -> putAgain(group));
          } else {
            giveUp(group, failure);
          }
        });
  }

  private void putAgain(Group group) {
    if (!closed) {
      put(group);
    }
  }

  /**
   * Puts the same bytes under the same key again, which is correct even after an unknown outcome.
   */
  private boolean retryPut(Group group, Throwable failure) {
    return failure instanceof ObjectStoreException store
        && store.kind().retryable()
        && store.kind() != ObjectStoreException.Kind.NO_SPACE
        && writer.clock().nanoTime() < group.batches.get(0).deadlineNanos;
  }

  /** Fails a group that was never proposed, so that certainly nothing of it is stored. */
  private void giveUp(Group group, Throwable failure) {
    boolean full =
        failure instanceof ObjectStoreException store
            && store.kind() == ObjectStoreException.Kind.NO_SPACE;
    log.error("group {} could not be put: {}", group.object.key(), failure.toString());
    groups.remove(group);
    group.batches.forEach(
        batch ->
            writer.fail(
                batch,
                full ? ErrorCode.NO_SPACE : ErrorCode.UNAVAILABLE,
                (full
                        ? "the object store has no room: "
                        : "the object store did not take the batch: ")
                    + failure.getMessage()));
    propose();
    cutWhereDue();
  }

  /** Proposes every ready group, unless the object of a group before it is still being put. */
  private void propose() {
    for (Group group : groups) {
      if (closed || group.state == Group.State.PUTTING) {
        return;
      }
      if (group.state == Group.State.READY) {
        propose(group);
      }
    }
  }

  private void propose(Group group) {
    if (group.sequence == 0) {
      group.sequence = nextSequence++;
    }
    group.state = Group.State.PROPOSED;
    long attempt = ++group.attempt;
    EventLoop.Cancellable timer =
        loop.schedule(
            config.proposeTimeout().toNanos(),
            () -> {
              if (group.attempt == attempt) {
                group.mayBeApplied = true;
                again(group, "no answer in " + config.proposeTimeout());
              }
            });
    group.retain();
    loop.handle(
        writer
            .coordinator()
            .propose(
                group.command(incarnation, writer.clock().wallMillis()),
                group.object == null ? group.content() : List.of()),
        (proposed, failure) -> {
          timer.cancel();
          group.release();
          if (closed || group.attempt != attempt) {
            return;
          }
          if (proposed instanceof CoordinatorApi.Applied applied) {
            answered(group, applied.reply());
          } else if (proposed instanceof CoordinatorApi.Unfit unfit) {
            if (unfit.code() == ErrorCode.NO_SPACE && group.object == null) {
              writer.inlineIsFull();
            }
            notTaken(group, unfit);
          } else {
            group.mayBeApplied |= !(proposed instanceof CoordinatorApi.Rejected);
            again(group, proposed == null ? String.valueOf(failure) : proposed.toString());
          }
        });
  }

  /**
   * Handles a refusal before the coordinator's log took anything. If every try ended so, the
   * callers get the failure at once, and the sequence is free again unless a later one was given
   * out.
   */
  private void notTaken(Group group, CoordinatorApi.Unfit unfit) {
    String message = "the batch cannot be stored: " + unfit.reason();
    group.state = Group.State.REJECTED; // nothing of it is under way
    group.gaveUp = new Group.GaveUp(unfit.code(), message);
    if (!group.mayBeApplied) {
      List<PendingBatch> given = List.copyOf(group.batches);
      group.batches.clear();
      given.forEach(batch -> writer.fail(batch, unfit.code(), message));
      group.isRefused = true;
      takeBackSequences();
    }
    if (groups.contains(group)) {
      again(group, unfit.reason());
    } else {
      propose();
      cutWhereDue();
    }
  }

  /**
   * Frees the sequences of refused groups at the end. A group that is under way again, empty, may
   * still take its own.
   */
  private void takeBackSequences() {
    List<Group> sent = groups.stream().filter(each -> each.sequence != 0).toList();
    for (int i = sent.size() - 1; i >= 0; i--) {
      Group last = sent.get(i);
      if (!last.isRefused
          || last.mayBeApplied
          || last.state == Group.State.PROPOSED
          || last.sequence != nextSequence - 1) {
        return;
      }
      nextSequence--;
      last.attempt++; // nothing that is planned for it counts
      groups.remove(last);
    }
  }

  private void again(Group group, String why) {
    if (closed) {
      return;
    }
    long attempt = ++group.attempt;
    if (Long.bitCount(attempt) == 1) {
      log.info(
          "group {} of incarnation {} is proposed again: {}", group.sequence, incarnation, why);
    }
    group.state = Group.State.REJECTED;
    group.lastReason = why;
    loop.schedule(
        RETRY_NANOS,
        () -> {
          if (!closed && group.attempt == attempt) {
            group.state = Group.State.READY;
            propose();
          }
        });
  }

  private void answered(Group group, Reply reply) {
    if (reply instanceof Reply.Committed committed) {
      groups.remove(group);
      decided(group, committed);
      propose();
      cutWhereDue();
    } else if (reply instanceof Reply.GroupGap gap) {
      if (gap.expected() > group.sequence) {
        // Applied so long ago that its reply is forgotten: the batches are stored, but nobody knows
        // where.
        forgotten(group);
      } else {
        // A copy of this proposal may still be under way and may be applied once the gap is closed.
        group.mayBeApplied = true;
        again(group, "group " + gap.expected() + " comes first");
      }
    } else if (reply instanceof Reply.Refused refused) {
      refused(group, refused);
    } else {
      throw new IllegalStateException("a commit was answered with " + reply);
    }
  }

  private void decided(Group group, Reply.Committed committed) {
    boolean emptied = group.gaveUp != null && committed.results().isEmpty();
    for (int i = 0; i < group.batches.size(); i++) {
      if (emptied) {
        writer.fail(group.batches.get(i), group.gaveUp.code(), group.gaveUp.message());
      } else {
        writer.decided(group.batches.get(i), committed.results().get(i));
      }
    }
  }

  private void forgotten(Group group) {
    groups.remove(group);
    group.batches.forEach(
        batch ->
            writer.fail(
                batch,
                ErrorCode.UNKNOWN_OUTCOME,
                "the batch may be stored; its offset is not known"));
    cutWhereDue();
  }

  private void refused(Group group, Reply.Refused refused) {
    if (refused.code() == ErrorCode.INCARNATION_CLOSED) {
      group.state = Group.State.READY; // this try is answered: it changed nothing
      writer.incarnationClosed(incarnation);
      return;
    }
    giveUp(group, refused.code(), refused.message());
  }

  /**
   * Proposes an empty group under the same sequence. Its reply decides. Either the empty group took
   * the sequence, and the batches are certainly never stored; or a copy of the proposal with the
   * batches came first, and they are stored.
   */
  private void giveUp(Group group, ErrorCode code, String message) {
    group.gaveUp = new Group.GaveUp(code, message);
    group.attempt++;
    group.state = Group.State.READY;
    propose();
  }

  /** Ends the wait of callers whose time is up. Called now and then. */
  void expire(long nowNanos) {
    for (Group group : List.copyOf(groups)) {
      if (group.batches.isEmpty() || nowNanos < group.batches.get(0).deadlineNanos) {
        continue;
      }
      if (group.state == Group.State.REJECTED && !group.mayBeApplied) {
        // Every try was rejected and no other will contain these batches, so the outcome is certain
        // at once.
        String reason =
            "the coordinator did not take the batch in time, nothing of it is stored: "
                + group.lastReason;
        List<PendingBatch> given = List.copyOf(group.batches);
        group.batches.clear();
        given.forEach(batch -> writer.fail(batch, ErrorCode.UNAVAILABLE, reason));
        giveUp(group, ErrorCode.UNAVAILABLE, reason);
        continue;
      }
      group.batches.forEach(
          batch -> {
            if (nowNanos >= batch.deadlineNanos) {
              batch.timeOut();
            }
          });
    }
    while (!waiting.isEmpty() && nowNanos >= waiting.peekFirst().deadlineNanos) {
      PendingBatch late = waiting.removeFirst();
      waitingBytes -= late.length();
      writer.fail(
          late, ErrorCode.UNAVAILABLE, "the batch could not be stored in time; nothing of it was");
    }
    meters.holds(waiting.size(), waitingBytes, groups.size());
  }

  /** Ends every batch with its certain outcome, because the incarnation is over. */
  void close(String why) {
    closed = true;
    for (Group group : groups) {
      // After the close nothing of this incarnation is applied any more. A group without an answer
      // may have been applied before; a group that was not proposed, or only rejected, was not.
      boolean unknown = group.mayBeApplied || group.state == Group.State.PROPOSED;
      group.batches.forEach(
          batch ->
              writer.fail(
                  batch,
                  unknown ? ErrorCode.UNKNOWN_OUTCOME : ErrorCode.INCARNATION_CLOSED,
                  why
                      + (unknown
                          ? "; the batch may or may not be stored"
                          : "; the batch is not stored")));
    }
    groups.clear();
    waiting.forEach(
        batch ->
            writer.fail(batch, ErrorCode.INCARNATION_CLOSED, why + "; the batch is not stored"));
    waiting.clear();
    waitingBytes = 0;
    meters.holds(0, 0, 0);
  }
}
