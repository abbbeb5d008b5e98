package io.thalweg.frontend.kafka.request;

import io.thalweg.format.batch.BatchRows;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.frontend.kafka.network.ClientRequest;
import io.thalweg.frontend.kafka.network.Handling;
import io.thalweg.frontend.kafka.topic.KafkaErrors;
import io.thalweg.frontend.kafka.topic.Topics;
import io.thalweg.server.api.Authorizer.Operation;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.OffsetSpec;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.ReadSpec;
import io.thalweg.server.api.RowReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsTopic;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsPartitionResponse;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsTopicResponse;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderPartition;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderTopic;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.EpochEndOffset;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.OffsetForLeaderTopicResult;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ListOffsetsRequest;
import org.apache.kafka.common.requests.ListOffsetsResponse;
import org.apache.kafka.common.requests.OffsetsForLeaderEpochRequest;
import org.apache.kafka.common.requests.OffsetsForLeaderEpochResponse;

/** Finds offsets by their position, time or epoch. Any thread. */
final class OffsetRequests {
  /** The first version whose answers have a leader epoch. */
  private static final int WITH_EPOCH = 4;

  private final DoorContext door;

  OffsetRequests(DoorContext door) {
    this.door = door;
  }

  /** An offset and, where a time was asked for, the record's own. */
  private record Found(long offset, long timestamp) {
    static final Found NONE =
        new Found(ListOffsetsResponse.UNKNOWN_OFFSET, ListOffsetsResponse.UNKNOWN_TIMESTAMP);
  }

  Handling list(ClientRequest request) {
    ListOffsetsRequest body = (ListOffsetsRequest) request.body();
    List<CompletableFuture<ListOffsetsTopicResponse>> topics = new ArrayList<>();
    for (ListOffsetsTopic topic : body.topics()) {
      CompletableFuture<TableInfo> table =
          door.topics().find(request.who(), Operation.DESCRIBE, topic.name());
      List<CompletableFuture<ListOffsetsPartitionResponse>> parts = new ArrayList<>();
      for (ListOffsetsPartition partition : topic.partitions()) {
        parts.add(
            table
                .thenCompose(found -> find(request, found, partition))
                .handle((found, failure) -> answer(request, partition, found, failure)));
      }
      topics.add(
          Futures.all(parts)
              .thenApply(
                  all -> new ListOffsetsTopicResponse().setName(topic.name()).setPartitions(all)));
    }
    return Handling.of(
        Futures.all(topics)
            .thenApply(
                all -> new ListOffsetsResponse(new ListOffsetsResponseData().setTopics(all))));
  }

  private static ListOffsetsPartitionResponse answer(
      ClientRequest request, ListOffsetsPartition partition, Found found, Throwable failure) {
    Found told = failure == null ? found : Found.NONE;
    boolean epoch = request.version() >= WITH_EPOCH && told.offset >= 0;
    ListOffsetsPartitionResponse answer =
        new ListOffsetsPartitionResponse()
            .setPartitionIndex(partition.partitionIndex())
            .setErrorCode(failure == null ? 0 : KafkaErrors.of(failure).code())
            .setTimestamp(told.timestamp)
            .setOffset(told.offset);
    return epoch ? answer.setLeaderEpoch(FetchedRecords.LEADER_EPOCH) : answer;
  }

  private CompletableFuture<Found> find(
      ClientRequest request, TableInfo table, ListOffsetsPartition partition) {
    if (!table.hasBucket(partition.partitionIndex())) {
      throw Errors.UNKNOWN_TOPIC_OR_PARTITION.exception();
    }
    if (partition.currentLeaderEpoch() > FetchedRecords.LEADER_EPOCH) {
      throw Errors.UNKNOWN_LEADER_EPOCH.exception();
    }
    TableBucket bucket = table.bucket(partition.partitionIndex());
    long asked = partition.timestamp();
    if (asked == ListOffsetsRequest.EARLIEST_TIMESTAMP
        || asked == ListOffsetsRequest.EARLIEST_LOCAL_TIMESTAMP) {
      return plain(request, bucket, new OffsetSpec.Earliest());
    }
    if (asked == ListOffsetsRequest.LATEST_TIMESTAMP) {
      return plain(
          request, bucket, isStable(request) ? new OffsetSpec.Latest() : new OffsetSpec.End());
    }
    if (asked == ListOffsetsRequest.LATEST_TIERED_TIMESTAMP
        || asked == ListOffsetsRequest.EARLIEST_PENDING_UPLOAD_TIMESTAMP) {
      return CompletableFuture.completedFuture(Found.NONE);
    }
    OffsetSpec spec =
        asked == ListOffsetsRequest.MAX_TIMESTAMP
            ? new OffsetSpec.OfLatestTime()
            : new OffsetSpec.AtTimestamp(asked);
    return door.api()
        .offset(request.who(), bucket, spec)
        .thenCompose(
            offset ->
                Topics.hasRows(table)
                    ? withTimeOfRow(request, table, bucket, offset)
                    : withTime(request, bucket, offset))
        .thenCompose(found -> isStable(request) ? stable(request, bucket, found) : done(found));
  }

