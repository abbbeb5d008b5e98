package io.thalweg.frontend.kafka.request;

import io.thalweg.frontend.kafka.network.ClientRequest;
import io.thalweg.frontend.kafka.network.Handling;
import io.thalweg.frontend.kafka.topic.Broker;
import io.thalweg.frontend.kafka.topic.KafkaErrors;
import io.thalweg.server.api.Authorizer.Operation;
import io.thalweg.server.api.Resource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData;
import org.apache.kafka.common.message.DeleteGroupsResponseData;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.FindCoordinatorResponseData.Coordinator;
import org.apache.kafka.common.message.ListGroupsResponseData.ListedGroup;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopic;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestTopic;
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
  private final OffsetRights topics;

  GroupRequests(DoorContext door) {
    this.door = door;
    this.topics = new OffsetRights(door.rights());
  }

  private boolean may(ClientRequest request, Operation what, String group) {
    return door.rights().may(request.who(), what, new Resource.Group(group));
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
      if (!door.rights().may(request.who(), Operation.DESCRIBE, new Resource.Transaction(key))) {
        return none(key, Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
      }
      return door.brokers()
          .handle(
              (brokers, failure) ->
                  failure == null
                      ? FindCoordinatorResponse.prepareCoordinatorResponse(
                          Errors.NONE, key, node(TransactionToolRequests.coordinator(brokers, key)))
                      : FindCoordinatorResponse.prepareCoordinatorResponse(
                          error(failure), key, Node.noNode()));
    }
    if (type != CoordinatorType.GROUP.id()) {
      return none(key, Errors.COORDINATOR_NOT_AVAILABLE);
    }
    if (!may(request, Operation.DESCRIBE, key)) {
      return none(key, Errors.GROUP_AUTHORIZATION_FAILED);
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

  private static CompletableFuture<Coordinator> none(String key, Errors error) {
    return CompletableFuture.completedFuture(
        FindCoordinatorResponse.prepareCoordinatorResponse(error, key, Node.noNode()));
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
    List<String> subscribed = body.data().subscribedTopicNames();
    boolean may =
        subscribed == null
            || subscribed.stream()
                .allMatch(
                    each -> door.rights().mayOnTopic(request.who(), Operation.DESCRIBE, each));
    if (!may) {
      return Handling.of(body.getErrorResponse(Errors.TOPIC_AUTHORIZATION_FAILED.exception()));
    }
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
            known(asked, body.data().topics(), OffsetCommitRequestTopic::name)
                .thenCompose(
                    known -> {
                      var withErrors = known.commit(body.data());
                      return groups
                          .commitOffsets(asked.context(), body.data(), BufferSupplier.NO_CACHING)
                          .thenApply(withErrors);
                    })
                .thenApply(OffsetCommitResponse::new));
  }

  Handling commitInTransaction(ClientRequest request) {
    TxnOffsetCommitRequest body = (TxnOffsetCommitRequest) request.body();
    return ask(
        request,
        (groups, asked) ->
            known(asked, body.data().topics(), TxnOffsetCommitRequestTopic::name)
                .thenCompose(
                    known -> {
                      var withErrors = known.commit(body.data());
                      return groups
                          .commitTransactionalOffsets(
                              asked.context(), body.data(), BufferSupplier.NO_CACHING)
                          .thenApply(withErrors);
                    })
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
            if (!may(request, Operation.DESCRIBE, group.groupId())) {
              all.add(
                  CompletableFuture.completedFuture(
                      OffsetFetchResponse.groupError(
                          group, Errors.GROUP_AUTHORIZATION_FAILED, asked.version())));
              continue;
            }
            var withRefused = topics.fetch(request.who(), group);
            all.add(
                door.groups()
                    .settled(group.groupId())
                    .thenCompose(
                        settled ->
                            groups.fetchOffsets(asked.context(), group, body.requireStable()))
                    .thenApply(withRefused)
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
            known(asked, body.data().topics(), OffsetDeleteRequestTopic::name)
                .thenCompose(
                    known -> {
                      var withErrors = known.delete(body.data());
                      return groups
                          .deleteOffsets(asked.context(), body.data(), BufferSupplier.NO_CACHING)
                          .thenApply(withErrors);
                    })
                .thenApply(OffsetDeleteResponse::new));
  }

  private <T> CompletableFuture<OffsetTopics> known(
      ClientRequest request, Collection<T> topics, Function<T, String> name) {
    return OffsetTopics.find(
        door.topics(), request.who(), topics.stream().map(name).collect(Collectors.toSet()));
  }

  Handling list(ClientRequest request) {
    ListGroupsRequest body = (ListGroupsRequest) request.body();
    return ask(
        request,
        (groups, asked) ->
            groups
                .listGroups(asked.context(), body.data())
                .thenApply(data -> data.setGroups(seen(asked, data.groups())))
                .thenApply(ListGroupsResponse::new));
  }

  /** Whoever may describe the cluster sees all groups. */
  private List<ListedGroup> seen(ClientRequest request, List<ListedGroup> all) {
    if (door.rights().shows(request.who(), new Resource.Cluster())) {
      return all;
    }
    return all.stream()
        .filter(each -> door.rights().shows(request.who(), new Resource.Group(each.groupId())))
        .toList();
  }

  /** Those of the groups to which the client may not do it. */
  private List<String> refused(ClientRequest request, Operation what, List<String> groups) {
    return groups.stream().filter(each -> !may(request, what, each)).toList();
  }

  private static List<String> without(List<String> all, List<String> some) {
    List<String> rest = new ArrayList<>(all);
    rest.removeAll(some);
    return rest;
  }

  private static <T> List<T> joined(
      List<T> answers, List<String> refused, Function<String, T> error) {
    List<T> all = new ArrayList<>(answers);
    refused.forEach(each -> all.add(error.apply(each)));
    return all;
  }

  private int operations(ClientRequest request, String group) {
    return door.rights().operations(request.who(), new Resource.Group(group));
  }

  Handling describe(ClientRequest request) {
    DescribeGroupsRequest body = (DescribeGroupsRequest) request.body();
    List<String> refused = refused(request, Operation.DESCRIBE, body.data().groups());
    return ask(
        request,
        (groups, asked) ->
            groups
                .describeGroups(asked.context(), without(body.data().groups(), refused))
                .thenApply(
                    all -> {
                      if (body.data().includeAuthorizedOperations()) {
                        all.stream()
                            .filter(each -> each.errorCode() == Errors.NONE.code())
                            .forEach(
                                each ->
                                    each.setAuthorizedOperations(
                                        operations(asked, each.groupId())));
                      }
                      return new DescribeGroupsResponse(
                          new DescribeGroupsResponseData()
                              .setGroups(
                                  joined(
                                      all,
                                      refused,
                                      each ->
                                          DescribeGroupsResponse.groupError(
                                              each, Errors.GROUP_AUTHORIZATION_FAILED))));
                    }));
  }

  Handling consumerDescribe(ClientRequest request) {
    ConsumerGroupDescribeRequest body = (ConsumerGroupDescribeRequest) request.body();
    List<String> refused = refused(request, Operation.DESCRIBE, body.data().groupIds());
    return ask(
        request,
        (groups, asked) ->
            groups
                .consumerGroupDescribe(asked.context(), without(body.data().groupIds(), refused))
                .thenApply(
                    all -> {
                      if (body.data().includeAuthorizedOperations()) {
                        all.stream()
                            .filter(each -> each.errorCode() == Errors.NONE.code())
                            .forEach(
                                each ->
                                    each.setAuthorizedOperations(
                                        operations(asked, each.groupId())));
                      }
                      return new ConsumerGroupDescribeResponse(
                          new ConsumerGroupDescribeResponseData()
                              .setGroups(
                                  joined(
                                      all.stream().map(each -> seen(asked, each)).toList(),
                                      refused,
                                      each ->
                                          new ConsumerGroupDescribeResponseData.DescribedGroup()
                                              .setGroupId(each)
                                              .setErrorCode(
                                                  Errors.GROUP_AUTHORIZATION_FAILED.code()))));
                    }));
  }

  /** A group with a topic that the client may not see is not shown, as in Kafka. */
  private ConsumerGroupDescribeResponseData.DescribedGroup seen(
      ClientRequest request, ConsumerGroupDescribeResponseData.DescribedGroup group) {
    boolean may =
        group.members().stream()
            .flatMap(
                each ->
                    Stream.concat(
                        each.assignment().topicPartitions().stream(),
                        each.targetAssignment().topicPartitions().stream()))
            .map(ConsumerGroupDescribeResponseData.TopicPartitions::topicName)
            .distinct()
            .allMatch(each -> door.rights().mayOnTopic(request.who(), Operation.DESCRIBE, each));
    return may
        ? group
        : group
            .setErrorCode(Errors.TOPIC_AUTHORIZATION_FAILED.code())
            .setErrorMessage("the group has topics that you may not describe")
            .setMembers(List.of());
  }

  Handling delete(ClientRequest request) {
    DeleteGroupsRequest body = (DeleteGroupsRequest) request.body();
    List<String> refused = refused(request, Operation.DROP, body.data().groupsNames());
    return ask(
        request,
        (groups, asked) ->
            groups
                .deleteGroups(
                    asked.context(),
                    without(body.data().groupsNames(), refused),
                    BufferSupplier.NO_CACHING)
                .thenApply(
                    all -> {
                      DeleteGroupsResponseData data = new DeleteGroupsResponseData();
                      all.forEach(each -> data.results().add(each.duplicate()));
                      refused.forEach(
                          each ->
                              data.results()
                                  .add(
                                      new DeleteGroupsResponseData.DeletableGroupResult()
                                          .setGroupId(each)
                                          .setErrorCode(Errors.GROUP_AUTHORIZATION_FAILED.code())));
                      return new DeleteGroupsResponse(data);
                    }));
  }
}
