package io.thalweg.coordinator.api;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.log.MetadataLog;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the log for one life of a coordinator: proposes an {@link Command.OpenLog} until it is
 * applied. On the coordinator's loop.
 */
public final class LogOpening {
  private static final Logger log = LoggerFactory.getLogger(LogOpening.class);
  private static final long RETRY_NANOS = 200_000_000;

  private final CoordinatorNode node;
  private final MetadataLog metadata;
  private final Command.OpenLog command;
  private final CompletableFuture<Void> opened = new CompletableFuture<>();

  /**
   * An opening that has not begun.
   *
   * @param command with a nonce that is drawn for this life and was never used before
   */
  public LogOpening(CoordinatorNode node, MetadataLog metadata, Command.OpenLog command) {
    this.node = node;
    this.metadata = metadata;
    this.command = command;
  }

  /** Begins; once. The future completes, on the loop, when the log is open. */
  public CompletableFuture<Void> start() {
    node.loop().execute(this::propose);
    return opened;
  }

  private void propose() {
    var append = metadata.append(List.of(ByteBuffer.wrap(CoordinatorNode.entryHead(command))));
    node.loop()
        .handle(
            append,
            (outcome, failure) -> {
              if (outcome instanceof MetadataLog.Committed) {
                node.opened();
                opened.complete(null);
              } else {
                log.debug("the log is not open yet, trying again: {}", outcome, failure);
                node.loop().schedule(RETRY_NANOS, this::propose);
              }
            });
  }
}
