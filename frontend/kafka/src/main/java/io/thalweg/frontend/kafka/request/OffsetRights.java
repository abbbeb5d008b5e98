package io.thalweg.frontend.kafka.request;

import io.thalweg.frontend.kafka.topic.Rights;
import io.thalweg.server.api.Authorizer.Operation;
import io.thalweg.server.api.Principal;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetCommitResponseData.OffsetCommitResponsePartition;
import org.apache.kafka.common.message.OffsetCommitResponseData.OffsetCommitResponseTopic;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestPartition;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopic;
import org.apache.kafka.common.message.OffsetDeleteResponseData;
import org.apache.kafka.common.message.OffsetDeleteResponseData.OffsetDeleteResponsePartition;
import org.apache.kafka.common.message.OffsetDeleteResponseData.OffsetDeleteResponseTopic;
import org.apache.kafka.common.message.OffsetDeleteResponseData.OffsetDeleteResponseTopicCollection;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponsePartitions;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseTopics;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestTopic;
import org.apache.kafka.common.message.TxnOffsetCommitResponseData;
import org.apache.kafka.common.message.TxnOffsetCommitResponseData.TxnOffsetCommitResponsePartition;
import org.apache.kafka.common.message.TxnOffsetCommitResponseData.TxnOffsetCommitResponseTopic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.OffsetFetchResponse;

/**
 * Takes the topics on which a client may not do it out of its requests about groups' offsets, so
 * that the coordinator never sees them, and puts them into the answers as refused.
 */
final class OffsetRights {
  private static final short REFUSED = Errors.TOPIC_AUTHORIZATION_FAILED.code();

  private final Rights rights;

  OffsetRights(Rights rights) {
    this.rights = rights;
  }

  private <T> List<T> taken(
      Principal who, Operation what, Iterable<T> topics, Function<T, String> name) {
    List<T> taken = new ArrayList<>();
    for (Iterator<T> each = topics.iterator(); each.hasNext(); ) {
      T topic = each.next();
      if (!rights.mayOnTopic(who, what, name.apply(topic))) {
        taken.add(topic);
        each.remove();
      }
    }
    return taken;
  }

  /** Takes the refused topics out of a commit; the function puts them into its answer. */
  Function<OffsetCommitResponseData, OffsetCommitResponseData> commit(
      Principal who, OffsetCommitRequestData data) {
    data.setTopics(new ArrayList<>(data.topics()));
    List<OffsetCommitRequestTopic> refused =
        taken(who, Operation.READ, data.topics(), OffsetCommitRequestTopic::name);
    return answer -> {
      if (refused.isEmpty()) {
        return answer;
      }
      List<OffsetCommitResponseTopic> all = new ArrayList<>(answer.topics());
      for (OffsetCommitRequestTopic topic : refused) {
        all.add(
            new OffsetCommitResponseTopic()
                .setName(topic.name())
                .setPartitions(
                    topic.partitions().stream()
                        .map(
                            each ->
                                new OffsetCommitResponsePartition()
                                    .setPartitionIndex(each.partitionIndex())
                                    .setErrorCode(REFUSED))
                        .toList()));
      }
      return answer.setTopics(all);
    };
  }

  /** The same of a commit in a transaction. */
  Function<TxnOffsetCommitResponseData, TxnOffsetCommitResponseData> commit(
      Principal who, TxnOffsetCommitRequestData data) {
    data.setTopics(new ArrayList<>(data.topics()));
    List<TxnOffsetCommitRequestTopic> refused =
        taken(who, Operation.READ, data.topics(), TxnOffsetCommitRequestTopic::name);
    return answer -> {
      if (refused.isEmpty()) {
        return answer;
      }
      List<TxnOffsetCommitResponseTopic> all = new ArrayList<>(answer.topics());
      for (TxnOffsetCommitRequestTopic topic : refused) {
        all.add(
            new TxnOffsetCommitResponseTopic()
                .setName(topic.name())
                .setPartitions(
                    topic.partitions().stream()
                        .map(
                            each ->
                                new TxnOffsetCommitResponsePartition()
                                    .setPartitionIndex(each.partitionIndex())
                                    .setErrorCode(REFUSED))
                        .toList()));
      }
      return answer.setTopics(all);
    };
  }

