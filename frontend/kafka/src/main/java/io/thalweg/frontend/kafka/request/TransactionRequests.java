package io.thalweg.frontend.kafka.request;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.frontend.kafka.group.OffsetsTopic;
import io.thalweg.frontend.kafka.network.ClientRequest;
import io.thalweg.frontend.kafka.network.Handling;
import io.thalweg.frontend.kafka.topic.KafkaErrors;
import io.thalweg.frontend.kafka.topic.Topics;
import io.thalweg.server.api.Authorizer.Operation;
import io.thalweg.server.api.Resource;
import io.thalweg.server.api.TransactionApi;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.AddOffsetsToTxnRequestData;
import org.apache.kafka.common.message.AddOffsetsToTxnResponseData;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTransaction;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData.AddPartitionsToTxnResult;
import org.apache.kafka.common.message.EndTxnRequestData;
import org.apache.kafka.common.message.EndTxnResponseData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.requests.AddOffsetsToTxnRequest;
import org.apache.kafka.common.requests.AddOffsetsToTxnResponse;
import org.apache.kafka.common.requests.AddPartitionsToTxnRequest;
import org.apache.kafka.common.requests.AddPartitionsToTxnResponse;
import org.apache.kafka.common.requests.EndTxnRequest;
import org.apache.kafka.common.requests.EndTxnResponse;
import org.apache.kafka.common.requests.InitProducerIdRequest;
import org.apache.kafka.common.requests.InitProducerIdResponse;

/** Gives producers their ids, and begins and ends their transactions. Any thread. */
final class TransactionRequests {
  /** From these versions on clients know that a producer was fenced; before, its epoch is wrong. */
  private static final short INIT_WITH_FENCED = 4;

  private static final short OTHERS_WITH_FENCED = 2;

  /** From this version on the end of a transaction gives its producer another epoch. */
  private static final short END_BUMPS = 5;

  /** From this version on one request is for several transactional ids; brokers send it. */
  private static final short ADD_BATCHED = 4;

  private final DoorContext door;

  TransactionRequests(DoorContext door) {
    this.door = door;
  }

  Handling initProducerId(ClientRequest request) {
    InitProducerIdRequestData data = ((InitProducerIdRequest) request.body()).data();
    CompletableFuture<WriterStamp> opened;
    if (data.enable2Pc() || data.keepPreparedTxn()) {
      opened = CompletableFuture.failedFuture(Errors.UNSUPPORTED_VERSION.exception());
    } else if (data.transactionalId() == null) {
      opened = door.api().openWriter(request.who());
    } else if (data.transactionalId().isEmpty()) {
      opened = CompletableFuture.failedFuture(Errors.INVALID_REQUEST.exception());
    } else if (data.transactionTimeoutMs() < 1
        || data.transactionTimeoutMs() > TransactionApi.MAX_TIMEOUT.toMillis()) {
      opened = CompletableFuture.failedFuture(Errors.INVALID_TRANSACTION_TIMEOUT.exception());
    } else {
      Optional<WriterStamp> before =
          data.producerId() == RecordBatch.NO_PRODUCER_ID
              ? Optional.empty()
              : Optional.of(new WriterStamp(data.producerId(), data.producerEpoch(), 0));
      opened =
          door.api()
              .transactions()
              .open(
                  request.who(),
                  data.transactionalId(),
                  Duration.ofMillis(data.transactionTimeoutMs()),
                  before);
    }
    boolean named = data.transactionalId() != null;
    return Handling.of(
        opened.handle(
            (writer, failure) ->
                new InitProducerIdResponse(
                    failure == null
                        ? new InitProducerIdResponseData()
                            .setProducerId(writer.writerId())
                            .setProducerEpoch(writer.epoch())
                        : new InitProducerIdResponseData()
                            .setErrorCode(
                                error(failure, request.version() >= INIT_WITH_FENCED, named)
                                    .code()))));
  }

  /** What a producer is told: all that passes is asked again after. */
  private static Errors error(Throwable failure, boolean knowsFenced, boolean named) {
    Errors error = KafkaErrors.ofTransaction(failure);
    return switch (error) {
      case TOPIC_AUTHORIZATION_FAILED ->
          named
              ? Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED
              : Errors.CLUSTER_AUTHORIZATION_FAILED;
      case INVALID_PRODUCER_EPOCH ->
          knowsFenced ? Errors.PRODUCER_FENCED : Errors.INVALID_PRODUCER_EPOCH;
      default -> error;
    };
  }

  private static Errors error(ClientRequest request, Throwable failure) {
    return error(failure, request.version() >= OTHERS_WITH_FENCED, true);
  }

  Handling addPartitions(ClientRequest request) {
    AddPartitionsToTxnRequest body =
        ((AddPartitionsToTxnRequest) request.body()).normalizeRequest();
    List<CompletableFuture<AddPartitionsToTxnResult>> results = new ArrayList<>();
    Map<String, List<TopicPartition>> partitions = body.partitionsByTransaction();
    for (AddPartitionsToTxnTransaction each : body.data().transactions()) {
      results.add(add(request, each, partitions.get(each.transactionalId())));
    }
    return Handling.of(
        Futures.all(results)
            .thenApply(
                all -> {
                  AddPartitionsToTxnResponseData data = new AddPartitionsToTxnResponseData();
                  if (request.version() < ADD_BATCHED) {
                    data.setResultsByTopicV3AndBelow(all.get(0).topicResults());
                  } else {
                    all.forEach(data.resultsByTransaction()::add);
                  }
                  return new AddPartitionsToTxnResponse(data);
                }));
  }

