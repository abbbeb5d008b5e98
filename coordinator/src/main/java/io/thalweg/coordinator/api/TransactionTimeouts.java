package io.thalweg.coordinator.api;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.log.MetadataLog;
import io.thalweg.coordinator.state.ClusterState;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends transactions that are open for longer than their writers allowed, and has writers forgotten
 * that are idle for long. It goes by cluster time, so a coordinator's clock alone ends nothing.
 * Runs on the coordinator's loop; where another coordinator leads, its proposals come to nothing.
 */
public final class TransactionTimeouts {
  private static final Logger log = LoggerFactory.getLogger(TransactionTimeouts.class);
  private static final long PERIOD_NANOS = Duration.ofSeconds(2).toNanos();

  private final CoordinatorNode node;
  private final MetadataLog metadata;

  /** Looks at the transactions of {@code node} and proposes through {@code metadata}. */
  public TransactionTimeouts(CoordinatorNode node, MetadataLog metadata) {
    this.node = node;
    this.metadata = metadata;
  }

  /** Begins to look; once. */
  public void start() {
    node.loop().schedule(PERIOD_NANOS, this::tick);
  }

  private void tick() {
    ClusterState state = node.state();
    if (state.transactions().isExpireDue(state.clusterTimeMillis())) {
      byte[] entry = CoordinatorNode.entryHead(new Command.ExpireTransactions());
      node.loop()
          .handle(
              metadata.append(List.of(ByteBuffer.wrap(entry))),
              (outcome, failure) -> {
                if (!(outcome instanceof MetadataLog.Committed)) {
                  log.info(
                      "overdue transactions are not ended yet, it is tried again: {}",
                      outcome,
                      failure);
                }
                start();
              });
    } else {
      start();
    }
  }
}
