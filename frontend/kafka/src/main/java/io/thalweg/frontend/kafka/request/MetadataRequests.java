package io.thalweg.frontend.kafka.request;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.frontend.kafka.group.OffsetsTopic;
import io.thalweg.frontend.kafka.network.ClientRequest;
import io.thalweg.frontend.kafka.network.Handling;
import io.thalweg.frontend.kafka.topic.Broker;
import io.thalweg.frontend.kafka.topic.KafkaErrors;
import io.thalweg.frontend.kafka.topic.Leaders;
import io.thalweg.frontend.kafka.topic.TopicIds;
import io.thalweg.server.api.Authorizer.Operation;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.Resource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.apache.kafka.common.message.DescribeClusterResponseData.DescribeClusterBroker;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData.DescribeTopicPartitionsResponsePartition;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData.DescribeTopicPartitionsResponseTopic;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseBroker;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DescribeClusterRequest;
import org.apache.kafka.common.requests.DescribeClusterResponse;
import org.apache.kafka.common.requests.DescribeTopicPartitionsRequest;
import org.apache.kafka.common.requests.DescribeTopicPartitionsResponse;
import org.apache.kafka.common.requests.MetadataRequest;
import org.apache.kafka.common.requests.MetadataResponse;

/** Says which brokers, topics and partitions there are. Any thread. */
final class MetadataRequests {
  private final DoorContext door;

  MetadataRequests(DoorContext door) {
    this.door = door;
  }

  Handling metadata(ClientRequest request) {
    MetadataRequest body = (MetadataRequest) request.body();
    CompletableFuture<MetadataResponse> response =
        door.brokers()
            .thenCompose(
                brokers ->
                    topics(request, body, brokers)
                        .thenCombine(
                            door.api().clusterId(Principal.SERVER),
                            (topics, cluster) -> response(request, brokers, topics, cluster)));
    return Handling.of(
        response.exceptionally(
            failure ->
                (MetadataResponse) body.getErrorResponse(KafkaErrors.of(failure).exception())));
  }

  private MetadataResponse response(
      ClientRequest request,
      List<Broker> brokers,
      List<MetadataResponseTopic> topics,
      String clusterId) {
    MetadataResponseData data =
        new MetadataResponseData().setClusterId(clusterId).setControllerId(brokers.get(0).id());
    for (Broker broker : brokers) {
      data.brokers()
          .add(
              new MetadataResponseBroker()
                  .setNodeId(broker.id())
                  .setHost(broker.host())
                  .setPort(broker.port()));
    }
    topics.forEach(data.topics()::add);
    if (((MetadataRequest) request.body()).data().includeClusterAuthorizedOperations()) {
      data.setClusterAuthorizedOperations(door.rights().operationsInCluster(request.who()));
    }
    return new MetadataResponse(data, request.version());
  }

  private CompletableFuture<List<MetadataResponseTopic>> topics(
      ClientRequest request, MetadataRequest body, List<Broker> brokers) {
    if (body.isAllTopics()) {
      return door.topics()
          .all(request.who())
          .thenCompose(
              all ->
                  Futures.inTurn(
                      List.copyOf(all.values()), table -> topic(request, table, brokers)));
    }
    List<CompletableFuture<MetadataResponseTopic>> topics = new ArrayList<>();
    for (MetadataRequestTopic asked : body.data().topics()) {
      boolean byId = !asked.topicId().equals(Uuid.ZERO_UUID);
      CompletableFuture<TableInfo> found =
          byId
              ? door.topics().find(request.who(), Operation.DESCRIBE, asked.topicId())
              : find(request.who(), asked.name(), body.allowAutoTopicCreation());
      topics.add(
          found
              .thenCompose(table -> topic(request, table, brokers))
              .exceptionally(failure -> missing(asked, byId, KafkaErrors.of(failure))));
    }
    return Futures.all(topics);
  }

