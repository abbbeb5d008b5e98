package io.thalweg.frontend.kafka.request;

import io.thalweg.frontend.kafka.network.ClientRequest;
import io.thalweg.frontend.kafka.network.Handling;
import io.thalweg.frontend.kafka.topic.KafkaErrors;
import io.thalweg.frontend.kafka.topic.TopicConfigs;
import io.thalweg.server.api.Authorizer.Operation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.admin.ConfigEntry.ConfigSource;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.DescribeConfigsRequestData.DescribeConfigsResource;
import org.apache.kafka.common.message.DescribeConfigsResponseData;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResourceResult;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResult;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DescribeConfigsRequest;
import org.apache.kafka.common.requests.DescribeConfigsResponse;

/** Shows configs. Any thread. */
final class ConfigRequests {
  /** The numbers of the protocol for where a config comes from. */
  private static final byte OF_TOPIC = 1;

  private static final byte DEFAULT = 5;

  private final DoorContext door;

  ConfigRequests(DoorContext door) {
    this.door = door;
  }

  /** Where a config comes from, as the protocol numbers it ({@link ConfigSource} has the names). */
  static byte source(boolean given) {
    return given ? OF_TOPIC : DEFAULT;
  }

  Handling describe(ClientRequest request) {
    DescribeConfigsRequest body = (DescribeConfigsRequest) request.body();
    List<CompletableFuture<DescribeConfigsResult>> results = new ArrayList<>();
    for (DescribeConfigsResource resource : body.data().resources()) {
      DescribeConfigsResult result =
          new DescribeConfigsResult()
              .setResourceType(resource.resourceType())
              .setResourceName(resource.resourceName());
      results.add(
          configs(request, resource)
              .handle(
                  (configs, failure) ->
                      failure == null
                          ? result.setConfigs(configs)
                          : result
                              .setErrorCode(KafkaErrors.of(failure).code())
                              .setErrorMessage(KafkaErrors.message(failure))));
    }
    return Handling.of(
        Futures.all(results)
            .thenApply(
                all ->
                    new DescribeConfigsResponse(
                        new DescribeConfigsResponseData().setResults(all))));
  }

  private CompletableFuture<List<DescribeConfigsResourceResult>> configs(
      ClientRequest request, DescribeConfigsResource resource) {
    if (resource.resourceType() != ConfigResource.Type.TOPIC.id()) {
      // A server has settings of its own kind, which Kafka's tools cannot show.
      if (resource.resourceType() == ConfigResource.Type.BROKER.id()
          && !door.rights().mayInCluster(request.who(), Operation.DESCRIBE_CONFIGS)) {
        return CompletableFuture.failedFuture(Errors.CLUSTER_AUTHORIZATION_FAILED.exception());
      }
      return CompletableFuture.completedFuture(List.of());
    }
    Set<String> wanted =
        resource.configurationKeys() == null ? null : Set.copyOf(resource.configurationKeys());
    return door.topics()
        .current(request.who(), Operation.DESCRIBE_CONFIGS, resource.resourceName())
        .thenApply(
            table -> {
              TopicConfigs configs = TopicConfigs.of(table);
              Map<String, String> given = configs.given();
              List<DescribeConfigsResourceResult> shown = new ArrayList<>();
              configs
                  .all()
                  .forEach(
                      (name, value) -> {
                        if (wanted == null || wanted.contains(name)) {
                          boolean isGiven = given.containsKey(name);
                          shown.add(
                              new DescribeConfigsResourceResult()
                                  .setName(name)
                                  .setValue(value)
                                  .setConfigSource(source(isGiven)));
                        }
                      });
              return shown;
            });
  }
}
