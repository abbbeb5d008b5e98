package io.thalweg.frontend.kafka.request;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.frontend.kafka.network.ClientRequest;
import io.thalweg.frontend.kafka.network.Handling;
import io.thalweg.frontend.kafka.topic.Broker;
import io.thalweg.frontend.kafka.topic.KafkaErrors;
import io.thalweg.server.api.Authorizer.Operation;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.Resource;
import io.thalweg.server.api.TransactionApi.BucketWriter;
import io.thalweg.server.api.TransactionApi.TransactionalState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.DescribeProducersRequestData.TopicRequest;
import org.apache.kafka.common.message.DescribeProducersResponseData;
import org.apache.kafka.common.message.DescribeProducersResponseData.PartitionResponse;
import org.apache.kafka.common.message.DescribeProducersResponseData.ProducerState;
import org.apache.kafka.common.message.DescribeProducersResponseData.TopicResponse;
import org.apache.kafka.common.message.DescribeTransactionsResponseData;
import org.apache.kafka.common.message.DescribeTransactionsResponseData.TopicData;
import org.apache.kafka.common.message.ListTransactionsRequestData;
import org.apache.kafka.common.message.ListTransactionsResponseData;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData.WritableTxnMarker;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData.WritableTxnMarkerTopic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DescribeProducersRequest;
import org.apache.kafka.common.requests.DescribeProducersResponse;
import org.apache.kafka.common.requests.DescribeTransactionsRequest;
import org.apache.kafka.common.requests.DescribeTransactionsResponse;
import org.apache.kafka.common.requests.ListTransactionsRequest;
import org.apache.kafka.common.requests.ListTransactionsResponse;
import org.apache.kafka.common.requests.WriteTxnMarkersRequest;
import org.apache.kafka.common.requests.WriteTxnMarkersResponse;

/** Shows transactions to people, who may abort one that hangs. Any thread. */
final class TransactionToolRequests {
  private static final String EMPTY = "Empty";
  private static final String ONGOING = "Ongoing";
  private static final String COMMITTED = "CompleteCommit";
  private static final String ABORTED = "CompleteAbort";

  /** The states that there are here. Kafka knows more, which no transaction here is ever in. */
  private static final List<String> STATES = List.of(EMPTY, ONGOING, COMMITTED, ABORTED);

  private static final List<String> KAFKAS_STATES =
      List.of("PrepareCommit", "PrepareAbort", "Dead", "PrepareEpochFence");

  private static final long NOT_OPEN = -1;

  private final DoorContext door;

  TransactionToolRequests(DoorContext door) {
    this.door = door;
  }

  private static String state(TransactionalState transaction) {
    if (transaction.open()) {
      return ONGOING;
    }
    return transaction.last().map(commits -> commits ? COMMITTED : ABORTED).orElse(EMPTY);
  }

  /** Those whose coordinator clients take this server for; so each is listed once. */
  Handling list(ClientRequest request) {
    ListTransactionsRequestData asked = ((ListTransactionsRequest) request.body()).data();
    ListTransactionsResponseData answer = new ListTransactionsResponseData();
    asked.stateFilters().stream()
        .filter(each -> !STATES.contains(each) && !KAFKAS_STATES.contains(each))
        .forEach(answer.unknownStateFilters()::add);
    Pattern pattern;
    try {
      String text = asked.transactionalIdPattern();
      pattern = text == null || text.isEmpty() ? null : Pattern.compile(text);
    } catch (PatternSyntaxException wrong) {
      return Handling.of(
          new ListTransactionsResponse(
              answer.setErrorCode(Errors.INVALID_REGULAR_EXPRESSION.code())));
    }
    return Handling.of(
        all(request)
            .thenCombine(
                door.brokers(),
                (all, brokers) -> {
                  all.stream()
                      .filter(each -> coordinator(brokers, each.name()).equals(door.self()))
                      .filter(each -> isAsked(asked, pattern, each))
                      .forEach(each -> answer.transactionStates().add(listed(each)));
                  return answer;
                })
            .exceptionally(
                failure -> new ListTransactionsResponseData().setErrorCode(error(failure).code()))
            .thenApply(ListTransactionsResponse::new));
  }

