package io.thalweg.frontend.kafka.request;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.frontend.kafka.group.OffsetsTopic;
import io.thalweg.frontend.kafka.network.Answer;
import io.thalweg.frontend.kafka.network.ClientRequest;
import io.thalweg.frontend.kafka.network.Handling;
import io.thalweg.frontend.kafka.quota.Mutations;
import io.thalweg.frontend.kafka.topic.KafkaErrors;
import io.thalweg.frontend.kafka.topic.TopicConfigs;
import io.thalweg.frontend.kafka.topic.TopicIds;
import io.thalweg.server.api.Authorizer.Operation;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidReplicaAssignmentException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicConfigs;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicResult;
import org.apache.kafka.common.message.DeleteTopicsRequestData.DeleteTopicState;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.message.DeleteTopicsResponseData.DeletableTopicResult;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.CreateTopicsRequest;
import org.apache.kafka.common.requests.CreateTopicsResponse;
import org.apache.kafka.common.requests.DeleteTopicsRequest;
import org.apache.kafka.common.requests.DeleteTopicsResponse;

/** Makes and drops topics. Any thread. */
final class TopicRequests {
  /** What tools show: one copy on the servers' side, the object store keeps as many as it does. */
  private static final short REPLICAS = 1;

  private static final int FIRST_WITH_DEFAULTS = 4;

  private final DoorContext door;

  TopicRequests(DoorContext door) {
    this.door = door;
  }

  Handling create(ClientRequest request) {
    CreateTopicsRequest body = (CreateTopicsRequest) request.body();
    Mutations mutations = door.quotas().mutations(request);
    Set<String> seen = new HashSet<>();
    Set<String> twice = new HashSet<>();
    body.data()
        .topics()
        .forEach(
            topic -> {
              if (!seen.add(topic.name())) {
                twice.add(topic.name());
              }
            });
    List<CompletableFuture<CreatableTopicResult>> results = new ArrayList<>();
    for (CreatableTopic topic : body.data().topics()) {
      if (seen.remove(topic.name())) {
        CompletableFuture<CreatableTopicResult> made =
            twice.contains(topic.name())
                ? CompletableFuture.failedFuture(
                    new InvalidRequestException("the request names the topic twice"))
                : create(request, topic, body.data().validateOnly(), mutations);
        results.add(made.exceptionally(failure -> failed(topic.name(), failure)));
      }
    }
    return Handling.ofAnswer(
        Futures.all(results)
            .thenApply(
                all -> {
                  CreateTopicsResponseData data = new CreateTopicsResponseData();
                  all.forEach(data.topics()::add);
                  return Answer.delayed(new CreateTopicsResponse(data), mutations.delayMillis());
                }));
  }

  private static CreatableTopicResult failed(String topic, Throwable failure) {
    return new CreatableTopicResult()
        .setName(topic)
        .setErrorCode(KafkaErrors.of(failure).code())
        .setErrorMessage(KafkaErrors.message(failure));
  }

  private CompletableFuture<CreatableTopicResult> create(
      ClientRequest request, CreatableTopic topic, boolean only, Mutations mutations) {
    int partitions;
    Map<String, String> properties;
    try {
      Topic.validate(topic.name());
      OffsetsTopic.checkMayMake(topic.name());
      partitions = partitions(topic, request.version());
      Map<String, String> configs = new LinkedHashMap<>();
      topic.configs().forEach(each -> configs.put(each.name(), each.value()));
      properties = TopicConfigs.properties(configs);
    } catch (RuntimeException refused) {
      return CompletableFuture.failedFuture(refused);
    }
    if (only) {
      return door.topics()
          .find(request.who(), Operation.CREATE, topic.name())
          .handle(
              (found, failure) -> {
                if (failure == null) {
                  throw new TopicExistsException("topic '" + topic.name() + "' exists already");
                }
                if (!(KafkaErrors.unwrapped(failure) instanceof UnknownTopicOrPartitionException)) {
                  throw new java.util.concurrent.CompletionException(
                      KafkaErrors.unwrapped(failure));
                }
                return new CreatableTopicResult()
                    .setName(topic.name())
                    .setNumPartitions(partitions)
                    .setReplicationFactor(REPLICAS);
              });
    }
    return mutations
        .within(
            partitions,
            () -> door.topics().create(request.who(), topic.name(), partitions, properties))
        .thenApply(table -> created(topic.name(), table));
  }

