package io.thalweg.frontend.kafka.request;

import io.thalweg.frontend.kafka.network.ClientRequest;
import io.thalweg.frontend.kafka.network.Handling;
import io.thalweg.frontend.kafka.topic.Broker;
import io.thalweg.frontend.kafka.topic.KafkaErrors;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData;
import org.apache.kafka.common.message.DeleteGroupsResponseData;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.FindCoordinatorResponseData.Coordinator;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.ConsumerGroupDescribeRequest;
import org.apache.kafka.common.requests.ConsumerGroupDescribeResponse;
import org.apache.kafka.common.requests.ConsumerGroupHeartbeatRequest;
import org.apache.kafka.common.requests.ConsumerGroupHeartbeatResponse;
import org.apache.kafka.common.requests.DeleteGroupsRequest;
import org.apache.kafka.common.requests.DeleteGroupsResponse;
import org.apache.kafka.common.requests.DescribeGroupsRequest;
import org.apache.kafka.common.requests.DescribeGroupsResponse;
import org.apache.kafka.common.requests.FindCoordinatorRequest;
import org.apache.kafka.common.requests.FindCoordinatorRequest.CoordinatorType;
import org.apache.kafka.common.requests.FindCoordinatorResponse;
import org.apache.kafka.common.requests.HeartbeatRequest;
import org.apache.kafka.common.requests.HeartbeatResponse;
import org.apache.kafka.common.requests.JoinGroupRequest;
import org.apache.kafka.common.requests.JoinGroupResponse;
import org.apache.kafka.common.requests.LeaveGroupRequest;
import org.apache.kafka.common.requests.LeaveGroupResponse;
import org.apache.kafka.common.requests.ListGroupsRequest;
import org.apache.kafka.common.requests.ListGroupsResponse;
import org.apache.kafka.common.requests.OffsetCommitRequest;
import org.apache.kafka.common.requests.OffsetCommitResponse;
import org.apache.kafka.common.requests.OffsetDeleteRequest;
import org.apache.kafka.common.requests.OffsetDeleteResponse;
import org.apache.kafka.common.requests.OffsetFetchRequest;
import org.apache.kafka.common.requests.OffsetFetchResponse;
import org.apache.kafka.common.requests.SyncGroupRequest;
import org.apache.kafka.common.requests.SyncGroupResponse;
import org.apache.kafka.common.requests.TxnOffsetCommitRequest;
import org.apache.kafka.common.requests.TxnOffsetCommitResponse;
import org.apache.kafka.common.utils.internals.BufferSupplier;
import org.apache.kafka.coordinator.group.GroupCoordinator;

/** Hands the requests of consumer groups to the coordinator. Any thread. */
final class GroupRequests {
  private final DoorContext door;

  GroupRequests(DoorContext door) {
    this.door = door;
  }

  /** Asks the coordinator; a failure is told as the request's own error. */
  private Handling ask(
      ClientRequest request,
      BiFunction<GroupCoordinator, ClientRequest, CompletableFuture<? extends AbstractResponse>>
          question) {
    CompletableFuture<AbstractResponse> answer =
        door.groups()
            .coordinator()
            .thenCompose(groups -> question.apply(groups, request))
            .handle(
                (response, failure) ->
                    failure == null
                        ? response
                        : request.body().getErrorResponse(error(failure).exception()));
    return Handling.of(answer);
  }

  /** Clients of groups ask again after these, where they would give up after others. */
  private static Errors error(Throwable failure) {
    Errors error = KafkaErrors.of(failure);
    return switch (error) {
      case REQUEST_TIMED_OUT, UNKNOWN_TOPIC_OR_PARTITION, NOT_LEADER_OR_FOLLOWER ->
          Errors.COORDINATOR_NOT_AVAILABLE;
      default -> error;
    };
  }

  Handling findCoordinator(ClientRequest request) {
    FindCoordinatorRequest body = (FindCoordinatorRequest) request.body();
    boolean batched = request.version() >= FindCoordinatorRequest.MIN_BATCHED_VERSION;
    List<String> keys = batched ? body.data().coordinatorKeys() : List.of(body.data().key());
    List<CompletableFuture<Coordinator>> found = new ArrayList<>();
    for (String key : keys) {
      found.add(coordinator(request, key, body.data().keyType()));
    }
    return Handling.of(
        Futures.all(found)
            .thenApply(
                all -> {
                  if (batched) {
                    return new FindCoordinatorResponse(
                        new FindCoordinatorResponseData().setCoordinators(all));
                  }
                  Coordinator one = all.get(0);
                  return FindCoordinatorResponse.prepareOldResponse(
                      Errors.forCode(one.errorCode()),
                      new Node(one.nodeId(), one.host(), one.port()));
                }));
  }

  private CompletableFuture<Coordinator> coordinator(ClientRequest request, String key, byte type) {
    if (type == CoordinatorType.TRANSACTION.id()) {
      return door.brokers(request.who())
          .handle(
              (brokers, failure) ->
                  failure == null
                      ? FindCoordinatorResponse.prepareCoordinatorResponse(
                          Errors.NONE, key, node(TransactionToolRequests.coordinator(brokers, key)))
                      : FindCoordinatorResponse.prepareCoordinatorResponse(
                          error(failure), key, Node.noNode()));
    }
    if (type != CoordinatorType.GROUP.id()) {
      return CompletableFuture.completedFuture(
          FindCoordinatorResponse.prepareCoordinatorResponse(
              Errors.COORDINATOR_NOT_AVAILABLE, key, Node.noNode()));
    }
    return door.groups()
        .coordinatorOf(key)
        .handle(
            (broker, failure) ->
                failure == null
                    ? FindCoordinatorResponse.prepareCoordinatorResponse(
                        Errors.NONE, key, node(broker))
                    : FindCoordinatorResponse.prepareCoordinatorResponse(
                        error(failure), key, Node.noNode()));
  }

