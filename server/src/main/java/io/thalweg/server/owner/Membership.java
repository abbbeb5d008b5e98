package io.thalweg.server.owner;

import io.thalweg.coordinator.state.Command;
import io.thalweg.coordinator.state.Reply;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.replica.Proposer;
import java.time.Duration;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps this server a member: opens an incarnation, says that it lives, and opens the next one when
 * the cluster closed it. Owned by the server's loop.
 */
public final class Membership {
  private static final Logger log = LoggerFactory.getLogger(Membership.class);
  private static final long RETRY_NANOS = Duration.ofMillis(200).toNanos();

  private final EventLoop loop;
  private final Clock clock;
  private final Proposer proposer;
  private final ServerIdentity identity;
  private final Supplier<String> clusterId;
  private final long heartbeatNanos;
  private final LongConsumer opened;
  private final LongConsumer closed;
  private long incarnation;
  private boolean ended;

  /**
   * A server that is no member yet.
   *
   * @param clusterId which cluster this server has found its object store to be of
   * @param opened hears the number of each new incarnation
   * @param closed hears the number of an incarnation that the cluster closed
   */
  public Membership(
      EventLoop loop,
      Clock clock,
      Proposer proposer,
      ServerIdentity identity,
      Supplier<String> clusterId,
      Duration heartbeat,
      LongConsumer opened,
      LongConsumer closed) {
    this.loop = loop;
    this.clock = clock;
    this.proposer = proposer;
    this.identity = identity;
    this.clusterId = clusterId;
    this.heartbeatNanos = heartbeat.toNanos();
    this.opened = opened;
    this.closed = closed;
  }

  /** Joins, trying until it succeeds. */
  public void join() {
    if (ended) {
      return;
    }
    loop.handle(
        proposer.propose(
            new Command.OpenIncarnation(
                identity.serverId(), identity.endpoints(), clusterId.get(), clock.wallMillis())),
        (reply, failure) -> {
          if (ended) {
            return;
          }
          if (reply instanceof Reply.IncarnationOpened now) {
            incarnation = now.incarnation();
            log.info("server {} joined as incarnation {}", identity.serverId(), incarnation);
            opened.accept(incarnation);
            beatLater(incarnation);
          } else {
            log.info("joining did not succeed, trying again: {}", String.valueOf(failure));
            loop.schedule(RETRY_NANOS, this::join);
          }
        });
  }

  private void beatLater(long mine) {
    loop.schedule(
        heartbeatNanos,
        () -> {
          if (!ended && incarnation == mine) {
            beat(mine);
          }
        });
  }

  private void beat(long mine) {
    loop.handle(
        proposer.propose(new Command.Heartbeat(mine, clock.wallMillis())),
        (reply, failure) -> {
          if (ended || incarnation != mine) {
            return;
          }
          if (failure instanceof ThalwegException refused
              && refused.code() == ErrorCode.INCARNATION_CLOSED) {
            lost(mine);
          } else {
            beatLater(mine);
          }
        });
  }

  /** The cluster closed {@code number}: joins anew unless that happened already. */
  public void lost(long number) {
    if (ended || incarnation != number) {
      return;
    }
    log.warn(
        "the cluster closed incarnation {} of server {}; joining anew",
        number,
        identity.serverId());
    incarnation = 0;
    closed.accept(number);
    join();
  }

  /** Tries and says nothing more; the incarnation is left to the cluster. */
  public void end() {
    ended = true;
  }

  /** Leaves: closes the incarnation as far as the coordinator can be reached. */
  public void leave() {
    if (!ended && incarnation != 0) {
      loop.handle(
          proposer.propose(new Command.CloseIncarnation(incarnation, clock.wallMillis())),
          (reply, failure) -> log.debug("left: {}", reply, failure));
    }
    ended = true;
  }
}
