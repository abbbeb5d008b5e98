package io.thalweg.frontend.kafka.request;

import io.thalweg.frontend.kafka.access.AclRequests;
import io.thalweg.frontend.kafka.access.Guard;
import io.thalweg.frontend.kafka.access.Guard.Need;
import io.thalweg.frontend.kafka.access.LoginRequests;
import io.thalweg.frontend.kafka.access.QuotaRequests;
import io.thalweg.frontend.kafka.access.UserRequests;
import io.thalweg.frontend.kafka.network.Answer;
import io.thalweg.frontend.kafka.network.ClientRequest;
import io.thalweg.frontend.kafka.network.Handling;
import io.thalweg.frontend.kafka.network.RequestHandler;
import io.thalweg.server.api.Authorizer.Operation;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiVersionsResponse;
import org.apache.kafka.common.requests.ConsumerGroupHeartbeatRequest;
import org.apache.kafka.common.requests.HeartbeatRequest;
import org.apache.kafka.common.requests.JoinGroupRequest;
import org.apache.kafka.common.requests.LeaveGroupRequest;
import org.apache.kafka.common.requests.OffsetCommitRequest;
import org.apache.kafka.common.requests.OffsetDeleteRequest;
import org.apache.kafka.common.requests.SyncGroupRequest;
import org.apache.kafka.common.requests.TxnOffsetCommitRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Gives each request to the handler of its kind. Any thread. */
public final class Dispatch implements RequestHandler {
  private static final Logger log = LoggerFactory.getLogger(Dispatch.class);

  private final Map<ApiKeys, RequestHandler> handlers = new EnumMap<>(ApiKeys.class);
  private final VersionRequests versions;

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
    Guard guard = new Guard(door.rights());
    addGroups(new GroupRequests(door), guard);
    addTransactions(new TransactionRequests(door), new TransactionToolRequests(door), guard);
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
    handlers.put(
        ApiKeys.DESCRIBE_LOG_DIRS,
        guard.before(body -> Need.cluster(Operation.DESCRIBE), tools::logDirs));
    handlers.put(
        ApiKeys.LIST_CONFIG_RESOURCES,
        guard.before(body -> Need.cluster(Operation.DESCRIBE_CONFIGS), tools::configResources));
    handlers.put(
        ApiKeys.LIST_PARTITION_REASSIGNMENTS,
        guard.before(body -> Need.cluster(Operation.DESCRIBE), tools::reassignments));
    AclRequests acls = new AclRequests(door.api().security());
    handlers.put(ApiKeys.CREATE_ACLS, acls::create);
    handlers.put(ApiKeys.DESCRIBE_ACLS, acls::describe);
    handlers.put(ApiKeys.DELETE_ACLS, acls::delete);
    UserRequests users = new UserRequests(door.api().security());
    handlers.put(ApiKeys.ALTER_USER_SCRAM_CREDENTIALS, users::alter);
    handlers.put(ApiKeys.DESCRIBE_USER_SCRAM_CREDENTIALS, users::describe);
    QuotaRequests quotas = new QuotaRequests(door.api().quotas());
    handlers.put(ApiKeys.ALTER_CLIENT_QUOTAS, quotas::alter);
    handlers.put(ApiKeys.DESCRIBE_CLIENT_QUOTAS, quotas::describe);
    handlers.put(ApiKeys.SASL_HANDSHAKE, LoginRequests::handshake);
    handlers.put(ApiKeys.SASL_AUTHENTICATE, LoginRequests::authenticate);
    this.versions = new VersionRequests(Set.copyOf(all(handlers.keySet())));
    handlers.put(ApiKeys.API_VERSIONS, versions::versions);
  }

  /** What a client that has not logged in yet hears of the requests there are. */
  public ApiVersionsResponse versions(short version) {
    return versions.response(Errors.NONE);
  }

  private void addGroups(GroupRequests groups, Guard guard) {
    handlers.put(ApiKeys.FIND_COORDINATOR, groups::findCoordinator);
    handlers.put(
        ApiKeys.JOIN_GROUP,
        guard.<JoinGroupRequest>before(
            body -> Need.group(Operation.READ, body.data().groupId()), groups::join));
    handlers.put(
        ApiKeys.SYNC_GROUP,
        guard.<SyncGroupRequest>before(
            body -> Need.group(Operation.READ, body.data().groupId()), groups::sync));
    handlers.put(
        ApiKeys.HEARTBEAT,
        guard.<HeartbeatRequest>before(
            body -> Need.group(Operation.READ, body.data().groupId()), groups::heartbeat));
    handlers.put(
        ApiKeys.LEAVE_GROUP,
        guard.<LeaveGroupRequest>before(
            body -> Need.group(Operation.READ, body.data().groupId()), groups::leave));
    handlers.put(
        ApiKeys.CONSUMER_GROUP_HEARTBEAT,
        guard.<ConsumerGroupHeartbeatRequest>before(
            body -> Need.group(Operation.READ, body.data().groupId()), groups::consumerHeartbeat));
    handlers.put(
        ApiKeys.OFFSET_COMMIT,
        guard.<OffsetCommitRequest>before(
            body -> Need.group(Operation.READ, body.data().groupId()), groups::commit));
    handlers.put(
        ApiKeys.TXN_OFFSET_COMMIT,
        guard.<TxnOffsetCommitRequest>before(
            body -> Need.transaction(Operation.WRITE, body.data().transactionalId()),
            guard.<TxnOffsetCommitRequest>before(
                body -> Need.group(Operation.READ, body.data().groupId()),
                groups::commitInTransaction)));
    handlers.put(ApiKeys.OFFSET_FETCH, groups::fetchOffsets);
    handlers.put(
        ApiKeys.OFFSET_DELETE,
        guard.<OffsetDeleteRequest>before(
            body -> Need.group(Operation.DROP, body.data().groupId()), groups::deleteOffsets));
    handlers.put(ApiKeys.LIST_GROUPS, groups::list);
    handlers.put(ApiKeys.DESCRIBE_GROUPS, groups::describe);
    handlers.put(ApiKeys.CONSUMER_GROUP_DESCRIBE, groups::consumerDescribe);
    handlers.put(ApiKeys.DELETE_GROUPS, groups::delete);
  }

  private void addTransactions(
      TransactionRequests transactions, TransactionToolRequests tools, Guard guard) {
    handlers.put(ApiKeys.INIT_PRODUCER_ID, transactions::initProducerId);
    handlers.put(ApiKeys.ADD_PARTITIONS_TO_TXN, transactions::addPartitions);
    handlers.put(ApiKeys.ADD_OFFSETS_TO_TXN, transactions::addOffsets);
    handlers.put(ApiKeys.END_TXN, transactions::end);
    handlers.put(
        ApiKeys.WRITE_TXN_MARKERS,
        guard.before(body -> Need.cluster(Operation.ALTER), tools::writeMarkers));
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
