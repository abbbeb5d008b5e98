package io.thalweg.frontend.kafka.request;

import io.thalweg.format.alter.TableChange;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.frontend.kafka.group.OffsetsTopic;
import io.thalweg.frontend.kafka.network.Answer;
import io.thalweg.frontend.kafka.network.ClientRequest;
import io.thalweg.frontend.kafka.network.Handling;
import io.thalweg.frontend.kafka.quota.Mutations;
import io.thalweg.frontend.kafka.topic.KafkaErrors;
import io.thalweg.server.api.Authorizer.Operation;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidReplicaAssignmentException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsTopic;
import org.apache.kafka.common.message.CreatePartitionsResponseData;
import org.apache.kafka.common.message.CreatePartitionsResponseData.CreatePartitionsTopicResult;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.CreatePartitionsRequest;
import org.apache.kafka.common.requests.CreatePartitionsResponse;

/** Gives topics more partitions. Any thread. */
final class PartitionRequests {
  private final DoorContext door;

  PartitionRequests(DoorContext door) {
    this.door = door;
  }

  Handling create(ClientRequest request) {
    CreatePartitionsRequestData body = ((CreatePartitionsRequest) request.body()).data();
    Mutations mutations = door.quotas().mutations(request);
    Set<String> seen = new HashSet<>();
    Set<String> twice = new HashSet<>();
    body.topics()
        .forEach(
            topic -> {
              if (!seen.add(topic.name())) {
                twice.add(topic.name());
              }
            });
    List<CompletableFuture<CreatePartitionsTopicResult>> results = new ArrayList<>();
    for (CreatePartitionsTopic topic : body.topics()) {
      if (seen.remove(topic.name())) {
        results.add(
            create(request, topic, twice.contains(topic.name()), body.validateOnly(), mutations)
                .handle((table, failure) -> result(topic, failure)));
      }
    }
    return Handling.ofAnswer(
        Futures.all(results)
            .thenApply(
                all ->
                    Answer.delayed(
                        new CreatePartitionsResponse(
                            new CreatePartitionsResponseData().setResults(all)),
                        mutations.delayMillis())));
  }

  private static CreatePartitionsTopicResult result(
      CreatePartitionsTopic topic, Throwable failure) {
    CreatePartitionsTopicResult result = new CreatePartitionsTopicResult().setName(topic.name());
    if (failure == null) {
      return result;
    }
    Errors error = KafkaErrors.of(failure);
    return result
        .setErrorCode((error == Errors.INVALID_CONFIG ? Errors.INVALID_PARTITIONS : error).code())
        .setErrorMessage(KafkaErrors.message(failure));
  }

  private CompletableFuture<TableInfo> create(
      ClientRequest request,
      CreatePartitionsTopic topic,
      boolean twice,
      boolean only,
      Mutations mutations) {
    try {
      if (twice) {
        throw new InvalidRequestException("the request names the topic twice");
      }
      // Its partitions say which groups a server coordinates.
      OffsetsTopic.checkNot(topic.name());
    } catch (RuntimeException refused) {
      return CompletableFuture.failedFuture(refused);
    }
    return door.topics()
        .current(request.who(), Operation.ALTER, topic.name())
        .thenCompose(
            table -> {
              check(topic, table.bucketCount());
              TableChange more =
                  new TableChange.SetOption(
                      TableDescriptor.BUCKETS, Integer.toString(topic.count()));
              int added = only ? 0 : topic.count() - table.bucketCount();
              return mutations.within(added, () -> door.topics().alter(table, List.of(more), only));
            });
  }

  private static void check(CreatePartitionsTopic topic, int now) {
    if (topic.count() <= now) {
      throw new InvalidPartitionsException(
          "topic '%s' has %d partitions, so %d are no more; give a greater number"
              .formatted(topic.name(), now, topic.count()));
    }
    if (topic.assignments() != null && topic.assignments().size() != topic.count() - now) {
      throw new InvalidReplicaAssignmentException(
          "the request adds %d partitions and assigns %d; assign each or none"
              .formatted(topic.count() - now, topic.assignments().size()));
    }
  }
}
