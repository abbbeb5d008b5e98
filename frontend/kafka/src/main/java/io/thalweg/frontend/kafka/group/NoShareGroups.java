package io.thalweg.frontend.kafka.group;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.server.util.PartitionMetadataClient;

/** What the coordinator asks for share groups alone, which this door does not serve. */
final class NoShareGroups implements PartitionMetadataClient {
  @Override
  public Map<TopicPartition, CompletableFuture<OffsetResponse>> listLatestOffsets(
      Set<TopicPartition> partitions) {
    return partitions.stream()
        .collect(
            Collectors.toMap(
                each -> each,
                each -> CompletableFuture.failedFuture(Errors.UNSUPPORTED_VERSION.exception())));
  }

  @Override
  public void close() {
    // Holds nothing.
  }
}
