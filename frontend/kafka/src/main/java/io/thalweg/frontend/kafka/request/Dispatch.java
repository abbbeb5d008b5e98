package io.thalweg.frontend.kafka.request;

import io.thalweg.frontend.kafka.network.ClientRequest;
import io.thalweg.frontend.kafka.network.Handling;
import io.thalweg.frontend.kafka.network.RequestHandler;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.protocol.ApiKeys;

/** Gives each request to the handler of its kind. Any thread. */
public final class Dispatch implements RequestHandler {
  private final Map<ApiKeys, RequestHandler> handlers = new EnumMap<>(ApiKeys.class);

  /** All kinds of requests that the door answers. */
  public Dispatch(DoorContext door) {
    ProduceRequests produce = new ProduceRequests(door);
    FetchRequests fetch = new FetchRequests(door);
    OffsetRequests offsets = new OffsetRequests(door);
    MetadataRequests metadata = new MetadataRequests(door);
    TopicRequests topics = new TopicRequests(door);
    ConfigRequests configs = new ConfigRequests(door);
    handlers.put(ApiKeys.PRODUCE, produce::produce);
    handlers.put(ApiKeys.FETCH, fetch::fetch);
    handlers.put(ApiKeys.LIST_OFFSETS, offsets::list);
    handlers.put(ApiKeys.OFFSET_FOR_LEADER_EPOCH, offsets::ofEpoch);
    handlers.put(ApiKeys.INIT_PRODUCER_ID, produce::initProducerId);
    handlers.put(ApiKeys.METADATA, metadata::metadata);
    handlers.put(ApiKeys.DESCRIBE_CLUSTER, metadata::cluster);
    handlers.put(ApiKeys.DESCRIBE_TOPIC_PARTITIONS, metadata::partitions);
    handlers.put(ApiKeys.CREATE_TOPICS, topics::create);
    handlers.put(ApiKeys.DELETE_TOPICS, topics::delete);
    handlers.put(ApiKeys.DESCRIBE_CONFIGS, configs::describe);
    handlers.put(
        ApiKeys.API_VERSIONS, new VersionRequests(Set.copyOf(all(handlers.keySet())))::versions);
  }

  private static Set<ApiKeys> all(Set<ApiKeys> but) {
    Set<ApiKeys> all = new java.util.HashSet<>(but);
    all.add(ApiKeys.API_VERSIONS);
    return all;
  }

  @Override
  public Handling handle(ClientRequest request) {
    ApiKeys kind = request.body().apiKey();
    RequestHandler handler = handlers.get(kind);
    return handler == null
        ? Handling.of(
            request
                .body()
                .getErrorResponse(
                    new UnsupportedVersionException(kind + " is not supported here (yet)")))
        : handler.handle(request);
  }
}
