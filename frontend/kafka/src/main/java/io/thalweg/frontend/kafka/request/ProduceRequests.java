package io.thalweg.frontend.kafka.request;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.frontend.kafka.group.OffsetsTopic;
import io.thalweg.frontend.kafka.network.Answer;
import io.thalweg.frontend.kafka.network.ClientRequest;
import io.thalweg.frontend.kafka.network.Handling;
import io.thalweg.frontend.kafka.topic.KafkaErrors;
import io.thalweg.frontend.kafka.topic.TopicConfigs;
import io.thalweg.server.api.AppendResult;
import io.thalweg.server.api.Principal;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.message.ProduceResponseData.TopicProduceResponse;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.requests.InitProducerIdRequest;
import org.apache.kafka.common.requests.InitProducerIdResponse;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.common.requests.ProduceResponse;

/** Appends what producers send. Any thread. */
final class ProduceRequests {
  private final DoorContext door;

  ProduceRequests(DoorContext door) {
    this.door = door;
  }

  /** One partition's part of a request. */
  private record Part(TopicProduceData topic, PartitionProduceData partition) {
    ByteBuffer records() {
      // The generated messages read records as a slice of the request.
      return partition.records() instanceof MemoryRecords memory
          ? memory.buffer().duplicate()
          : ByteBuffer.allocate(0);
    }
  }

  /**
   * Appends, and answers when all is durable. The next request of the connection is read once this
   * one's batches are on their way, so that they keep their order.
   */
  Handling produce(ClientRequest request) {
    ProduceRequest body = (ProduceRequest) request.body();
    short acks = body.acks();
    if (acks < -1 || acks > 1) {
      return answered(acks, refused(body, Errors.INVALID_REQUIRED_ACKS));
    }
    if (body.transactionalId() != null) {
      return answered(acks, refused(body, Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED));
    }
    List<CompletableFuture<Void>> admitted = new ArrayList<>();
    List<CompletableFuture<TopicProduceResponse>> topics = new ArrayList<>();
    for (TopicProduceData topic : body.data().topicData()) {
      topics.add(produce(request.who(), topic, admitted));
    }
    CompletableFuture<ProduceResponseData> response =
        Futures.all(topics)
            .thenApply(
                all -> {
                  ProduceResponseData data = new ProduceResponseData();
                  all.forEach(data.responses()::add);
                  return data;
                });
    return new Handling(
        CompletableFuture.allOf(admitted.toArray(CompletableFuture[]::new)),
        response.thenApply(data -> answer(acks, data)));
  }

  private static Handling answered(short acks, ProduceResponseData data) {
    return Handling.ofAnswer(CompletableFuture.completedFuture(answer(acks, data)));
  }

  /** A client that waits for no answer hears of a failure by the end of the connection alone. */
  private static Answer answer(short acks, ProduceResponseData data) {
    if (acks != 0) {
      return Answer.of(new ProduceResponse(data));
    }
    boolean failed =
        data.responses().stream()
            .flatMap(topic -> topic.partitionResponses().stream())
            .anyMatch(each -> each.errorCode() != Errors.NONE.code());
    return failed ? Answer.close() : Answer.none();
  }

  private static ProduceResponseData refused(ProduceRequest body, Errors error) {
    ProduceResponseData data = new ProduceResponseData();
    for (TopicProduceData topic : body.data().topicData()) {
      TopicProduceResponse each = response(topic);
      topic
          .partitionData()
          .forEach(part -> each.partitionResponses().add(failed(part.index(), error, null)));
      data.responses().add(each);
    }
    return data;
  }

  private static TopicProduceResponse response(TopicProduceData topic) {
    return new TopicProduceResponse().setName(topic.name()).setTopicId(topic.topicId());
  }

  private static PartitionProduceResponse failed(int partition, Errors error, String message) {
    return new PartitionProduceResponse()
        .setIndex(partition)
        .setErrorCode(error.code())
        .setErrorMessage(message)
        .setBaseOffset(ProduceResponse.INVALID_OFFSET)
        // A producer that the log has forgotten begins anew only if it is told where the log
        // starts.
        .setLogStartOffset(
            error == Errors.UNKNOWN_PRODUCER_ID ? 0 : ProduceResponse.INVALID_OFFSET);
  }

