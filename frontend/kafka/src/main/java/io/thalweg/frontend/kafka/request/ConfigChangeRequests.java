package io.thalweg.frontend.kafka.request;

import io.thalweg.format.schema.TableInfo;
import io.thalweg.frontend.kafka.group.OffsetsTopic;
import io.thalweg.frontend.kafka.network.ClientRequest;
import io.thalweg.frontend.kafka.network.Handling;
import io.thalweg.frontend.kafka.topic.KafkaErrors;
import io.thalweg.frontend.kafka.topic.TopicConfigs;
import io.thalweg.server.api.Authorizer.Operation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.AlterConfigsResponseData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterableConfig;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AlterConfigsRequest;
import org.apache.kafka.common.requests.AlterConfigsResponse;
import org.apache.kafka.common.requests.IncrementalAlterConfigsRequest;
import org.apache.kafka.common.requests.IncrementalAlterConfigsResponse;

/** Changes the configs of topics. Any thread. */
final class ConfigChangeRequests {
  private final DoorContext door;

  ConfigChangeRequests(DoorContext door) {
    this.door = door;
  }

  /** What a request names: a topic, or something whose configs are not changed here. */
  private record Resource(byte type, String name) {}

  /** What became of a change; no failure if it was made. */
  private record Outcome(Resource of, Throwable failure) {
    short code() {
      return failure == null ? 0 : error().code();
    }

    private Errors error() {
      Errors error = KafkaErrors.of(failure);
      return switch (error) {
        case MESSAGE_TOO_LARGE -> Errors.INVALID_CONFIG;
        case INVALID_RECORD -> Errors.INVALID_REQUEST;
        default -> error;
      };
    }

    String message() {
      return failure == null ? null : KafkaErrors.message(failure);
    }
  }

  /** Changes some configs of each topic. */
  Handling change(ClientRequest request) {
    IncrementalAlterConfigsRequestData body =
        ((IncrementalAlterConfigsRequest) request.body()).data();
    List<Resource> named = new ArrayList<>();
    List<Function<TableInfo, Map<String, Optional<String>>>> changes = new ArrayList<>();
    body.resources()
        .forEach(
            each -> {
              named.add(new Resource(each.resourceType(), each.resourceName()));
              changes.add(table -> changed(TopicConfigs.of(table), each.configs()));
            });
    return Handling.of(
        alter(request, named, changes, body.validateOnly())
            .thenApply(
                all -> {
                  IncrementalAlterConfigsResponseData data =
                      new IncrementalAlterConfigsResponseData();
                  for (Outcome each : all) {
                    data.responses()
                        .add(
                            new IncrementalAlterConfigsResponseData.AlterConfigsResourceResponse()
                                .setResourceType(each.of.type)
                                .setResourceName(each.of.name)
                                .setErrorCode(each.code())
                                .setErrorMessage(each.message()));
                  }
                  return new IncrementalAlterConfigsResponse(data);
                }));
  }

  /** Gives each topic these configs and no others. */
  Handling replace(ClientRequest request) {
    AlterConfigsRequestData body = ((AlterConfigsRequest) request.body()).data();
    List<Resource> named = new ArrayList<>();
    List<Function<TableInfo, Map<String, Optional<String>>>> changes = new ArrayList<>();
    body.resources()
        .forEach(
            each -> {
              named.add(new Resource(each.resourceType(), each.resourceName()));
              changes.add(
                  table -> {
                    Map<String, Optional<String>> all = new LinkedHashMap<>();
                    TopicConfigs.of(table).given().keySet().forEach(name -> all.put(name, none()));
                    each.configs()
                        .forEach(
                            config -> all.put(config.name(), value(config.name(), config.value())));
                    return all;
                  });
            });
    return Handling.of(
        alter(request, named, changes, body.validateOnly())
            .thenApply(
                all -> {
                  AlterConfigsResponseData data = new AlterConfigsResponseData();
                  for (Outcome each : all) {
                    data.responses()
                        .add(
                            new AlterConfigsResponseData.AlterConfigsResourceResponse()
                                .setResourceType(each.of.type)
                                .setResourceName(each.of.name)
                                .setErrorCode(each.code())
                                .setErrorMessage(each.message()));
                  }
                  return new AlterConfigsResponse(data);
                }));
  }

