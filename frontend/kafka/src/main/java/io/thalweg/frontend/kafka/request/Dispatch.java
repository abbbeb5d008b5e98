package io.thalweg.frontend.kafka.request;

import io.thalweg.frontend.kafka.network.Answer;
import io.thalweg.frontend.kafka.network.ClientRequest;
import io.thalweg.frontend.kafka.network.Handling;
import io.thalweg.frontend.kafka.network.RequestHandler;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.protocol.ApiKeys;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Gives each request to the handler of its kind. Any thread. */
public final class Dispatch implements RequestHandler {
  private static final Logger log = LoggerFactory.getLogger(Dispatch.class);

  private final Map<ApiKeys, RequestHandler> handlers = new EnumMap<>(ApiKeys.class);

  /** All kinds of requests that the door answers. */
  public Dispatch(DoorContext door, FetchSessions sessions) {
    ProduceRequests produce = new ProduceRequests(door);
    FetchRequests fetch = new FetchRequests(door, sessions);
    OffsetRequests offsets = new OffsetRequests(door);
    MetadataRequests metadata = new MetadataRequests(door);
    TopicRequests topics = new TopicRequests(door);
    ConfigRequests configs = new ConfigRequests(door);
    ConfigChangeRequests changes = new ConfigChangeRequests(door);
    ToolRequests tools = new ToolRequests(door);
    addGroups(new GroupRequests(door));
    addTransactions(new TransactionRequests(door), new TransactionToolRequests(door));
    handlers.put(ApiKeys.PRODUCE, produce::produce);
    handlers.put(ApiKeys.FETCH, fetch::fetch);
    handlers.put(ApiKeys.LIST_OFFSETS, offsets::list);
    handlers.put(ApiKeys.OFFSET_FOR_LEADER_EPOCH, offsets::ofEpoch);
    handlers.put(ApiKeys.METADATA, metadata::metadata);
    handlers.put(ApiKeys.DESCRIBE_CLUSTER, metadata::cluster);
    handlers.put(ApiKeys.DESCRIBE_TOPIC_PARTITIONS, metadata::partitions);
    handlers.put(ApiKeys.CREATE_TOPICS, topics::create);
    handlers.put(ApiKeys.DELETE_TOPICS, topics::delete);
    handlers.put(ApiKeys.CREATE_PARTITIONS, new PartitionRequests(door)::create);
    handlers.put(ApiKeys.DELETE_RECORDS, new DeletionRequests(door)::delete);
    handlers.put(ApiKeys.DESCRIBE_CONFIGS, configs::describe);
    handlers.put(ApiKeys.ALTER_CONFIGS, changes::replace);
    handlers.put(ApiKeys.INCREMENTAL_ALTER_CONFIGS, changes::change);
    handlers.put(ApiKeys.DESCRIBE_LOG_DIRS, tools::logDirs);
    handlers.put(ApiKeys.LIST_CONFIG_RESOURCES, tools::configResources);
    handlers.put(ApiKeys.LIST_PARTITION_REASSIGNMENTS, tools::reassignments);
    handlers.put(
        ApiKeys.API_VERSIONS, new VersionRequests(Set.copyOf(all(handlers.keySet())))::versions);
  }

  private void addGroups(GroupRequests groups) {
    handlers.put(ApiKeys.FIND_COORDINATOR, groups::findCoordinator);
    handlers.put(ApiKeys.JOIN_GROUP, groups::join);
    handlers.put(ApiKeys.SYNC_GROUP, groups::sync);
    handlers.put(ApiKeys.HEARTBEAT, groups::heartbeat);
    handlers.put(ApiKeys.LEAVE_GROUP, groups::leave);
    handlers.put(ApiKeys.CONSUMER_GROUP_HEARTBEAT, groups::consumerHeartbeat);
    handlers.put(ApiKeys.OFFSET_COMMIT, groups::commit);
    handlers.put(ApiKeys.TXN_OFFSET_COMMIT, groups::commitInTransaction);
    handlers.put(ApiKeys.OFFSET_FETCH, groups::fetchOffsets);
    handlers.put(ApiKeys.OFFSET_DELETE, groups::deleteOffsets);
    handlers.put(ApiKeys.LIST_GROUPS, groups::list);
    handlers.put(ApiKeys.DESCRIBE_GROUPS, groups::describe);
    handlers.put(ApiKeys.CONSUMER_GROUP_DESCRIBE, groups::consumerDescribe);
    handlers.put(ApiKeys.DELETE_GROUPS, groups::delete);
  }

  private void addTransactions(TransactionRequests transactions, TransactionToolRequests tools) {
    handlers.put(ApiKeys.INIT_PRODUCER_ID, transactions::initProducerId);
    handlers.put(ApiKeys.ADD_PARTITIONS_TO_TXN, transactions::addPartitions);
    handlers.put(ApiKeys.ADD_OFFSETS_TO_TXN, transactions::addOffsets);
    handlers.put(ApiKeys.END_TXN, transactions::end);
    handlers.put(ApiKeys.WRITE_TXN_MARKERS, tools::writeMarkers);
    handlers.put(ApiKeys.DESCRIBE_PRODUCERS, tools::producers);
    handlers.put(ApiKeys.DESCRIBE_TRANSACTIONS, tools::describe);
    handlers.put(ApiKeys.LIST_TRANSACTIONS, tools::list);
  }

  private static Set<ApiKeys> all(Set<ApiKeys> but) {
    Set<ApiKeys> all = new HashSet<>(but);
    all.add(ApiKeys.API_VERSIONS);
    return all;
  }

  @Override
  public Handling handle(ClientRequest request) {
    ApiKeys kind = request.body().apiKey();
    RequestHandler handler = handlers.get(kind);
    return handler == null ? unsupported(request, kind) : handler.handle(request);
  }

  private static Handling unsupported(ClientRequest request, ApiKeys kind) {
    UnsupportedVersionException why =
        new UnsupportedVersionException(kind + " is not supported here (yet)");
    try {
      return Handling.of(request.body().getErrorResponse(why));
    } catch (RuntimeException noForm) {
      // Of a request whose fields are null, Kafka's own classes cannot always make an answer.
      log.debug("{} has no form for an error", kind, noForm);
      return Handling.ofAnswer(CompletableFuture.completedFuture(Answer.close()));
    }
  }
}
