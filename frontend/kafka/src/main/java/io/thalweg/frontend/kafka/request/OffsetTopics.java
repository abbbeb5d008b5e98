package io.thalweg.frontend.kafka.request;

import io.thalweg.frontend.kafka.topic.KafkaErrors;
import io.thalweg.frontend.kafka.topic.Topics;
import io.thalweg.server.api.Authorizer.Operation;
import io.thalweg.server.api.Principal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.ToIntFunction;
import java.util.function.UnaryOperator;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
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
import org.apache.kafka.common.message.TxnOffsetCommitRequestData;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestPartition;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestTopic;
import org.apache.kafka.common.message.TxnOffsetCommitResponseData;
import org.apache.kafka.common.message.TxnOffsetCommitResponseData.TxnOffsetCommitResponsePartition;
import org.apache.kafka.common.message.TxnOffsetCommitResponseData.TxnOffsetCommitResponseTopic;
import org.apache.kafka.common.protocol.Errors;

/**
 * The topics of a request that changes a group's offsets. Partitions that do not exist, or that the
 * client may not read, are taken out of the request, so that the coordinator never sees them, and
 * put into its answer with their error. Immutable.
 */
final class OffsetTopics {
  /** How many partitions a topic has, or why it has none for this client. */
  private record Known(int partitions, Errors otherwise) {
    Errors of(int partition) {
      return partition >= 0 && partition < partitions ? Errors.NONE : otherwise;
    }
  }

  private final Map<String, Known> topics;

  private OffsetTopics(Map<String, Known> topics) {
    this.topics = topics;
  }

  /** Those of these names, as far as {@code who} may read them. */
  static CompletableFuture<OffsetTopics> find(Topics topics, Principal who, Set<String> names) {
    Map<String, CompletableFuture<Known>> found = new HashMap<>();
    for (String name : names) {
      found.put(
          name,
          topics
              .find(who, Operation.READ, name)
              .handle(
                  (table, failure) ->
                      failure == null
                          ? new Known(table.bucketCount(), Errors.UNKNOWN_TOPIC_OR_PARTITION)
                          : new Known(0, error(failure))));
    }
    return CompletableFuture.allOf(found.values().toArray(CompletableFuture<?>[]::new))
        .thenApply(
            done -> {
              Map<String, Known> known = new HashMap<>();
              found.forEach((name, each) -> known.put(name, each.join()));
              return new OffsetTopics(known);
            });
  }

  private static Errors error(Throwable failure) {
    Errors error = KafkaErrors.of(failure);
    return switch (error) {
      case UNKNOWN_TOPIC_OR_PARTITION, TOPIC_AUTHORIZATION_FAILED -> error;
      case INVALID_TOPIC_EXCEPTION -> Errors.UNKNOWN_TOPIC_OR_PARTITION;
      default -> throw new CompletionException(KafkaErrors.unwrapped(failure));
    };
  }

  /** Moves the partitions that have an error from {@code partitions} to the result. */
  private <P> Map<Integer, Errors> taken(
      String topic, List<P> partitions, ToIntFunction<P> index, List<P> kept) {
    Map<Integer, Errors> errors = new HashMap<>();
    for (P each : partitions) {
      Errors error = topics.get(topic).of(index.applyAsInt(each));
      if (error == Errors.NONE) {
        kept.add(each);
      } else {
        errors.put(index.applyAsInt(each), error);
      }
    }
    return errors;
  }

  /** Takes them out of a commit; the function puts them into its answer. */
  UnaryOperator<OffsetCommitResponseData> commit(OffsetCommitRequestData data) {
    List<OffsetCommitResponseTopic> told = new ArrayList<>();
    List<OffsetCommitRequestTopic> kept = new ArrayList<>();
    for (OffsetCommitRequestTopic topic : data.topics()) {
      List<OffsetCommitRequestPartition> rest = new ArrayList<>();
      OffsetCommitResponseTopic errors = new OffsetCommitResponseTopic().setName(topic.name());
      taken(topic.name(), topic.partitions(), OffsetCommitRequestPartition::partitionIndex, rest)
          .forEach(
              (partition, error) ->
                  errors
                      .partitions()
                      .add(
                          new OffsetCommitResponsePartition()
                              .setPartitionIndex(partition)
                              .setErrorCode(error.code())));
      if (!errors.partitions().isEmpty()) {
        told.add(errors);
      }
      if (!rest.isEmpty()) {
        kept.add(topic.setPartitions(rest));
      }
    }
    data.setTopics(kept);
    return answer -> {
      List<OffsetCommitResponseTopic> all = new ArrayList<>(answer.topics());
      all.addAll(told);
      return answer.setTopics(all);
    };
  }

  /** The same of a commit in a transaction. */
  UnaryOperator<TxnOffsetCommitResponseData> commit(TxnOffsetCommitRequestData data) {
    List<TxnOffsetCommitResponseTopic> told = new ArrayList<>();
    List<TxnOffsetCommitRequestTopic> kept = new ArrayList<>();
    for (TxnOffsetCommitRequestTopic topic : data.topics()) {
      List<TxnOffsetCommitRequestPartition> rest = new ArrayList<>();
      TxnOffsetCommitResponseTopic errors =
          new TxnOffsetCommitResponseTopic().setName(topic.name());
      taken(topic.name(), topic.partitions(), TxnOffsetCommitRequestPartition::partitionIndex, rest)
          .forEach(
              (partition, error) ->
                  errors
                      .partitions()
                      .add(
                          new TxnOffsetCommitResponsePartition()
                              .setPartitionIndex(partition)
                              .setErrorCode(error.code())));
      if (!errors.partitions().isEmpty()) {
        told.add(errors);
      }
      if (!rest.isEmpty()) {
        kept.add(topic.setPartitions(rest));
      }
    }
    data.setTopics(kept);
    return answer -> {
      List<TxnOffsetCommitResponseTopic> all = new ArrayList<>(answer.topics());
      all.addAll(told);
      return answer.setTopics(all);
    };
  }

  /** The same of a removal of offsets. */
  UnaryOperator<OffsetDeleteResponseData> delete(OffsetDeleteRequestData data) {
    List<OffsetDeleteResponseTopic> told = new ArrayList<>();
    for (OffsetDeleteRequestTopic topic : data.topics()) {
      List<OffsetDeleteRequestPartition> rest = new ArrayList<>();
      OffsetDeleteResponseTopic errors = new OffsetDeleteResponseTopic().setName(topic.name());
      taken(topic.name(), topic.partitions(), OffsetDeleteRequestPartition::partitionIndex, rest)
          .forEach(
              (partition, error) ->
                  errors
                      .partitions()
                      .add(
                          new OffsetDeleteResponsePartition()
                              .setPartitionIndex(partition)
                              .setErrorCode(error.code())));
      if (!errors.partitions().isEmpty()) {
        told.add(errors);
      }
      topic.setPartitions(rest);
    }
    data.topics().removeIf(topic -> topic.partitions().isEmpty());
    return answer -> {
      for (OffsetDeleteResponseTopic errors : told) {
        OffsetDeleteResponseTopic there = answer.topics().find(errors.name());
        if (there == null) {
          answer.topics().add(errors.duplicate());
        } else {
          errors.partitions().forEach(each -> there.partitions().add(each.duplicate()));
        }
      }
      return answer;
    };
  }
}
