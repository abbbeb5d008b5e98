package io.thalweg.coordinator.api;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.log.MetadataLog;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Proposes owners for buckets without a living owner, as {@link OwnerPolicy} decides. Each
 * assignment names the epoch that it knows, and the state refuses an outdated one. On the
 * coordinator's loop.
 */
public final class OwnerAssigner {
  private static final Logger log = LoggerFactory.getLogger(OwnerAssigner.class);

  /** Most assignments in one entry, which then stays far below the largest entry of the log. */
  private static final int MOST = 20_000;

  private final CoordinatorNode node;
  private final MetadataLog metadata;
  private final long waitNanos;
  private final long retryNanos;
  private final Set<Long> awaited = new HashSet<>();
  private boolean underWay;

  /** Assigns the buckets of {@code node} and proposes through {@code metadata}. */
  public OwnerAssigner(CoordinatorNode node, MetadataLog metadata, CoordinatorConfig config) {
    this.node = node;
    this.metadata = metadata;
    this.waitNanos = config.ownerReturnWait().toNanos();
    this.retryNanos = config.sessionTimeout().toNanos() / 5;
  }

  /** Begins to assign once this member has opened the log; once. */
  public void start() {
    node.loop()
        .execute(
            () -> {
              node.listen(this::applied);
              node.whenOpened(this::assign);
              next();
            });
  }

  private void next() {
    node.loop()
        .schedule(
            retryNanos,
            () -> {
              assign();
              next();
            });
  }

  private void applied(long index, Command command, Reply reply) {
    switch (command.kind()) {
      case CLOSE_INCARNATION -> {
        Command.CloseIncarnation close = (Command.CloseIncarnation) command;
        if (close.returning()) {
          long number = close.incarnation();
          awaited.add(number);
          node.loop().schedule(waitNanos, () -> waited(number));
        }
        assign();
      }
      case CREATE_TABLE, CREATE_PARTITION, OPEN_INCARNATION, OPEN_LOG, ASSIGN_OWNERS -> assign();
      default -> {}
    }
  }

  private void waited(long incarnation) {
    awaited.remove(incarnation);
    assign();
  }

  private void assign() {
    if (underWay || !node.isOpened()) {
      return;
    }
    List<Command.Assignment> due = OwnerPolicy.due(node.state(), awaited::contains, MOST);
    if (due.isEmpty()) {
      return;
    }
    underWay = true;
    Command command = new Command.AssignOwners(due);
    node.loop()
        .handle(
            metadata.append(List.of(ByteBuffer.wrap(CoordinatorNode.entryHead(command)))),
            (outcome, failure) -> {
              underWay = false;
              if (outcome instanceof MetadataLog.Committed) {
                assign();
              } else {
                log.info(
                    "assigning owners did not succeed, it is tried again: {}", outcome, failure);
              }
            });
  }
}