  /** The server that clients ask about a transactional id; any could answer. */
  static Broker coordinator(List<Broker> brokers, String transactionalId) {
    return Broker.leader(brokers, transactionalId.hashCode(), 0);
  }

  private CompletableFuture<List<TransactionalState>> all(ClientRequest request) {
    return door.api().transactions().all(request.who());
  }

  private static Errors error(Throwable failure) {
    Errors error = KafkaErrors.of(failure);
    return error == Errors.REQUEST_TIMED_OUT ? Errors.COORDINATOR_NOT_AVAILABLE : error;
  }

  private boolean isAsked(
      ListTransactionsRequestData asked, Pattern pattern, TransactionalState each) {
    long age = door.clock().wallMillis() - each.beganMillis();
    return (asked.stateFilters().isEmpty() || asked.stateFilters().contains(state(each)))
        && (asked.producerIdFilters().isEmpty()
            || asked.producerIdFilters().contains(each.writer().writerId()))
        && (asked.durationFilter() < 0 || (each.open() && age > asked.durationFilter()))
        && (pattern == null || pattern.matches(each.name()));
  }

  private static ListTransactionsResponseData.TransactionState listed(TransactionalState each) {
    return new ListTransactionsResponseData.TransactionState()
        .setTransactionalId(each.name())
        .setProducerId(each.writer().writerId())
        .setTransactionState(state(each));
  }

  Handling describe(ClientRequest request) {
    DescribeTransactionsRequest body = (DescribeTransactionsRequest) request.body();
    return Handling.of(
        all(request)
            .thenCombine(
                door.topics().all(request.who()),
                (all, topics) -> {
                  DescribeTransactionsResponseData answer = new DescribeTransactionsResponseData();
                  for (String id : body.data().transactionalIds()) {
                    answer
                        .transactionStates()
                        .add(
                            all.stream()
                                .filter(each -> each.name().equals(id))
                                .findFirst()
                                .map(each -> described(each, topics))
                                .orElseGet(() -> failed(id, missing(request, id))));
                  }
                  return answer;
                })
            .exceptionally(
                failure -> {
                  DescribeTransactionsResponseData answer = new DescribeTransactionsResponseData();
                  body.data()
                      .transactionalIds()
                      .forEach(id -> answer.transactionStates().add(failed(id, error(failure))));
                  return answer;
                })
            .thenApply(DescribeTransactionsResponse::new));
  }

  /** Whoever may not see it does not hear whether it is there. */
  private Errors missing(ClientRequest request, String id) {
    return door.rights().may(request.who(), Operation.DESCRIBE, new Resource.Transaction(id))
        ? Errors.TRANSACTIONAL_ID_NOT_FOUND
        : Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
  }

  private static DescribeTransactionsResponseData.TransactionState failed(String id, Errors error) {
    return new DescribeTransactionsResponseData.TransactionState()
        .setTransactionalId(id)
        .setErrorCode(error.code());
  }

  private static DescribeTransactionsResponseData.TransactionState described(
      TransactionalState each, Map<String, TableInfo> topics) {
    DescribeTransactionsResponseData.TransactionState answer =
        new DescribeTransactionsResponseData.TransactionState()
            .setTransactionalId(each.name())
            .setProducerId(each.writer().writerId())
            .setProducerEpoch(each.writer().epoch())
            .setTransactionState(state(each))
            .setTransactionTimeoutMs((int) each.timeout().toMillis())
            .setTransactionStartTimeMs(each.open() ? each.beganMillis() : NOT_OPEN);
    for (TableBucket bucket : each.buckets()) {
      topics.forEach(
          (name, table) -> {
            OptionalInt partition = table.numberOf(bucket);
            if (partition.isPresent()) {
              TopicData topic = answer.topics().find(name);
              if (topic == null) {
                topic = new TopicData().setTopic(name);
                answer.topics().add(topic);
              }
              topic.partitions().add(partition.getAsInt());
            }
          });
    }
    return answer;
  }

