package io.thalweg.frontend.kafka.request;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.frontend.kafka.group.OffsetsTopic;
import io.thalweg.frontend.kafka.network.ClientRequest;
import io.thalweg.frontend.kafka.network.Handling;
import io.thalweg.frontend.kafka.topic.KafkaErrors;
import io.thalweg.frontend.kafka.topic.TopicConfigs;
import io.thalweg.server.api.Authorizer.Operation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsTopic;
import org.apache.kafka.common.message.DeleteRecordsResponseData;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsPartitionResult;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsTopicResult;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DeleteRecordsRequest;
import org.apache.kafka.common.requests.DeleteRecordsResponse;

/** Deletes the oldest records of partitions. Any thread. */
final class DeletionRequests {
  private final DoorContext door;

  DeletionRequests(DoorContext door) {
    this.door = door;
  }

  Handling delete(ClientRequest request) {
    DeleteRecordsRequest body = (DeleteRecordsRequest) request.body();
    List<CompletableFuture<DeleteRecordsTopicResult>> topics = new ArrayList<>();
    offsets(body.data().topics())
        .forEach(
            (topic, offsets) -> {
              CompletableFuture<TableInfo> table = find(request, topic);
              List<CompletableFuture<DeleteRecordsPartitionResult>> parts = new ArrayList<>();
              offsets.forEach(
                  (partition, before) ->
                      parts.add(
                          table
                              .thenCompose(found -> delete(request, found, partition, before))
                              .handle((start, failure) -> result(partition, start, failure))));
              topics.add(Futures.all(parts).thenApply(all -> result(topic, all)));
            });
    return Handling.of(
        Futures.all(topics)
            .thenApply(
                all -> {
                  DeleteRecordsResponseData data = new DeleteRecordsResponseData();
                  all.forEach(data.topics()::mustAdd);
                  return new DeleteRecordsResponse(data);
                }));
  }

  /** By topic and partition. Of one that is named twice, the last offset counts, as with Kafka. */
  private static Map<String, Map<Integer, Long>> offsets(List<DeleteRecordsTopic> topics) {
    Map<String, Map<Integer, Long>> offsets = new LinkedHashMap<>();
    for (DeleteRecordsTopic topic : topics) {
      Map<Integer, Long> ofTopic =
          offsets.computeIfAbsent(topic.name(), none -> new LinkedHashMap<>());
      topic.partitions().forEach(each -> ofTopic.put(each.partitionIndex(), each.offset()));
    }
    return offsets;
  }

  private CompletableFuture<TableInfo> find(ClientRequest request, String topic) {
    try {
      OffsetsTopic.checkNot(topic);
    } catch (RuntimeException refused) {
      return CompletableFuture.failedFuture(refused);
    }
    return door.topics().find(request.who(), Operation.DROP, topic);
  }

  private CompletableFuture<Long> delete(
      ClientRequest request, TableInfo table, int partition, long beforeOffset) {
    if (!table.hasBucket(partition)) {
      throw Errors.UNKNOWN_TOPIC_OR_PARTITION.exception();
    }
    if (!TopicConfigs.of(table).isDeleting()) {
      throw new PolicyViolationException(
          "the topic's cleanup.policy is compact: records go when later ones have their keys");
    }
    if (!table.schema().primaryKey().isEmpty()) {
      throw new PolicyViolationException(
          "the topic is the changelog of a table with a primary key, whose rows are restored from"
              + " it");
    }
    OptionalLong before =
        beforeOffset == DeleteRecordsRequest.HIGH_WATERMARK
            ? OptionalLong.empty()
            : OptionalLong.of(beforeOffset);
    return door.api()
        .deleteRecords(request.who(), table, partition, before)
        .whenComplete(
            (start, failure) -> {
              if (KafkaErrors.code(failure) == ErrorCode.TABLE_NOT_FOUND) {
                door.topics().forget(table);
              }
            });
  }

  private static DeleteRecordsPartitionResult result(int partition, Long start, Throwable failure) {
    return new DeleteRecordsPartitionResult()
        .setPartitionIndex(partition)
        .setLowWatermark(failure == null ? start : DeleteRecordsResponse.INVALID_LOW_WATERMARK)
        .setErrorCode(failure == null ? 0 : KafkaErrors.of(failure).code());
  }

  private static DeleteRecordsTopicResult result(
      String topic, List<DeleteRecordsPartitionResult> parts) {
    DeleteRecordsTopicResult result = new DeleteRecordsTopicResult().setName(topic);
    parts.forEach(result.partitions()::mustAdd);
    return result;
  }
}
