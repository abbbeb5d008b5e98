package io.thalweg.frontend.kafka.request;

import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.stats.BucketStatistics;
import io.thalweg.frontend.kafka.network.ClientRequest;
import io.thalweg.frontend.kafka.network.Handling;
import io.thalweg.frontend.kafka.topic.Broker;
import io.thalweg.frontend.kafka.topic.KafkaErrors;
import io.thalweg.server.api.Principal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntPredicate;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.DescribeLogDirsRequestData.DescribableLogDirTopicCollection;
import org.apache.kafka.common.message.DescribeLogDirsResponseData;
import org.apache.kafka.common.message.DescribeLogDirsResponseData.DescribeLogDirsPartition;
import org.apache.kafka.common.message.DescribeLogDirsResponseData.DescribeLogDirsResult;
import org.apache.kafka.common.message.DescribeLogDirsResponseData.DescribeLogDirsTopic;
import org.apache.kafka.common.message.ListConfigResourcesResponseData;
import org.apache.kafka.common.message.ListPartitionReassignmentsResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DescribeLogDirsRequest;
import org.apache.kafka.common.requests.DescribeLogDirsResponse;
import org.apache.kafka.common.requests.ListConfigResourcesRequest;
import org.apache.kafka.common.requests.ListConfigResourcesResponse;
import org.apache.kafka.common.requests.ListPartitionReassignmentsResponse;

/** Answers what only tools ask. Any thread. */
final class ToolRequests {
  /** The one place of all records, which has no size of its own. */
  private static final String LOG_DIR = "object-store";

  private final DoorContext door;

  ToolRequests(DoorContext door) {
    this.door = door;
  }

  /** Partitions have no replicas that could move. */
  Handling reassignments(ClientRequest request) {
    return Handling.of(
        new ListPartitionReassignmentsResponse(new ListPartitionReassignmentsResponseData()));
  }

  /** What has configs, of the kinds that the client asks for. */
  Handling configResources(ClientRequest request) {
    ListConfigResourcesRequest body = (ListConfigResourcesRequest) request.body();
    Set<Byte> kinds = new HashSet<>(body.data().resourceTypes());
    if (kinds.isEmpty()) {
      kinds.addAll(body.supportedResourceTypes());
    }
    if (!body.supportedResourceTypes().containsAll(kinds)) {
      return Handling.of(body.getErrorResponse(Errors.UNSUPPORTED_VERSION.exception()));
    }
    CompletableFuture<List<String>> topics =
        kinds.contains(ConfigResource.Type.TOPIC.id())
            ? door.topics().all(request.who()).thenApply(all -> List.copyOf(all.keySet()))
            : CompletableFuture.completedFuture(List.of());
    CompletableFuture<List<String>> brokers =
        kinds.contains(ConfigResource.Type.BROKER.id())
            ? door.brokers()
                .thenApply(all -> all.stream().map(each -> Integer.toString(each.id())).toList())
            : CompletableFuture.completedFuture(List.of());
    return Handling.of(
        topics
            .thenCombine(
                brokers,
                (names, ids) -> {
                  ListConfigResourcesResponseData data = new ListConfigResourcesResponseData();
                  add(data, ConfigResource.Type.TOPIC, names);
                  add(data, ConfigResource.Type.BROKER, ids);
                  return new ListConfigResourcesResponse(data);
                })
            .exceptionally(
                failure -> body.getErrorResponse(0, KafkaErrors.of(failure).exception())));
  }

  private static void add(
      ListConfigResourcesResponseData data, ConfigResource.Type type, List<String> names) {
    for (String name : names) {
      data.configResources()
          .add(
              new ListConfigResourcesResponseData.ConfigResource()
                  .setResourceType(type.id())
                  .setResourceName(name));
    }
  }

  /**
   * The sizes of this server's share of the partitions, by {@link Broker#leader} whoever owns their
   * rows: what all servers answer together is everything once.
   */
  Handling logDirs(ClientRequest request) {
    DescribeLogDirsRequest body = (DescribeLogDirsRequest) request.body();
    return Handling.of(
        door.brokers()
            .thenCombine(
                door.topics().all(request.who()), (brokers, all) -> asked(body, all, brokers))
            .thenCompose(asked -> Futures.inTurn(asked, this::sizes))
            .thenApply(
                topics ->
                    new DescribeLogDirsResponse(
                        new DescribeLogDirsResponseData()
                            .setResults(
                                List.of(
                                    new DescribeLogDirsResult()
                                        .setLogDir(LOG_DIR)
                                        .setTopics(
                                            topics.stream().flatMap(Optional::stream).toList())
                                        .setTotalBytes(DescribeLogDirsResponse.UNKNOWN_VOLUME_BYTES)
                                        .setUsableBytes(
                                            DescribeLogDirsResponse.UNKNOWN_VOLUME_BYTES)))))
            .exceptionally(
                failure ->
                    (DescribeLogDirsResponse)
                        body.getErrorResponse(KafkaErrors.of(failure).exception())));
  }

  /** A topic and those of its partitions that are to be told. */
  private record Asked(String topic, TableInfo table, IntPredicate partitions) {}

  private List<Asked> asked(
      DescribeLogDirsRequest body, Map<String, TableInfo> all, List<Broker> brokers) {
    DescribableLogDirTopicCollection named = body.data().topics();
    List<Asked> asked = new ArrayList<>();
    all.forEach(
        (name, table) -> {
          IntPredicate here =
              each -> Broker.leader(brokers, table.tableId(), each).id() == door.self().id();
          if (named == null) {
            asked.add(new Asked(name, table, here));
          } else if (named.find(name) != null) {
            Set<Integer> wanted = Set.copyOf(named.find(name).partitions());
            asked.add(new Asked(name, table, here.and(wanted::contains)));
          }
        });
    return asked;
  }

  /** Nothing for a topic that is gone. */
  private CompletableFuture<Optional<DescribeLogDirsTopic>> sizes(Asked asked) {
    return door.api()
        .statistics(Principal.SERVER, asked.table.path(), OptionalInt.empty(), Map.of(), false)
        .handle(
            (known, failure) -> {
              DescribeLogDirsTopic topic = new DescribeLogDirsTopic().setName(asked.topic);
              if (failure == null) {
                for (BucketStatistics each : known.buckets()) {
                  if (asked.partitions.test(each.bucket())) {
                    topic
                        .partitions()
                        .add(
                            new DescribeLogDirsPartition()
                                .setPartitionIndex(each.bucket())
                                .setPartitionSize(each.bytes()));
                  }
                }
              }
              return topic.partitions().isEmpty() ? Optional.empty() : Optional.of(topic);
            });
  }
}