  Handling producers(ClientRequest request) {
    DescribeProducersRequest body = (DescribeProducersRequest) request.body();
    List<CompletableFuture<TopicResponse>> topics = new ArrayList<>();
    for (TopicRequest topic : body.data().topics()) {
      CompletableFuture<TableInfo> table =
          door.topics().find(request.who(), Operation.READ, topic.name());
      List<CompletableFuture<PartitionResponse>> partitions = new ArrayList<>();
      for (int partition : topic.partitionIndexes()) {
        partitions.add(
            table
                .thenCompose(
                    found -> {
                      if (!found.hasBucket(partition)) {
                        throw Errors.UNKNOWN_TOPIC_OR_PARTITION.exception();
                      }
                      return door.api()
                          .transactions()
                          .writers(request.who(), found.bucket(partition));
                    })
                .handle((writers, failure) -> producers(partition, writers, failure)));
      }
      topics.add(
          Futures.all(partitions)
              .thenApply(all -> new TopicResponse().setName(topic.name()).setPartitions(all)));
    }
    return Handling.of(
        Futures.all(topics)
            .thenApply(
                all ->
                    new DescribeProducersResponse(
                        new DescribeProducersResponseData().setTopics(all))));
  }

  private static PartitionResponse producers(
      int partition, List<BucketWriter> writers, Throwable failure) {
    PartitionResponse answer = new PartitionResponse().setPartitionIndex(partition);
    if (failure != null) {
      return answer
          .setErrorCode(KafkaErrors.of(failure).code())
          .setErrorMessage(KafkaErrors.message(failure));
    }
    for (BucketWriter each : writers) {
      answer
          .activeProducers()
          .add(
              new ProducerState()
                  .setProducerId(each.writer().writerId())
                  .setProducerEpoch(each.writer().epoch())
                  .setLastSequence(each.writer().sequence())
                  .setLastTimestamp(each.lastUsedMillis())
                  .setCoordinatorEpoch(each.openFrom().isPresent() ? 0 : -1)
                  .setCurrentTxnStartOffset(each.openFrom().orElse(NOT_OPEN)));
    }
    return answer;
  }

  /** Aborts, as a whole, the transactions that hang in these partitions. */
  Handling writeMarkers(ClientRequest request) {
    WriteTxnMarkersRequest body = (WriteTxnMarkersRequest) request.body();
    Map<Long, Map<TopicPartition, Errors>> errors = new HashMap<>();
    List<CompletableFuture<Void>> all = new ArrayList<>();
    for (WritableTxnMarker marker : body.data().markers()) {
      for (WritableTxnMarkerTopic topic : marker.topics()) {
        for (int partition : topic.partitionIndexes()) {
          all.add(
              abort(marker, topic.name(), partition)
                  .handle(
                      (aborted, failure) -> {
                        synchronized (errors) {
                          errors
                              .computeIfAbsent(marker.producerId(), none -> new HashMap<>())
                              .put(
                                  new TopicPartition(topic.name(), partition),
                                  failure == null ? Errors.NONE : KafkaErrors.of(failure));
                        }
                        return null;
                      }));
        }
      }
    }
    return Handling.of(
        Futures.all(all)
            .thenApply(
                done -> {
                  synchronized (errors) {
                    return new WriteTxnMarkersResponse(errors);
                  }
                }));
  }

  private CompletableFuture<Void> abort(WritableTxnMarker marker, String topic, int partition) {
    if (marker.transactionResult()) {
      // Whether a transaction counts is its producer's to say, and for all partitions at once.
      return CompletableFuture.failedFuture(Errors.INVALID_TXN_STATE.exception());
    }
    return door.topics()
        .find(Principal.SERVER, Operation.ALTER, topic)
        .thenCompose(
            table -> {
              if (!table.hasBucket(partition)) {
                throw Errors.UNKNOWN_TOPIC_OR_PARTITION.exception();
              }
              return door.api()
                  .transactions()
                  .abort(Principal.SERVER, table.bucket(partition), marker.producerId());
            });
  }
}
