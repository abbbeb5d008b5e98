package io.thalweg.frontend.kafka.request;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FetchMetadata;
import org.apache.kafka.common.requests.FetchRequest;
import org.apache.kafka.common.requests.FetchResponse;

/**
 * The partitions of one client, so that its fetches need to name only what changed, and its answers
 * only what is new. Any thread.
 */
final class FetchSession {
  private static final int FIRST_BY_ID = 13;

  private final int id;
  private final boolean byId;
  private final long madeNanos;

  /** In the order in which they are fetched: those that just had records go last. */
  private final Map<Key, Wanted> wanted = new LinkedHashMap<>();

  private int epoch = FetchMetadata.INITIAL_EPOCH;
  private boolean closed;
  private volatile long usedNanos;

  /** A partition: of a topic's name, or of its id where the session goes by ids. */
  private record Key(String topic, Uuid topicId, int partition) {}

  /** What the client wants of a partition, and the ends that it knows. */
  private record Wanted(FetchPartition partition, long start, long end) {
    static final long UNTOLD = -1;
  }

  FetchSession(int id, boolean byId, long nowNanos) {
    this.id = id;
    this.byId = byId;
    this.madeNanos = nowNanos;
    this.usedNanos = nowNanos;
  }

  /** Whether topics have ids in requests of a version. */
  static boolean isById(short version) {
    return version >= FIRST_BY_ID;
  }

  int id() {
    return id;
  }

  long madeNanos() {
    return madeNanos;
  }

  long usedNanos() {
    return usedNanos;
  }

  synchronized int size() {
    return wanted.size();
  }

  /** Ends the session; how many partitions it had. */
  synchronized int close() {
    closed = true;
    return wanted.size();
  }

  /** The next fetch, or why it is none of this session's. */
  synchronized FetchTurn next(FetchRequest request, long nowNanos) {
    if (closed) {
      return new FetchTurn.Refused(Errors.FETCH_SESSION_ID_NOT_FOUND);
    }
    if (request.metadata().epoch() != epoch) {
      return new FetchTurn.Refused(Errors.INVALID_FETCH_SESSION_EPOCH);
    }
    if (isById(request.version()) != byId) {
      return new FetchTurn.Refused(Errors.FETCH_SESSION_TOPIC_ID_ERROR);
    }
    usedNanos = nowNanos;
    boolean isFirst = epoch == FetchMetadata.INITIAL_EPOCH;
    epoch = FetchMetadata.nextEpoch(epoch);
    int before = wanted.size();
    for (FetchTopic topic : request.data().topics()) {
      for (FetchPartition partition : topic.partitions()) {
        want(key(topic.topic(), topic.topicId(), partition.partition()), partition);
      }
    }
    request
        .data()
        .forgottenTopicsData()
        .forEach(
            topic ->
                topic
                    .partitions()
                    .forEach(each -> wanted.remove(key(topic.topic(), topic.topicId(), each))));
    return new FetchTurn.OfSession(this, epoch, isFirst, wanted.size() - before, topics());
  }

  private Key key(String topic, Uuid topicId, int partition) {
    return byId ? new Key("", topicId, partition) : new Key(topic, Uuid.ZERO_UUID, partition);
  }

  private void want(Key key, FetchPartition asked) {
    // Only what is needed: the client may have sent much more, and this is kept.
    FetchPartition kept =
        new FetchPartition()
            .setPartition(asked.partition())
            .setCurrentLeaderEpoch(asked.currentLeaderEpoch())
            .setLastFetchedEpoch(asked.lastFetchedEpoch())
            .setFetchOffset(asked.fetchOffset())
            .setPartitionMaxBytes(asked.partitionMaxBytes());
    wanted.compute(
        key,
        (same, known) ->
            known == null
                ? new Wanted(kept, Wanted.UNTOLD, Wanted.UNTOLD)
                : new Wanted(kept, known.start, known.end));
  }

  private List<FetchTopic> topics() {
    List<FetchTopic> topics = new ArrayList<>();
    FetchTopic last = null;
    for (Map.Entry<Key, Wanted> each : wanted.entrySet()) {
      Key key = each.getKey();
      if (last == null || !last.topic().equals(key.topic) || !last.topicId().equals(key.topicId)) {
        last = new FetchTopic().setTopic(key.topic).setTopicId(key.topicId);
        topics.add(last);
      }
      last.partitions().add(each.getValue().partition);
    }
    return topics;
  }

  /** Takes what is no news out of an answer, and remembers the rest. */
  synchronized FetchResponse answer(FetchTurn.OfSession turn, FetchResponse whole) {
    FetchResponseData data = whole.data().setSessionId(id);
    if (turn.epoch() != epoch) {
      // The client sent its next fetch before it had this answer, which is none for it any more.
      data.setErrorCode(Errors.INVALID_FETCH_SESSION_EPOCH.code()).responses().clear();
      return whole;
    }
    for (FetchableTopicResponse topic : data.responses()) {
      topic
          .partitions()
          .removeIf(
              partition -> {
                Key key = key(topic.topic(), topic.topicId(), partition.partitionIndex());
                return !isNews(key, partition) && !turn.isFirst();
              });
    }
    data.responses().removeIf(topic -> topic.partitions().isEmpty());
    return whole;
  }

  private boolean isNews(Key key, PartitionData partition) {
    Wanted known = wanted.get(key);
    if (known == null) {
      return true;
    }
    boolean failed = partition.errorCode() != Errors.NONE.code();
    boolean hasRecords = FetchResponse.recordsSize(partition) > 0;
    if (hasRecords) {
      wanted.remove(key);
    }
    // After an error the client hears of the partition in any case.
    long end = failed ? Wanted.UNTOLD : partition.highWatermark();
    wanted.put(key, new Wanted(known.partition, partition.logStartOffset(), end));
    return failed
        || hasRecords
        || known.end != end
        || known.start != partition.logStartOffset()
        || FetchResponse.isDivergingEpoch(partition);
  }
}