  /** The topic, made if it is missing and may be. */
  private CompletableFuture<TableInfo> find(Principal who, String name, boolean mayCreate) {
    CompletableFuture<TableInfo> found = door.topics().find(who, Operation.DESCRIBE, name);
    if (!mayCreate || !door.autoCreate() || OffsetsTopic.isReserved(name)) {
      return found;
    }
    return found.exceptionallyCompose(
        failure ->
            KafkaErrors.unwrapped(failure) instanceof UnknownTopicOrPartitionException
                ? door.topics()
                    .create(who, name, door.partitions(), Map.of())
                    .exceptionallyCompose(
                        refused ->
                            KafkaErrors.code(refused) == ErrorCode.TABLE_EXISTS
                                ? door.topics().find(who, Operation.DESCRIBE, name)
                                : CompletableFuture.failedFuture(refused))
                : CompletableFuture.failedFuture(failure));
  }

  private static MetadataResponseTopic missing(
      MetadataRequestTopic asked, boolean byId, Errors error) {
    Errors told =
        byId && error == Errors.UNKNOWN_TOPIC_OR_PARTITION ? Errors.UNKNOWN_TOPIC_ID : error;
    return new MetadataResponseTopic()
        .setName(asked.name())
        .setTopicId(asked.topicId())
        .setErrorCode(told.code());
  }

  private CompletableFuture<MetadataResponseTopic> topic(
      ClientRequest request, TableInfo table, List<Broker> brokers) {
    return Leaders.of(door.api(), table, brokers)
        .thenApply(leaders -> topic(request, table, leaders));
  }

  private MetadataResponseTopic topic(ClientRequest request, TableInfo table, Leaders leaders) {
    MetadataResponseTopic topic =
        new MetadataResponseTopic()
            .setName(table.path().fullName())
            .setIsInternal(OffsetsTopic.is(table))
            .setTopicId(TopicIds.of(table.tableId()));
    if (((MetadataRequest) request.body()).data().includeTopicAuthorizedOperations()) {
      topic.setTopicAuthorizedOperations(operations(request, table));
    }
    for (int i = 0; i < table.bucketCount(); i++) {
      List<Integer> leader = List.of(leaders.of(i).id());
      topic
          .partitions()
          .add(
              new MetadataResponsePartition()
                  .setPartitionIndex(i)
                  .setLeaderId(leader.get(0))
                  .setLeaderEpoch(FetchedRecords.LEADER_EPOCH)
                  .setReplicaNodes(leader)
                  .setIsrNodes(leader));
    }
    return topic;
  }

  private int operations(ClientRequest request, TableInfo table) {
    return door.rights().operations(request.who(), new Resource.Table(table.path()));
  }

  Handling cluster(ClientRequest request) {
    DescribeClusterRequest body = (DescribeClusterRequest) request.body();
    return Handling.of(
        door.brokers()
            .thenCombine(
                door.api().clusterId(Principal.SERVER),
                (brokers, cluster) -> {
                  DescribeClusterResponseData data =
                      new DescribeClusterResponseData()
                          .setClusterId(cluster)
                          .setEndpointType(body.data().endpointType())
                          .setControllerId(brokers.get(0).id());
                  for (Broker broker : brokers) {
                    data.brokers()
                        .add(
                            new DescribeClusterBroker()
                                .setBrokerId(broker.id())
                                .setHost(broker.host())
                                .setPort(broker.port()));
                  }
                  if (body.data().includeClusterAuthorizedOperations()) {
                    data.setClusterAuthorizedOperations(
                        door.rights().operationsInCluster(request.who()));
                  }
                  return new DescribeClusterResponse(data);
                })
            .exceptionally(
                failure ->
                    (DescribeClusterResponse)
                        body.getErrorResponse(KafkaErrors.of(failure).exception())));
  }