  /** The same of a question for a group's offsets; of all offsets, leaves the others out. */
  Function<OffsetFetchResponseGroup, OffsetFetchResponseGroup> fetch(
      Principal who, OffsetFetchRequestGroup group) {
    if (group.topics() == null) {
      return answer ->
          answer.setTopics(
              answer.topics().stream()
                  .filter(each -> rights.mayOnTopic(who, Operation.DESCRIBE, each.name()))
                  .toList());
    }
    group.setTopics(new ArrayList<>(group.topics()));
    List<OffsetFetchRequestTopics> refused =
        taken(who, Operation.DESCRIBE, group.topics(), OffsetFetchRequestTopics::name);
    return answer -> {
      if (refused.isEmpty()) {
        return answer;
      }
      List<OffsetFetchResponseTopics> all = new ArrayList<>(answer.topics());
      refused.forEach(each -> all.add(refused(each)));
      return answer.setTopics(all);
    };
  }

  private static OffsetFetchResponseTopics refused(OffsetFetchRequestTopics topic) {
    return new OffsetFetchResponseTopics()
        .setName(topic.name())
        .setPartitions(
            topic.partitionIndexes().stream()
                .map(
                    each ->
                        new OffsetFetchResponsePartitions()
                            .setPartitionIndex(each)
                            .setErrorCode(REFUSED)
                            .setCommittedOffset(OffsetFetchResponse.INVALID_OFFSET)
                            .setMetadata(OffsetFetchResponse.NO_METADATA))
                .toList());
  }

  /**
   * Takes the partitions that do not exist out of a removal of offsets; the function puts them into
   * its answer.
   *
   * @param counts how many partitions each topic has
   */
  static UnaryOperator<OffsetDeleteResponseData> withoutUnknown(
      OffsetDeleteRequestData data, Map<String, Integer> counts) {
    OffsetDeleteResponseTopicCollection unknown = new OffsetDeleteResponseTopicCollection();
    for (OffsetDeleteRequestTopic topic : data.topics()) {
      int count = counts.get(topic.name());
      OffsetDeleteResponseTopic told = new OffsetDeleteResponseTopic().setName(topic.name());
      List<OffsetDeleteRequestPartition> known = new ArrayList<>();
      for (OffsetDeleteRequestPartition each : topic.partitions()) {
        if (each.partitionIndex() >= 0 && each.partitionIndex() < count) {
          known.add(each);
        } else {
          told.partitions()
              .add(
                  new OffsetDeleteResponsePartition()
                      .setPartitionIndex(each.partitionIndex())
                      .setErrorCode(Errors.UNKNOWN_TOPIC_OR_PARTITION.code()));
        }
      }
      topic.setPartitions(known);
      if (!told.partitions().isEmpty()) {
        unknown.add(told);
      }
    }
    data.topics().removeIf(each -> each.partitions().isEmpty());
    return answer -> {
      for (OffsetDeleteResponseTopic told : unknown) {
        OffsetDeleteResponseTopic known = answer.topics().find(told.name());
        if (known == null) {
          answer.topics().add(told.duplicate());
        } else {
          told.partitions().forEach(each -> known.partitions().add(each.duplicate()));
        }
      }
      return answer;
    };
  }

  /** Takes the refused topics out of a removal of offsets, likewise. */
  Function<OffsetDeleteResponseData, OffsetDeleteResponseData> delete(
      Principal who, OffsetDeleteRequestData data) {
    List<OffsetDeleteRequestTopic> refused =
        taken(who, Operation.READ, data.topics(), OffsetDeleteRequestTopic::name);
    return answer -> {
      for (OffsetDeleteRequestTopic topic : refused) {
        OffsetDeleteResponseTopic told = new OffsetDeleteResponseTopic().setName(topic.name());
        topic
            .partitions()
            .forEach(
                each ->
                    told.partitions()
                        .add(
                            new OffsetDeleteResponsePartition()
                                .setPartitionIndex(each.partitionIndex())
                                .setErrorCode(REFUSED)));
        answer.topics().add(told);
      }
      return answer;
    };
  }
}
