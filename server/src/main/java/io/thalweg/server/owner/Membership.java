package io.thalweg.server.owner;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.state.Incarnations.Incarnation;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.context.ServerContext;
import io.thalweg.server.replica.Proposer;
import io.thalweg.server.replica.Replica;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps this server a member of the cluster: opens an incarnation, sends heartbeats, and opens the
 * next incarnation after the cluster closed this one. Owned by the server's loop.
 */
public final class Membership {
  private static final Logger log = LoggerFactory.getLogger(Membership.class);
  private static final long RETRY_NANOS = Duration.ofMillis(200).toNanos();

  private final EventLoop loop;
  private final Clock clock;
  private final Proposer proposer;
  private final ServerIdentity identity;
  private final Replica replica;
  private final long heartbeatNanos;
  private final Events events;
  private long incarnation;
  private long tries;
  private boolean ended;

  /** Learns, on the server's loop, of changes of the membership. */
  public interface Events {
    /** {@code incarnation} is open. */
    void joined(long incarnation);

    /** The cluster closed {@code incarnation}. */
    void left(long incarnation);

    /** Another process has taken this server's name. */
    void replaced(ThalwegException why);
  }

  /**
   * A server that is not a member yet.
   *
   * @param context with a replica of the cluster that owns the object store
   */
  public Membership(
      ServerContext context, ServerIdentity identity, Duration heartbeat, Events events) {
    this.loop = context.loop();
    this.clock = context.clock();
    this.proposer = context.proposer();
    this.identity = identity;
    this.replica = context.replica();
    this.heartbeatNanos = heartbeat.toNanos();
    this.events = events;
  }

  /** Joins, trying until it succeeds. */
  public void join() {
    if (ended) {
      return;
    }
    loop.handle(
        proposer.propose(
            new Command.OpenIncarnation(
                identity.serverId(),
                identity.endpoints(),
                replica.state().lineage().clusterId(),
                clock.wallMillis())),
        (reply, failure) -> {
          if (ended) {
            return;
          }
          if (reply instanceof Reply.IncarnationOpened now) {
            incarnation = now.incarnation();
            tries = 0;
            log.info("server {} joined as incarnation {}", identity.serverId(), incarnation);
            events.joined(incarnation);
            beatLater(incarnation);
          } else {
            tries++;
            if (Long.bitCount(tries) == 1) {
              log.info("joining did not succeed, trying again: {}", String.valueOf(failure));
            }
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

  /** Notes that the cluster closed {@code number}; joins again unless that happened already. */
  public void lost(long number) {
    if (ended || incarnation != number) {
      return;
    }
    incarnation = 0;
    events.left(number);
    loop.handle(
        replica.current(),
        (current, unknown) -> {
          Optional<Incarnation> other = other();
          if (ended) {
            return;
          }
          if (other.isPresent()) {
            events.replaced(taken(other.get()));
            return;
          }
          log.warn(
              "the cluster closed incarnation {} of server {}; joining anew",
              number,
              identity.serverId());
          join();
        });
  }

  /** Another process that has joined under this server's name, and serves elsewhere. */
  private Optional<Incarnation> other() {
    return replica.state().incarnations().open().stream()
        .filter(each -> each.serverId().equals(identity.serverId()))
        .filter(each -> !each.endpoints().equals(identity.endpoints()))
        .findFirst();
  }

  private ThalwegException taken(Incarnation other) {
    return new ThalwegException(
        ErrorCode.INVALID_REQUEST,
        "another process has joined under the name '"
            + identity.serverId()
            + "' and serves at "
            + String.join(", ", other.endpoints().values())
            + "; this one ends. Give each server an --id (server.id) of its own");
  }

  /** Stops without another message; the cluster closes the incarnation later. */
  public void end() {
    ended = true;
  }

  /** Leaves the cluster: closes the incarnation if the coordinator can be reached. */
  public void leave() {
    if (!ended && incarnation != 0) {
      loop.handle(
          proposer.propose(new Command.CloseIncarnation(incarnation, true, clock.wallMillis())),
          (reply, failure) -> log.debug("left: {}", reply, failure));
    }
    ended = true;
  }
}