  /** The partitions of topics in the order of their names, as many as the client takes. */
  Handling partitions(ClientRequest request) {
    DescribeTopicPartitionsRequestData asked =
        ((DescribeTopicPartitionsRequest) request.body()).data();
    return Handling.of(
        door.brokers()
            .thenCompose(
                brokers ->
                    door.topics()
                        .all(request.who())
                        .thenCompose(
                            all ->
                                leaders(names(asked, all), all, brokers)
                                    .thenApply(
                                        leaders -> partitions(request, asked, all, leaders)))));
  }

  /** The names of the topics that are asked for, in their order. */
  private static List<String> names(
      DescribeTopicPartitionsRequestData asked, Map<String, TableInfo> all) {
    return asked.topics().isEmpty()
        ? List.copyOf(all.keySet())
        : asked.topics().stream().map(topic -> topic.name()).sorted().distinct().toList();
  }

  private CompletableFuture<Map<String, Leaders>> leaders(
      List<String> names, Map<String, TableInfo> all, List<Broker> brokers) {
    Map<String, Leaders> leaders = new HashMap<>();
    return Futures.inTurn(
            names.stream().filter(all::containsKey).toList(),
            name ->
                Leaders.of(door.api(), all.get(name), brokers)
                    .thenApply(known -> leaders.put(name, known)))
        .thenApply(done -> leaders);
  }

  private DescribeTopicPartitionsResponse partitions(
      ClientRequest request,
      DescribeTopicPartitionsRequestData asked,
      Map<String, TableInfo> all,
      Map<String, Leaders> leaders) {
    List<String> names = names(asked, all);
    String from = asked.cursor() == null ? "" : asked.cursor().topicName();
    int first = asked.cursor() == null ? 0 : asked.cursor().partitionIndex();
    int room = Math.max(1, asked.responsePartitionLimit());
    DescribeTopicPartitionsResponseData data = new DescribeTopicPartitionsResponseData();
    for (String name : names) {
      if (name.compareTo(from) < 0) {
        continue;
      }
      TableInfo table = all.get(name);
      if (table == null) {
        boolean may = door.rights().mayOnTopic(request.who(), Operation.DESCRIBE, name);
        Errors why = may ? Errors.UNKNOWN_TOPIC_OR_PARTITION : Errors.TOPIC_AUTHORIZATION_FAILED;
        data.topics()
            .add(new DescribeTopicPartitionsResponseTopic().setName(name).setErrorCode(why.code()));
        continue;
      }
      int begin = name.equals(from) ? first : 0;
      int end = Math.min(table.bucketCount(), begin + room);
      if (room == 0 || end < table.bucketCount()) {
        data.setNextCursor(
            new DescribeTopicPartitionsResponseData.Cursor()
                .setTopicName(name)
                .setPartitionIndex(end));
      }
      if (room == 0) {
        break;
      }
      data.topics()
          .add(
              described(name, table, begin, end, leaders.get(name))
                  .setTopicAuthorizedOperations(operations(request, table)));
      room -= end - begin;
      if (data.nextCursor() != null) {
        break;
      }
    }
    return new DescribeTopicPartitionsResponse(data);
  }

  private static DescribeTopicPartitionsResponseTopic described(
      String name, TableInfo table, int begin, int end, Leaders leaders) {
    DescribeTopicPartitionsResponseTopic topic =
        new DescribeTopicPartitionsResponseTopic()
            .setName(name)
            .setTopicId(TopicIds.of(table.tableId()));
    for (int i = begin; i < end; i++) {
      List<Integer> leader = List.of(leaders.of(i).id());
      topic
          .partitions()
          .add(
              new DescribeTopicPartitionsResponsePartition()
                  .setPartitionIndex(i)
                  .setLeaderId(leader.get(0))
                  .setLeaderEpoch(FetchedRecords.LEADER_EPOCH)
                  .setReplicaNodes(leader)
                  .setIsrNodes(leader)
                  .setEligibleLeaderReplicas(List.of())
                  .setLastKnownElr(List.of()));
    }
    return topic;
  }
}