  private CompletableFuture<TopicProduceResponse> produce(
      Principal who, TopicProduceData topic, List<CompletableFuture<Void>> admitted) {
    CompletableFuture<TableInfo> table =
        topic.topicId().equals(Uuid.ZERO_UUID)
            ? door.topics().find(who, topic.name())
            : door.topics().find(who, topic.topicId());
    List<CompletableFuture<PartitionProduceResponse>> parts = new ArrayList<>();
    for (PartitionProduceData partition : topic.partitionData()) {
      Part part = new Part(topic, partition);
      CompletableFuture<Void> onItsWay = new CompletableFuture<>();
      admitted.add(onItsWay);
      parts.add(
          table
              .thenCompose(found -> append(who, found, part, onItsWay))
              .handle(
                  (appended, failure) -> {
                    onItsWay.complete(null);
                    return failure == null ? appended : failed(part, failure);
                  }));
    }
    return Futures.all(parts)
        .thenApply(
            all -> {
              TopicProduceResponse response = response(topic);
              response.partitionResponses().addAll(all);
              return response;
            });
  }

  private static PartitionProduceResponse failed(Part part, Throwable failure) {
    return failed(part.partition.index(), KafkaErrors.of(failure), KafkaErrors.message(failure));
  }

  private CompletableFuture<PartitionProduceResponse> append(
      Principal who, TableInfo table, Part part, CompletableFuture<Void> onItsWay) {
    int partition = part.partition.index();
    if (!table.hasBucket(partition)) {
      return CompletableFuture.completedFuture(
          failed(
              partition,
              Errors.UNKNOWN_TOPIC_OR_PARTITION,
              "the topic has partitions 0 to " + (table.bucketCount() - 1)));
    }
    if (OffsetsTopic.is(table)) {
      return CompletableFuture.completedFuture(
          failed(
              partition,
              Errors.INVALID_TOPIC_EXCEPTION,
              "only groups' coordinators write to " + OffsetsTopic.NAME));
    }
    TopicConfigs configs = TopicConfigs.of(table);
    ByteBuffer records = part.records();
    if (records.remaining() > configs.maxMessageBytes()) {
      return CompletableFuture.completedFuture(
          failed(
              partition,
              Errors.MESSAGE_TOO_LARGE,
              "a batch of "
                  + records.remaining()
                  + " bytes is over the topic's max.message.bytes of "
                  + configs.maxMessageBytes()));
    }
    long stamped = RecordTimes.settle(configs, records, door.clock().wallMillis());
    return door.api()
        .reserve(records.remaining())
        .thenCompose(
            permit -> {
              CompletableFuture<AppendResult.Part> appended =
                  door.api().appendRecords(who, table, partition, records, permit);
              onItsWay.complete(null);
              return appended;
            })
        .handle(
            (stored, failure) -> {
              if (failure == null) {
                return new PartitionProduceResponse()
                    .setIndex(partition)
                    .setBaseOffset(stored.baseOffset())
                    // What was stored by an earlier try has that one's time.
                    .setLogAppendTimeMs(stored.duplicate() ? RecordBatch.NO_TIMESTAMP : stamped)
                    .setLogStartOffset(0);
              }
              if (KafkaErrors.code(failure) == ErrorCode.TABLE_NOT_FOUND) {
                door.topics().forget(table);
              }
              return failed(part, failure);
            });
  }

  /** Gives a producer its id. */
  Handling initProducerId(ClientRequest request) {
    InitProducerIdRequest body = (InitProducerIdRequest) request.body();
    if (body.data().transactionalId() != null) {
      return Handling.of(
          new InitProducerIdResponse(
              new InitProducerIdResponseData()
                  .setErrorCode(Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED.code())));
    }
    return Handling.of(
        door.api()
            .openWriter(request.who())
            .handle(
                (writer, failure) ->
                    new InitProducerIdResponse(
                        failure == null
                            ? new InitProducerIdResponseData()
                                .setProducerId(writer.writerId())
                                .setProducerEpoch(writer.epoch())
                            : new InitProducerIdResponseData()
                                .setErrorCode(producerError(failure).code()))));
  }

  private static Errors producerError(Throwable failure) {
    Errors error = KafkaErrors.of(failure);
    return switch (error) {
      case TOPIC_AUTHORIZATION_FAILED -> Errors.CLUSTER_AUTHORIZATION_FAILED;
      case REQUEST_TIMED_OUT, NOT_LEADER_OR_FOLLOWER -> Errors.COORDINATOR_LOAD_IN_PROGRESS;
      default -> error;
    };
  }
}
