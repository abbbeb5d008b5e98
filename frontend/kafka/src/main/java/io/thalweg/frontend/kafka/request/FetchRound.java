package io.thalweg.frontend.kafka.request;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.frontend.kafka.network.ClientRequest;
import io.thalweg.frontend.kafka.rows.RowFetch;
import io.thalweg.frontend.kafka.topic.KafkaErrors;
import io.thalweg.frontend.kafka.topic.Topics;
import io.thalweg.server.api.Authorizer.Operation;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.ReadShare;
import io.thalweg.server.api.ReadSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.AbortedTransaction;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.requests.FetchMetadata;
import org.apache.kafka.common.requests.FetchResponse;

/**
 * One fetch: asks for all its partitions one after the other, and waits for more as long as the
 * client wants to while there is too little. One use; its steps run one at a time.
 */
final class FetchRound {
  /** Nobody hears of a client that left while it waits, so nothing waits for longer. */
  private static final long MOST_WAIT_MILLIS = 30_000;

  /** Of a fetch of rows while their table's columns change. */
  private static final int MOST_TRIES = 5;

  private final DoorContext door;
  private final ClientRequest request;
  private final org.apache.kafka.common.requests.FetchRequest body;
  private final int minBytes;
  private final int maxBytes;
  private final long deadlineNanos;
  private final List<Part> parts = new ArrayList<>();
  private int bytes;
  private boolean failed;
  private int next;

  /** A partition and what is known of it. */
  private static final class Part {
    final int topicNumber;
    final FetchTopic topic;
    final FetchPartition partition;
    TableInfo table;
    BaseRecords records = FetchedRecords.NONE;

    /** What gives the records' memory back; null without any. */
    Runnable held;

    Errors error = Errors.NONE;
    long start = FetchResponse.INVALID_LOG_START_OFFSET;
    long end = FetchResponse.INVALID_HIGH_WATERMARK;
    long stable = FetchResponse.INVALID_LAST_STABLE_OFFSET;

    /** Null for a client that reads all there is. */
    List<AbortedTransaction> aborted;

    Part(int topicNumber, FetchTopic topic, FetchPartition partition) {
      this.topicNumber = topicNumber;
      this.topic = topic;
      this.partition = partition;
    }

    boolean isAsked() {
      return error == Errors.NONE;
    }

    TableBucket bucket() {
      return table.bucket(partition.partition());
    }
  }

  /**
   * A fetch of these partitions; the rest of {@code request} says how.
   *
   * @param mostBytes that the client may have now, but for one batch
   */
  FetchRound(DoorContext door, ClientRequest request, List<FetchTopic> topics, int mostBytes) {
    this.door = door;
    this.request = request;
    this.body = (org.apache.kafka.common.requests.FetchRequest) request.body();
    this.minBytes = Math.min(mostBytes, body.minBytes());
    this.maxBytes = Math.min(mostBytes, body.maxBytes());
    long wait = Math.max(0, Math.min(MOST_WAIT_MILLIS, body.maxWait()));
    this.deadlineNanos = door.clock().nanoTime() + TimeUnit.MILLISECONDS.toNanos(wait);
    for (int i = 0; i < topics.size(); i++) {
      for (FetchPartition partition : topics.get(i).partitions()) {
        parts.add(new Part(i, topics.get(i), partition));
      }
    }
  }

  CompletableFuture<FetchResponse> run() {
    return resolve(0).thenCompose(known -> fetchAll()).thenApply(done -> response());
  }

  /** Gives back what the answer held. */
  void close() {
    for (Part part : parts) {
      if (part.held != null) {
        part.held.run();
        part.held = null;
        part.records = FetchedRecords.NONE;
      }
    }
  }

  /** Finds the tables of the topics. */
  private CompletableFuture<Void> resolve(int from) {
    for (int i = from; i < parts.size(); i++) {
      Part part = parts.get(i);
      CompletableFuture<TableInfo> found = find(part.topic);
      int after = i + 1;
      if (!found.isDone()) {
        return found
            .handle((table, failure) -> known(part, table, failure))
            .thenCompose(known -> resolve(after));
      }
      var unused = found.whenComplete((table, failure) -> known(part, table, failure));
    }
    return CompletableFuture.completedFuture(null);
  }

  private CompletableFuture<TableInfo> find(FetchTopic topic) {
    return topic.topicId().equals(Uuid.ZERO_UUID)
        ? door.topics().find(request.who(), Operation.READ, topic.topic())
        : door.topics().find(request.who(), Operation.READ, topic.topicId());
  }

  private Void known(Part part, TableInfo table, Throwable failure) {
    if (failure != null) {
      fail(part, KafkaErrors.ofFetch(failure));
    } else if (!table.hasBucket(part.partition.partition())) {
      fail(part, Errors.UNKNOWN_TOPIC_OR_PARTITION);
    } else if (part.partition.currentLeaderEpoch() > FetchedRecords.LEADER_EPOCH) {
      fail(part, Errors.UNKNOWN_LEADER_EPOCH);
    } else {
      part.table = table;
    }
    return null;
  }

  private void fail(Part part, Errors error) {
    boolean byId = !part.topic.topicId().equals(Uuid.ZERO_UUID);
    part.error =
        byId && error == Errors.UNKNOWN_TOPIC_OR_PARTITION && part.table == null
            ? Errors.UNKNOWN_TOPIC_ID
            : error;
    failed = true;
  }

  /** Asks for every partition; then, if it is too little, waits and asks for those without. */
  private CompletableFuture<Void> fetchAll() {
    next = 0;
    return fetchRest().thenCompose(done -> enough() ? done() : await());
  }

