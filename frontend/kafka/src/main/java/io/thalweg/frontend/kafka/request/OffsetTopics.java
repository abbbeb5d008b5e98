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
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Function;
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

  /**
   * Takes them out of the topics of a request.
   *
   * @param keep sets which partitions a topic keeps
   * @param answer what is told of a topic, by its name and the errors of its partitions
   */
  private <T, P, R> List<R> taken(
      Iterable<T> asked,
      Function<T, String> name,
      Function<T, List<P>> partitions,
      ToIntFunction<P> index,
      BiConsumer<T, List<P>> keep,
      BiFunction<String, Map<Integer, Errors>, R> answer) {
    List<R> told = new ArrayList<>();
    for (T topic : asked) {
      Known known = topics.get(name.apply(topic));
      List<P> kept = new ArrayList<>();
      Map<Integer, Errors> errors = new TreeMap<>();
      for (P each : partitions.apply(topic)) {
        Errors error = known.of(index.applyAsInt(each));
        if (error == Errors.NONE) {
          kept.add(each);
        } else {
          errors.put(index.applyAsInt(each), error);
        }
      }
      keep.accept(topic, kept);
      if (!errors.isEmpty()) {
        told.add(answer.apply(name.apply(topic), errors));
      }
    }
    return told;
  }

  private static <R> List<R> joined(List<R> answered, List<R> told) {
    List<R> all = new ArrayList<>(answered);
    all.addAll(told);
    return all;
  }

  /** Takes them out of a commit; the function puts them into its answer. */
  UnaryOperator<OffsetCommitResponseData> commit(OffsetCommitRequestData data) {
    List<OffsetCommitResponseTopic> told =
        taken(
            data.topics(),
            OffsetCommitRequestTopic::name,
            OffsetCommitRequestTopic::partitions,
            OffsetCommitRequestPartition::partitionIndex,
            OffsetCommitRequestTopic::setPartitions,
            OffsetTopics::commitErrors);
    data.setTopics(data.topics().stream().filter(each -> !each.partitions().isEmpty()).toList());
    return answer -> answer.setTopics(joined(answer.topics(), told));
  }

  private static OffsetCommitResponseTopic commitErrors(String topic, Map<Integer, Errors> errors) {
    OffsetCommitResponseTopic told = new OffsetCommitResponseTopic().setName(topic);
    errors.forEach(
        (partition, error) ->
            told.partitions()
                .add(
                    new OffsetCommitResponsePartition()
                        .setPartitionIndex(partition)
                        .setErrorCode(error.code())));
    return told;
  }

  /** The same of a commit in a transaction. */
  UnaryOperator<TxnOffsetCommitResponseData> commit(TxnOffsetCommitRequestData data) {
    List<TxnOffsetCommitResponseTopic> told =
        taken(
            data.topics(),
            TxnOffsetCommitRequestTopic::name,
            TxnOffsetCommitRequestTopic::partitions,
            TxnOffsetCommitRequestPartition::partitionIndex,
            TxnOffsetCommitRequestTopic::setPartitions,
            OffsetTopics::transactionErrors);
    data.setTopics(data.topics().stream().filter(each -> !each.partitions().isEmpty()).toList());
    return answer -> answer.setTopics(joined(answer.topics(), told));
  }

  private static TxnOffsetCommitResponseTopic transactionErrors(
      String topic, Map<Integer, Errors> errors) {
    TxnOffsetCommitResponseTopic told = new TxnOffsetCommitResponseTopic().setName(topic);
    errors.forEach(
        (partition, error) ->
            told.partitions()
                .add(
                    new TxnOffsetCommitResponsePartition()
                        .setPartitionIndex(partition)
                        .setErrorCode(error.code())));
    return told;
  }

  /** The same of a removal of offsets. */
  UnaryOperator<OffsetDeleteResponseData> delete(OffsetDeleteRequestData data) {
    List<OffsetDeleteResponseTopic> told =
        taken(
            data.topics(),
            OffsetDeleteRequestTopic::name,
            OffsetDeleteRequestTopic::partitions,
            OffsetDeleteRequestPartition::partitionIndex,
            OffsetDeleteRequestTopic::setPartitions,
            OffsetTopics::deleteErrors);
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

  private static OffsetDeleteResponseTopic deleteErrors(String topic, Map<Integer, Errors> errors) {
    OffsetDeleteResponseTopic told = new OffsetDeleteResponseTopic().setName(topic);
    errors.forEach(
        (partition, error) ->
            told.partitions()
                .add(
                    new OffsetDeleteResponsePartition()
                        .setPartitionIndex(partition)
                        .setErrorCode(error.code())));
    return told;
  }
}