  private Node node(Broker broker) {
    Broker known = broker.id() == door.self().id() ? door.self() : broker;
    return new Node(known.id(), known.host(), known.port());
  }

  Handling join(ClientRequest request) {
    JoinGroupRequest body = (JoinGroupRequest) request.body();
    return ask(
        request,
        (groups, asked) ->
            groups
                .joinGroup(asked.context(), body.data(), BufferSupplier.NO_CACHING)
                .thenApply(data -> new JoinGroupResponse(data, asked.version())));
  }

  Handling sync(ClientRequest request) {
    SyncGroupRequest body = (SyncGroupRequest) request.body();
    return ask(
        request,
        (groups, asked) ->
            groups
                .syncGroup(asked.context(), body.data(), BufferSupplier.NO_CACHING)
                .thenApply(SyncGroupResponse::new));
  }

  Handling heartbeat(ClientRequest request) {
    HeartbeatRequest body = (HeartbeatRequest) request.body();
    return ask(
        request,
        (groups, asked) ->
            groups.heartbeat(asked.context(), body.data()).thenApply(HeartbeatResponse::new));
  }

  Handling leave(ClientRequest request) {
    LeaveGroupRequest body = (LeaveGroupRequest) request.body();
    return ask(
        request,
        (groups, asked) ->
            groups
                .leaveGroup(asked.context(), body.normalizedData())
                .thenApply(data -> new LeaveGroupResponse(data, asked.version())));
  }

  Handling consumerHeartbeat(ClientRequest request) {
    ConsumerGroupHeartbeatRequest body = (ConsumerGroupHeartbeatRequest) request.body();
    return ask(
        request,
        (groups, asked) ->
            groups
                .consumerGroupHeartbeat(asked.context(), body.data())
                .thenApply(ConsumerGroupHeartbeatResponse::new));
  }

  Handling commit(ClientRequest request) {
    OffsetCommitRequest body = (OffsetCommitRequest) request.body();
    return ask(
        request,
        (groups, asked) ->
            groups
                .commitOffsets(asked.context(), body.data(), BufferSupplier.NO_CACHING)
                .thenApply(OffsetCommitResponse::new));
  }

  Handling commitInTransaction(ClientRequest request) {
    TxnOffsetCommitRequest body = (TxnOffsetCommitRequest) request.body();
    return ask(
        request,
        (groups, asked) ->
            groups
                .commitTransactionalOffsets(asked.context(), body.data(), BufferSupplier.NO_CACHING)
                .thenApply(TxnOffsetCommitResponse::new));
  }

  /** Offsets of a transaction that was committed before the question are seen. */
  Handling fetchOffsets(ClientRequest request) {
    OffsetFetchRequest body = (OffsetFetchRequest) request.body();
    return ask(
        request,
        (groups, asked) -> {
          List<CompletableFuture<OffsetFetchResponseGroup>> all = new ArrayList<>();
          for (OffsetFetchRequestGroup group : body.groups()) {
            all.add(
                door.groups()
                    .settled(group.groupId())
                    .thenCompose(
                        settled ->
                            groups.fetchOffsets(asked.context(), group, body.requireStable()))
                    .exceptionally(
                        failure ->
                            OffsetFetchResponse.groupError(
                                group, error(failure), asked.version())));
          }
          return Futures.all(all)
              .thenApply(found -> new OffsetFetchResponse.Builder(found).build(asked.version()));
        });
  }

  Handling deleteOffsets(ClientRequest request) {
    OffsetDeleteRequest body = (OffsetDeleteRequest) request.body();
    return ask(
        request,
        (groups, asked) ->
            groups
                .deleteOffsets(asked.context(), body.data(), BufferSupplier.NO_CACHING)
                .thenApply(OffsetDeleteResponse::new));
  }

  Handling list(ClientRequest request) {
    ListGroupsRequest body = (ListGroupsRequest) request.body();
    return ask(
        request,
        (groups, asked) ->
            groups.listGroups(asked.context(), body.data()).thenApply(ListGroupsResponse::new));
  }

  Handling describe(ClientRequest request) {
    DescribeGroupsRequest body = (DescribeGroupsRequest) request.body();
    return ask(
        request,
        (groups, asked) ->
            groups
                .describeGroups(asked.context(), body.data().groups())
                .thenApply(
                    all ->
                        new DescribeGroupsResponse(
                            new DescribeGroupsResponseData().setGroups(all))));
  }

  Handling consumerDescribe(ClientRequest request) {
    ConsumerGroupDescribeRequest body = (ConsumerGroupDescribeRequest) request.body();
    return ask(
        request,
        (groups, asked) ->
            groups
                .consumerGroupDescribe(asked.context(), body.data().groupIds())
                .thenApply(
                    all ->
                        new ConsumerGroupDescribeResponse(
                            new ConsumerGroupDescribeResponseData().setGroups(all))));
  }

  Handling delete(ClientRequest request) {
    DeleteGroupsRequest body = (DeleteGroupsRequest) request.body();
    return ask(
        request,
        (groups, asked) ->
            groups
                .deleteGroups(asked.context(), body.data().groupsNames(), BufferSupplier.NO_CACHING)
                .thenApply(
                    all ->
                        new DeleteGroupsResponse(new DeleteGroupsResponseData().setResults(all))));
  }
}