  private static CompletableFuture<Void> done() {
    return CompletableFuture.completedFuture(null);
  }

  private boolean enough() {
    return failed
        || parts.isEmpty()
        || bytes >= minBytes
        || door.clock().nanoTime() - deadlineNanos >= 0;
  }

  private CompletableFuture<Void> await() {
    Map<TableBucket, Long> ends = new HashMap<>();
    for (Part part : parts) {
      ends.put(part.bucket(), part.end);
    }
    return door.api()
        .changed(ends, Math.max(1, deadlineNanos - door.clock().nanoTime()))
        .thenCompose(
            changed -> {
              close();
              bytes = 0;
              return fetchAll();
            });
  }

  private CompletableFuture<Void> fetchRest() {
    while (next < parts.size()) {
      Part part = parts.get(next++);
      if (!part.isAsked()) {
        continue;
      }
      CompletableFuture<Void> fetched = fetch(part);
      if (!fetched.isDone()) {
        return fetched.thenCompose(done -> fetchRest());
      }
    }
    return done();
  }

  /** At least one batch for the first partition that has any, whatever its size. */
  private CompletableFuture<Void> fetch(Part part) {
    int room = Math.min(part.partition.partitionMaxBytes(), maxBytes - bytes);
    if (Topics.hasRows(part.table)) {
      return fetchRows(part, room, 1);
    }
    return fetch(part, room, isStable() ? ReadSpec.STORED_STABLE : ReadSpec.STORED)
        .handle(
            (fetched, failure) -> {
              if (failure != null) {
                refused(part, failure);
              } else {
                part.aborted = isStable() ? aborted(fetched) : null;
                take(part, FetchedRecords.of(fetched), fetched::close, room);
              }
              return null;
            });
  }

  private CompletableFuture<Fetched> fetch(Part part, int room, ReadSpec wants) {
    FetchRequest wanted =
        new FetchRequest(
            part.bucket(), part.partition.fetchOffset(), Math.max(1, room), 0, wants, share());
    return door.api()
        .fetch(request.who(), wanted)
        .thenApply(
            fetched -> {
              part.start = fetched.startOffset();
              part.end = fetched.endOffset();
              part.stable = fetched.stableOffset();
              return fetched;
            });
  }

  /** Fetches of a table of rows; once more where its columns changed meanwhile. */
  private CompletableFuture<Void> fetchRows(Part part, int room, int tries) {
    part.table = door.api().latest(part.table);
    RowFetch rows = new RowFetch(door.api(), door.workers(), part.table);
    return fetch(part, room, rows.wants())
        .thenCompose(fetched -> rows.page(fetched, part.partition.fetchOffset(), room, bytes == 0))
        .handle(
            (page, failure) -> {
              if (failure == null) {
                part.aborted = isStable() ? List.of() : null;
                take(part, page.records(), page::close, room);
              }
              return failure;
            })
        .thenCompose(
            failure -> {
              if (failure == null) {
                return done();
              }
              if (rows.isOutdated(failure) && tries < MOST_TRIES) {
                return fetchRows(part, room, tries + 1);
              }
              refused(part, failure);
              return done();
            });
  }

  private boolean isStable() {
    return body.isolationLevel() == IsolationLevel.READ_COMMITTED;
  }

  /** Who holds records already does not wait for memory: others may wait for these. */
  private ReadShare share() {
    ReadShare share = request.connection().reads();
    return bytes > 0 ? new NoWaitShare(share) : share;
  }

  private void refused(Part part, Throwable failure) {
    if (bytes > 0 && KafkaErrors.code(failure) == ErrorCode.OVERLOADED) {
      return; // It gets its turn in a later answer.
    }
    if (KafkaErrors.code(failure) == ErrorCode.TABLE_NOT_FOUND) {
      door.topics().forget(part.table);
    }
    fail(part, KafkaErrors.ofFetch(failure));
  }

  private void take(Part part, BaseRecords records, Runnable held, int room) {
    if (bytes > 0 && records.sizeInBytes() > Math.max(0, room)) {
      // A batch that is larger than the room goes first in an answer or waits for the next one.
      held.run();
      return;
    }
    part.held = held;
    part.records = records;
    bytes += records.sizeInBytes();
  }

  private static List<AbortedTransaction> aborted(Fetched fetched) {
    return fetched.aborted().stream()
        .map(
            each ->
                new AbortedTransaction()
                    .setProducerId(each.writerId())
                    .setFirstOffset(each.firstOffset()))
        .toList();
  }

  private FetchResponse response() {
    FetchResponseData data = new FetchResponseData().setSessionId(FetchMetadata.INVALID_SESSION_ID);
    FetchableTopicResponse topic = null;
    int of = -1;
    for (Part part : parts) {
      if (part.topicNumber != of) {
        of = part.topicNumber;
        topic =
            new FetchableTopicResponse()
                .setTopic(part.topic.topic())
                .setTopicId(part.topic.topicId());
        data.responses().add(topic);
      }
      topic.partitions().add(partition(part));
    }
    return FetchResponse.of(data);
  }

  private static PartitionData partition(Part part) {
    return new PartitionData()
        .setPartitionIndex(part.partition.partition())
        .setErrorCode(part.error.code())
        .setHighWatermark(part.end)
        .setLastStableOffset(part.stable)
        .setAbortedTransactions(part.aborted)
        .setLogStartOffset(part.start)
        .setRecords(part.records);
  }
}