  private CompletableFuture<List<Outcome>> alter(
      ClientRequest request,
      List<Resource> named,
      List<Function<TableInfo, Map<String, Optional<String>>>> changes,
      boolean only) {
    Map<Resource, Integer> times = new HashMap<>();
    named.forEach(each -> times.merge(each, 1, Integer::sum));
    List<CompletableFuture<Outcome>> outcomes = new ArrayList<>();
    for (int i = 0; i < named.size(); i++) {
      Resource resource = named.get(i);
      outcomes.add(
          alter(request, resource, times.get(resource), changes.get(i), only)
              .handle((done, failure) -> new Outcome(resource, failure)));
    }
    return Futures.all(outcomes);
  }

  private CompletableFuture<TableInfo> alter(
      ClientRequest request,
      Resource resource,
      int times,
      Function<TableInfo, Map<String, Optional<String>>> changes,
      boolean only) {
    try {
      checkTopic(resource, times);
    } catch (RuntimeException refused) {
      return CompletableFuture.failedFuture(refused);
    }
    return door.topics()
        .current(request.who(), Operation.ALTER_CONFIGS, resource.name)
        .thenCompose(
            table -> door.topics().alter(table, TopicConfigs.changes(changes.apply(table)), only));
  }

  private static void checkTopic(Resource resource, int times) {
    if (times > 1) {
      throw new InvalidRequestException("the request names " + resource.name + " twice");
    }
    if (resource.type != ConfigResource.Type.TOPIC.id()) {
      throw new InvalidRequestException(
          "only topics have configs that can change; a server has settings of its own, given at its"
              + " start, and groups have the defaults");
    }
    OffsetsTopic.checkNot(resource.name);
  }

  private static Optional<String> none() {
    return Optional.empty();
  }

  private static Optional<String> value(String name, String value) {
    if (value == null) {
      throw new InvalidRequestException("config " + name + " has no value");
    }
    return Optional.of(value);
  }

  private static Map<String, Optional<String>> changed(
      TopicConfigs now, Iterable<AlterableConfig> asked) {
    Map<String, Optional<String>> changed = new LinkedHashMap<>();
    for (AlterableConfig each : asked) {
      if (changed.containsKey(each.name())) {
        throw new InvalidRequestException("the request names config " + each.name() + " twice");
      }
      changed.put(each.name(), changed(now, each));
    }
    return changed;
  }

  private static Optional<String> changed(TopicConfigs now, AlterableConfig asked) {
    OpType operation = OpType.forId(asked.configOperation());
    if (operation == null) {
      throw new InvalidRequestException(
          "there is no operation " + asked.configOperation() + " of configs");
    }
    return switch (operation) {
      case DELETE -> none();
      case SET -> value(asked.name(), asked.value());
      case APPEND, SUBTRACT -> {
        if (!TopicConfigs.isList(asked.name())) {
          throw new InvalidConfigurationException(
              "config " + asked.name() + " is no list, so nothing can be added or taken away");
        }
        List<String> items = items(now.all().getOrDefault(asked.name(), ""));
        List<String> named = items(value(asked.name(), asked.value()).orElseThrow());
        if (operation == OpType.APPEND) {
          named.stream().filter(each -> !items.contains(each)).forEach(items::add);
        } else {
          items.removeAll(named);
        }
        yield Optional.of(String.join(",", items));
      }
    };
  }

  private static List<String> items(String list) {
    List<String> items = new ArrayList<>(Arrays.asList(list.split(",")));
    items.replaceAll(String::trim);
    items.removeIf(String::isEmpty);
    return items;
  }
}