  private CompletableFuture<AddPartitionsToTxnResult> add(
      ClientRequest request,
      AddPartitionsToTxnTransaction transaction,
      List<TopicPartition> partitions) {
    Resource id = new Resource.Transaction(transaction.transactionalId());
    if (!door.rights().may(request.who(), Operation.WRITE, id)) {
      return CompletableFuture.completedFuture(
          result(transaction, partitions, Map.of(), Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED));
    }
    Map<String, CompletableFuture<TableInfo>> topics = new HashMap<>();
    partitions.forEach(
        each ->
            topics.computeIfAbsent(
                each.topic(), topic -> door.topics().find(request.who(), Operation.WRITE, topic)));
    List<CompletableFuture<Errors>> missing = new ArrayList<>();
    List<TableBucket> buckets = new ArrayList<>();
    for (TopicPartition each : partitions) {
      missing.add(
          topics
              .get(each.topic())
              .handle(
                  (table, failure) -> {
                    if (failure != null) {
                      return KafkaErrors.of(failure) == Errors.TOPIC_AUTHORIZATION_FAILED
                          ? Errors.TOPIC_AUTHORIZATION_FAILED
                          : Errors.UNKNOWN_TOPIC_OR_PARTITION;
                    }
                    if (!table.hasBucket(each.partition()) || OffsetsTopic.is(table)) {
                      return Errors.UNKNOWN_TOPIC_OR_PARTITION;
                    }
                    if (Topics.hasRows(table)) {
                      return Errors.UNSUPPORTED_FOR_MESSAGE_FORMAT;
                    }
                    synchronized (buckets) {
                      buckets.add(table.bucket(each.partition()));
                    }
                    return Errors.NONE;
                  }));
    }
    WriterStamp writer = new WriterStamp(transaction.producerId(), transaction.producerEpoch(), 0);
    return Futures.all(missing)
        .thenCompose(
            absent -> {
              boolean whole = absent.stream().allMatch(each -> each == Errors.NONE);
              return whole
                  ? door.api()
                      .transactions()
                      .join(request.who(), transaction.transactionalId(), writer, buckets)
                      .handle(
                          (joined, failure) ->
                              result(
                                  transaction,
                                  partitions,
                                  Map.of(),
                                  failure == null ? Errors.NONE : error(request, failure)))
                  : CompletableFuture.completedFuture(
                      result(
                          transaction,
                          partitions,
                          wrong(partitions, absent),
                          Errors.OPERATION_NOT_ATTEMPTED));
            });
  }

  private static Map<TopicPartition, Errors> wrong(
      List<TopicPartition> partitions, List<Errors> errors) {
    Map<TopicPartition, Errors> wrong = new HashMap<>();
    for (int i = 0; i < partitions.size(); i++) {
      if (errors.get(i) != Errors.NONE) {
        wrong.put(partitions.get(i), errors.get(i));
      }
    }
    return wrong;
  }

  private static AddPartitionsToTxnResult result(
      AddPartitionsToTxnTransaction transaction,
      List<TopicPartition> partitions,
      Map<TopicPartition, Errors> wrong,
      Errors error) {
    Map<TopicPartition, Errors> errors = new HashMap<>();
    partitions.forEach(each -> errors.put(each, wrong.getOrDefault(each, error)));
    return AddPartitionsToTxnResponse.resultForTransaction(transaction.transactionalId(), errors);
  }

  /** Begins the transaction; the group's log joins it with the offsets themselves. */
  Handling addOffsets(ClientRequest request) {
    AddOffsetsToTxnRequestData data = ((AddOffsetsToTxnRequest) request.body()).data();
    if (!door.rights().may(request.who(), Operation.READ, new Resource.Group(data.groupId()))) {
      return Handling.of(
          new AddOffsetsToTxnResponse(
              new AddOffsetsToTxnResponseData()
                  .setErrorCode(Errors.GROUP_AUTHORIZATION_FAILED.code())));
    }
    return Handling.of(
        door.api()
            .transactions()
            .join(
                request.who(),
                data.transactionalId(),
                new WriterStamp(data.producerId(), data.producerEpoch(), 0),
                List.of())
            .handle(
                (joined, failure) ->
                    new AddOffsetsToTxnResponse(
                        new AddOffsetsToTxnResponseData()
                            .setErrorCode(failure == null ? 0 : error(request, failure).code()))));
  }

  Handling end(ClientRequest request) {
    EndTxnRequestData data = ((EndTxnRequest) request.body()).data();
    boolean bumps = request.version() >= END_BUMPS;
    return Handling.of(
        door.api()
            .transactions()
            .end(
                request.who(),
                data.transactionalId(),
                new WriterStamp(data.producerId(), data.producerEpoch(), 0),
                data.committed(),
                bumps)
            .handle(
                (writer, failure) -> {
                  EndTxnResponseData answer = new EndTxnResponseData();
                  if (failure != null) {
                    answer.setErrorCode(error(request, failure).code());
                  } else if (bumps) {
                    answer.setProducerId(writer.writerId()).setProducerEpoch(writer.epoch());
                  }
                  return new EndTxnResponse(answer);
                }));
  }
}