  private int partitions(CreatableTopic topic, short version) {
    if (!topic.assignments().isEmpty()) {
      if (topic.numPartitions() != -1 || topic.replicationFactor() != -1) {
        throw new InvalidRequestException(
            "give either assignments, or numbers of partitions and replicas");
      }
      Set<Integer> indexes = new HashSet<>();
      topic.assignments().forEach(each -> indexes.add(each.partitionIndex()));
      for (int i = 0; i < topic.assignments().size(); i++) {
        if (!indexes.contains(i)) {
          throw new InvalidReplicaAssignmentException("the assignments leave out partition " + i);
        }
      }
      return topic.assignments().size();
    }
    boolean defaults = version >= FIRST_WITH_DEFAULTS;
    if (topic.replicationFactor() == 0 || topic.replicationFactor() < -1) {
      throw new InvalidReplicationFactorException("the replication factor must be positive");
    }
    if (topic.numPartitions() == -1 && defaults) {
      return door.partitions();
    }
    if (topic.numPartitions() < 1 || topic.numPartitions() > TableDescriptor.MAX_BUCKETS) {
      throw new InvalidPartitionsException(
          "a topic has 1 to "
              + TableDescriptor.MAX_BUCKETS
              + " partitions, not "
              + topic.numPartitions());
    }
    return topic.numPartitions();
  }

  private static CreatableTopicResult created(String name, TableInfo table) {
    CreatableTopicResult result =
        new CreatableTopicResult()
            .setName(name)
            .setTopicId(TopicIds.of(table.tableId()))
            .setNumPartitions(table.bucketCount())
            .setReplicationFactor(REPLICAS);
    TopicConfigs configs = TopicConfigs.of(table);
    Set<String> given = configs.given().keySet();
    configs
        .all()
        .forEach(
            (config, value) ->
                result
                    .configs()
                    .add(
                        new CreatableTopicConfigs()
                            .setName(config)
                            .setValue(value)
                            .setConfigSource(ConfigRequests.source(given.contains(config)))));
    return result;
  }

  Handling delete(ClientRequest request) {
    DeleteTopicsRequest body = (DeleteTopicsRequest) request.body();
    Mutations mutations = door.quotas().mutations(request);
    List<CompletableFuture<DeletableTopicResult>> results = new ArrayList<>();
    for (DeleteTopicState topic : body.topics()) {
      results.add(delete(request, topic, mutations));
    }
    return Handling.ofAnswer(
        Futures.all(results)
            .thenApply(
                all -> {
                  DeleteTopicsResponseData data = new DeleteTopicsResponseData();
                  all.forEach(data.responses()::add);
                  return Answer.delayed(new DeleteTopicsResponse(data), mutations.delayMillis());
                }));
  }

  private CompletableFuture<DeletableTopicResult> delete(
      ClientRequest request, DeleteTopicState topic, Mutations mutations) {
    boolean byId = !topic.topicId().equals(Uuid.ZERO_UUID);
    if (byId == (topic.name() != null)) {
      return CompletableFuture.completedFuture(
          new DeletableTopicResult()
              .setName(topic.name())
              .setTopicId(topic.topicId())
              .setErrorCode(Errors.INVALID_REQUEST.code())
              .setErrorMessage("name a topic by its name or by its id"));
    }
    CompletableFuture<TableInfo> found =
        byId
            ? door.topics().find(request.who(), Operation.DESCRIBE, topic.topicId())
            : door.topics().find(request.who(), Operation.DESCRIBE, topic.name());
    return found
        .thenCompose(
            table -> {
              OffsetsTopic.checkNot(table.path().fullName());
              return mutations
                  .within(table.bucketCount(), () -> door.topics().drop(request.who(), table))
                  .thenApply(done -> table);
            })
        .handle(
            (table, failure) -> {
              if (failure == null) {
                return new DeletableTopicResult()
                    .setName(table.path().fullName())
                    .setTopicId(TopicIds.of(table.tableId()));
              }
              Errors error = KafkaErrors.of(failure);
              boolean gone = KafkaErrors.code(failure) == ErrorCode.TABLE_NOT_FOUND;
              return new DeletableTopicResult()
                  .setName(topic.name())
                  .setTopicId(topic.topicId())
                  .setErrorCode(byId && gone ? Errors.UNKNOWN_TOPIC_ID.code() : error.code())
                  .setErrorMessage(KafkaErrors.message(failure));
            });
  }
}