  private static boolean isStable(ClientRequest request) {
    ListOffsetsRequest body = (ListOffsetsRequest) request.body();
    return body.isolationLevel() == IsolationLevel.READ_COMMITTED;
  }

  private static CompletableFuture<Found> done(Found found) {
    return CompletableFuture.completedFuture(found);
  }

  /** What was found, unless it may belong to an open transaction. */
  private CompletableFuture<Found> stable(ClientRequest request, TableBucket bucket, Found found) {
    return door.api()
        .offset(request.who(), bucket, new OffsetSpec.Latest())
        .thenApply(end -> found.offset < end ? found : Found.NONE);
  }

  private CompletableFuture<Found> plain(
      ClientRequest request, TableBucket bucket, OffsetSpec spec) {
    return door.api()
        .offset(request.who(), bucket, spec)
        .thenApply(offset -> new Found(offset, ListOffsetsResponse.UNKNOWN_TIMESTAMP));
  }

  /**
   * The offset with its record's time; none if there is no record. Who may ask for offsets may know
   * it, without a right to read the record.
   */
  private CompletableFuture<Found> withTime(
      ClientRequest request, TableBucket bucket, long offset) {
    FetchRequest one =
        new FetchRequest(bucket, offset, 1, 0, ReadSpec.ALL, request.connection().reads());
    return door.api()
        .fetch(Principal.SERVER, one)
        .thenApply(
            fetched -> {
              try (fetched) {
                if (fetched.batches().isEmpty()) {
                  return Found.NONE;
                }
                Fetched.LogBatch batch = (Fetched.LogBatch) fetched.batches().get(0);
                BatchRows rows = batch.encoded().rows();
                OptionalInt row = rows.places().at((int) (offset - batch.baseOffset()));
                return row.isPresent()
                    ? new Found(offset, rows.times().at(row.getAsInt()))
                    : Found.NONE;
              }
            });
  }

  /** The same of a row. */
  private CompletableFuture<Found> withTimeOfRow(
      ClientRequest request, TableInfo table, TableBucket bucket, long offset) {
    RowReader reader = door.api().reader(table, List.of(RowReader.TIMESTAMP_COLUMN), null);
    FetchRequest one =
        new FetchRequest(bucket, offset, 1, 0, reader.wants(), request.connection().reads());
    return door.api()
        .fetch(Principal.SERVER, one)
        .thenApply(
            fetched -> {
              try (fetched) {
                Optional<VectorSchemaRoot> read =
                    fetched.batches().isEmpty()
                        ? Optional.empty()
                        : reader.read(
                            fetched.batches().get(0), offset, offset + 1, door.api().allocator());
                if (read.isEmpty()) {
                  return Found.NONE;
                }
                try (VectorSchemaRoot row = read.get()) {
                  return new Found(offset, ((TimeStampVector) row.getVector(0)).get(0));
                }
              }
            });
  }

  /** There is one epoch, which ends where the log does. */
  Handling ofEpoch(ClientRequest request) {
    OffsetsForLeaderEpochRequest body = (OffsetsForLeaderEpochRequest) request.body();
    List<CompletableFuture<OffsetForLeaderTopicResult>> topics = new ArrayList<>();
    for (OffsetForLeaderTopic topic : body.data().topics()) {
      CompletableFuture<TableInfo> table =
          door.topics().find(request.who(), Operation.DESCRIBE, topic.topic());
      List<CompletableFuture<EpochEndOffset>> parts = new ArrayList<>();
      for (OffsetForLeaderPartition partition : topic.partitions()) {
        parts.add(
            table
                .thenCompose(found -> end(request, found, partition))
                .exceptionally(
                    failure ->
                        new EpochEndOffset()
                            .setPartition(partition.partition())
                            .setErrorCode(KafkaErrors.of(failure).code())));
      }
      topics.add(
          Futures.all(parts)
              .thenApply(
                  all ->
                      new OffsetForLeaderTopicResult().setTopic(topic.topic()).setPartitions(all)));
    }
    return Handling.of(
        Futures.all(topics)
            .thenApply(
                all -> {
                  OffsetForLeaderEpochResponseData data = new OffsetForLeaderEpochResponseData();
                  all.forEach(data.topics()::add);
                  return new OffsetsForLeaderEpochResponse(data);
                }));
  }

  private CompletableFuture<EpochEndOffset> end(
      ClientRequest request, TableInfo table, OffsetForLeaderPartition partition) {
    if (!table.hasBucket(partition.partition())) {
      throw Errors.UNKNOWN_TOPIC_OR_PARTITION.exception();
    }
    EpochEndOffset answer = new EpochEndOffset().setPartition(partition.partition());
    if (partition.leaderEpoch() != FetchedRecords.LEADER_EPOCH) {
      return CompletableFuture.completedFuture(answer);
    }
    return door.api()
        .offset(request.who(), table.bucket(partition.partition()), new OffsetSpec.End())
        .thenApply(end -> answer.setLeaderEpoch(FetchedRecords.LEADER_EPOCH).setEndOffset(end));
  }
}
