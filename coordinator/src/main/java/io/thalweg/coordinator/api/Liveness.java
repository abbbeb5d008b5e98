package io.thalweg.coordinator.api;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.log.MetadataLog;
import io.thalweg.coordinator.state.Incarnations.Incarnation;
import io.thalweg.runtime.Clock;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Proposes to close incarnations that give no sign of life. It measures by the monotonic clock of
 * this member. Only the entry decides, once it is applied. On the coordinator's loop.
 */
public final class Liveness {
  private static final Logger log = LoggerFactory.getLogger(Liveness.class);

  private final CoordinatorNode node;
  private final MetadataLog metadata;
  private final Clock clock;
  private final long timeoutNanos;
  private final Map<Long, Long> lastSeenNanos = new TreeMap<>();
  private long lastTickNanos;

  /** Watches the incarnations of {@code node} and proposes through {@code metadata}. */
  public Liveness(
      CoordinatorNode node, MetadataLog metadata, Clock clock, CoordinatorConfig config) {
    this.node = node;
    this.metadata = metadata;
    this.clock = clock;
    this.timeoutNanos = config.sessionTimeout().toNanos();
  }

  /** Begins to watch; once. */
  public void start() {
    node.loop()
        .execute(
            () -> {
              node.listen(this::applied);
              lastTickNanos = clock.nanoTime();
              next();
            });
  }

  private void next() {
    node.loop().schedule(timeoutNanos / 5, this::tick);
  }

  private void applied(long index, Command command, Reply reply) {
    if (command instanceof Command.Heartbeat beat) {
      lastSeenNanos.put(beat.incarnation(), clock.nanoTime());
    } else if (command instanceof Command.Commit commit) {
      lastSeenNanos.put(commit.incarnation(), clock.nanoTime());
    } else if (reply instanceof Reply.IncarnationOpened opened) {
      lastSeenNanos.put(opened.incarnation(), clock.nanoTime());
    }
  }

  /**
   * Notes that an entry was refused for lack of room: the server that proposed it lives, although
   * the log does not show it. Any thread.
   */
  public void refused(Command command) {
    long from =
        command instanceof Command.Heartbeat beat
            ? beat.incarnation()
            : command instanceof Command.Commit commit ? commit.incarnation() : 0;
    if (from != 0) {
      node.loop()
          .execute(() -> lastSeenNanos.computeIfPresent(from, (n, then) -> clock.nanoTime()));
    }
  }

  private void tick() {
    long now = clock.nanoTime();
    boolean stalled = now - lastTickNanos > timeoutNanos / 2;
    lastTickNanos = now;
    if (stalled) {
      // This process itself was paused, so silence proves nothing: every incarnation starts afresh.
      lastSeenNanos.clear();
    }
    lastSeenNanos.keySet().removeIf(number -> !node.state().incarnations().isOpen(number));
    for (Incarnation open : node.state().incarnations().open()) {
      long seen = lastSeenNanos.computeIfAbsent(open.number(), unseen -> now);
      if (now - seen > timeoutNanos) {
        log.warn(
            "closing incarnation {} of server {}: silent for {} ms",
            open.number(),
            open.serverId(),
            (now - seen) / 1_000_000);
        lastSeenNanos.put(open.number(), now);
        propose(new Command.CloseIncarnation(open.number(), false, clock.wallMillis()));
      }
    }
    next();
  }

  private void propose(Command command) {
    var append = metadata.append(List.of(ByteBuffer.wrap(CoordinatorNode.entryHead(command))));
    node.loop()
        .handle(
            append,
            (outcome, failure) -> {
              if (!(outcome instanceof MetadataLog.Committed)) {
                log.info(
                    "closing an incarnation did not succeed, it is tried again: {}",
                    outcome,
                    failure);
              }
            });
  }
}
