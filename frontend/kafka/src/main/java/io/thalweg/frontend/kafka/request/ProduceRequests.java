package io.thalweg.frontend.kafka.request;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.kafka.RecordBatchHeader;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.frontend.kafka.group.OffsetsTopic;
import io.thalweg.frontend.kafka.network.Answer;
import io.thalweg.frontend.kafka.network.ClientRequest;
import io.thalweg.frontend.kafka.network.Handling;
import io.thalweg.frontend.kafka.rows.BadRowsException;
import io.thalweg.frontend.kafka.rows.RowAppend;
import io.thalweg.frontend.kafka.topic.KafkaErrors;
import io.thalweg.frontend.kafka.topic.TopicConfigs;
import io.thalweg.frontend.kafka.topic.Topics;
import io.thalweg.runtime.AuditLog;
import io.thalweg.server.api.AppendResult;
import io.thalweg.server.api.Authorizer.Operation;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.Resource;
import io.thalweg.server.api.TransactionTicket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.BatchIndexAndErrorMessage;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.message.ProduceResponseData.TopicProduceResponse;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.common.requests.ProduceResponse;

/** Appends what producers send. Any thread. */
final class ProduceRequests {
  /** From this version on a batch itself makes its partition part of the transaction. */
  private static final short JOINING = 12;

  /** From this version on a producer knows that it can abort and go on. */
  private static final short WITH_ABORTABLE = 11;

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
    String transaction = body.transactionalId();
    if (transaction != null
        && !door.rights()
            .may(request.who(), Operation.WRITE, new Resource.Transaction(transaction))) {
      return answered(acks, refused(body, Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED));
    }
    List<CompletableFuture<Void>> admitted = new ArrayList<>();
    List<CompletableFuture<TopicProduceResponse>> topics = new ArrayList<>();
    for (TopicProduceData topic : body.data().topicData()) {
      topics.add(produce(request, topic, admitted));
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
      ClientRequest request, TopicProduceData topic, List<CompletableFuture<Void>> admitted) {
    Principal who = request.who();
    CompletableFuture<TableInfo> table =
        topic.topicId().equals(Uuid.ZERO_UUID)
            ? door.topics().find(who, Operation.WRITE, topic.name())
            : door.topics().find(who, Operation.WRITE, topic.topicId());
    List<CompletableFuture<PartitionProduceResponse>> parts = new ArrayList<>();
    for (PartitionProduceData partition : topic.partitionData()) {
      Part part = new Part(topic, partition);
      CompletableFuture<Void> onItsWay = new CompletableFuture<>();
      admitted.add(onItsWay);
      parts.add(
          table
              .thenCompose(found -> append(request, found, part, onItsWay))
              .handle(
                  (appended, failure) -> {
                    onItsWay.complete(null);
                    return failure == null ? appended : failed(request, part, failure);
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

  private static PartitionProduceResponse failed(
      ClientRequest request, Part part, Throwable failure) {
    Errors error = KafkaErrors.of(failure);
    Errors told =
        error == Errors.INVALID_TXN_STATE && request.version() >= WITH_ABORTABLE
            ? Errors.TRANSACTION_ABORTABLE
            : error;
    PartitionProduceResponse answer =
        failed(part.partition.index(), told, KafkaErrors.message(failure));
    if (KafkaErrors.unwrapped(failure) instanceof BadRowsException bad) {
      bad.byRecord()
          .forEach(
              (record, why) ->
                  answer
                      .recordErrors()
                      .add(
                          new BatchIndexAndErrorMessage()
                              .setBatchIndex(record)
                              .setBatchIndexErrorMessage(why)));
    }
    return answer;
  }

  /** Lets the batch into its producer's transaction; empty where it has none. */
  private CompletableFuture<Optional<TransactionTicket>> ticket(
      ClientRequest request, TableInfo table, Part part) {
    String name = ((ProduceRequest) request.body()).transactionalId();
    RecordBatchHeader header = name == null ? null : RecordBatchHeader.read(part.records());
    if (header == null || !header.isTransactional()) {
      return CompletableFuture.completedFuture(Optional.empty());
    }
    return door.api()
        .transactions()
        .ticket(
            request.who(),
            name,
            new WriterStamp(header.producerId(), header.producerEpoch(), 0),
            table.bucket(part.partition.index()),
            request.version() >= JOINING)
        .handle(
            (ticket, failure) -> {
              if (failure == null) {
                return Optional.of(ticket);
              }
              if (KafkaErrors.code(failure) == ErrorCode.UNKNOWN_WRITER) {
                throw Errors.INVALID_PRODUCER_ID_MAPPING.exception(KafkaErrors.message(failure));
              }
              throw new CompletionException(KafkaErrors.unwrapped(failure));
            });
  }

  private CompletableFuture<PartitionProduceResponse> append(
      ClientRequest request, TableInfo table, Part part, CompletableFuture<Void> onItsWay) {
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
    if (Topics.hasRows(table)) {
      return stored(
          request, table, part, RecordBatch.NO_TIMESTAMP, rows(request, table, part, onItsWay));
    }
    long stamped = RecordTimes.settle(configs, records, door.clock().wallMillis());
    return stored(
        request,
        table,
        part,
        stamped,
        ticket(request, table, part)
            .thenCompose(ticket -> append(request, table, part, ticket, onItsWay)));
  }

  /** What the producer hears. */
  private CompletableFuture<PartitionProduceResponse> stored(
      ClientRequest request,
      TableInfo table,
      Part part,
      long stamped,
      CompletableFuture<AppendResult.Part> appended) {
    return appended.handle(
        (stored, failure) -> {
          if (failure == null) {
            return new PartitionProduceResponse()
                .setIndex(part.partition.index())
                .setBaseOffset(stored.baseOffset())
                // What was stored by an earlier try has that one's time.
                .setLogAppendTimeMs(stored.duplicate() ? RecordBatch.NO_TIMESTAMP : stamped)
                .setLogStartOffset(0);
          }
          if (KafkaErrors.code(failure) == ErrorCode.TABLE_NOT_FOUND) {
            door.topics().forget(table);
          }
          return failed(request, part, failure);
        });
  }

  private CompletableFuture<AppendResult.Part> rows(
      ClientRequest request, TableInfo table, Part part, CompletableFuture<Void> onItsWay) {
    return new RowAppend(door.api(), door.workers(), request.who(), table, part.partition.index())
        .append(part.records(), () -> onItsWay.complete(null))
        .whenComplete(
            (appended, failure) -> {
              if (KafkaErrors.unwrapped(failure) instanceof BadRowsException bad) {
                door.refusedRows()
                    .refused(
                        "records of user '%s', from %s, to %s, partition %d: %s"
                            .formatted(
                                AuditLog.shown(request.who().name()),
                                request.who().host(),
                                table.path(),
                                part.partition.index(),
                                AuditLog.shown(bad.getMessage())));
              }
            });
  }

  private CompletableFuture<AppendResult.Part> append(
      ClientRequest request,
      TableInfo table,
      Part part,
      Optional<TransactionTicket> ticket,
      CompletableFuture<Void> onItsWay) {
    ByteBuffer records = part.records();
    return door.api()
        .reserve(records.remaining())
        .thenCompose(
            permit -> {
              CompletableFuture<AppendResult.Part> appended =
                  door.api()
                      .appendRecords(
                          request.who(), table, part.partition.index(), ticket, records, permit);
              onItsWay.complete(null);
              return appended;
            });
  }
}
