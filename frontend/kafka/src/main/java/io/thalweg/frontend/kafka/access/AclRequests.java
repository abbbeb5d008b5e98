package io.thalweg.frontend.kafka.access;

import io.thalweg.format.access.AclBinding;
import io.thalweg.format.access.AclChange;
import io.thalweg.format.access.AclOperation;
import io.thalweg.format.access.AclResource;
import io.thalweg.format.access.ChangeOutcome;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.frontend.kafka.network.ClientRequest;
import io.thalweg.frontend.kafka.network.Handling;
import io.thalweg.frontend.kafka.topic.KafkaErrors;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.SecurityApi;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.SecurityDisabledException;
import org.apache.kafka.common.message.CreateAclsRequestData.AclCreation;
import org.apache.kafka.common.message.CreateAclsResponseData;
import org.apache.kafka.common.message.CreateAclsResponseData.AclCreationResult;
import org.apache.kafka.common.message.DeleteAclsResponseData;
import org.apache.kafka.common.message.DeleteAclsResponseData.DeleteAclsFilterResult;
import org.apache.kafka.common.message.DescribeAclsResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.common.requests.CreateAclsRequest;
import org.apache.kafka.common.requests.CreateAclsResponse;
import org.apache.kafka.common.requests.DeleteAclsRequest;
import org.apache.kafka.common.requests.DeleteAclsResponse;
import org.apache.kafka.common.requests.DescribeAclsRequest;
import org.apache.kafka.common.requests.DescribeAclsResponse;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;

/** Adds, lists and removes rules of access. Any thread. */
public final class AclRequests {
  private static final int CHANGES_AT_ONCE = 1_000;

  private final SecurityApi security;

  /** Over {@code security}. */
  public AclRequests(SecurityApi security) {
    this.security = security;
  }

  /** Answers, or says what is wrong in the request's own form. */
  private Handling answer(
      ClientRequest request, CompletableFuture<? extends AbstractResponse> answer) {
    return Handling.of(
        answer.handle(
            (response, failure) ->
                failure == null
                    ? response
                    : request.body().getErrorResponse(error(failure).exception())));
  }

  private static ApiError error(Throwable failure) {
    return KafkaErrors.ofCluster(failure, Errors.INVALID_REQUEST);
  }

  /** Where no rules are kept to, none are kept: somebody might have put one there for later. */
  private <T> CompletableFuture<T> disabled() {
    return CompletableFuture.failedFuture(
        new SecurityDisabledException(
            "the servers keep to no rules: they run with security.authorization = none"));
  }

  /** Adds rules; one that cannot be concerns itself alone. */
  public Handling create(ClientRequest request) {
    CreateAclsRequest body = (CreateAclsRequest) request.body();
    if (!security.isEnforced()) {
      return answer(request, this.<AbstractResponse>disabled());
    }
    List<AclChange> changes = new ArrayList<>();
    List<ApiError> errors = new ArrayList<>();
    for (AclCreation each : body.aclCreations()) {
      try {
        changes.add(new AclChange(ours(CreateAclsRequest.aclBinding(each)), true));
        errors.add(ApiError.NONE);
      } catch (ThalwegException | InvalidRequestException | IllegalArgumentException refused) {
        errors.add(new ApiError(Errors.INVALID_REQUEST, refused.getMessage()));
      }
    }
    return answer(
        request,
        security
            .alterAcls(request.who(), changes)
            .thenApply(outcomes -> new CreateAclsResponse(created(errors, outcomes))));
  }

  private static CreateAclsResponseData created(
      List<ApiError> errors, List<ChangeOutcome> outcomes) {
    List<AclCreationResult> results = new ArrayList<>();
    int next = 0;
    for (ApiError each : errors) {
      boolean full = each.isSuccess() && outcomes.get(next++) == ChangeOutcome.FULL;
      ApiError error =
          full
              ? new ApiError(
                  Errors.POLICY_VIOLATION, "there are 10,000 rules, the most; remove some")
              : each;
      results.add(
          new AclCreationResult()
              .setErrorCode(error.error().code())
              .setErrorMessage(error.message()));
    }
    return new CreateAclsResponseData().setResults(results);
  }

  /** Lists the rules that a filter takes. */
  public Handling describe(ClientRequest request) {
    DescribeAclsRequest body = (DescribeAclsRequest) request.body();
    if (!security.isEnforced()) {
      return answer(request, this.<AbstractResponse>disabled());
    }
    return answer(
        request,
        security
            .acls(request.who())
            .thenApply(
                all ->
                    new DescribeAclsResponse(
                        new DescribeAclsResponseData()
                            .setResources(
                                DescribeAclsResponse.aclsResources(
                                    matching(all, body.filter()).stream()
                                        .map(AclRequests::theirs)
                                        .toList())),
                        body.version())));
  }

  private static List<AclBinding> matching(List<AclBinding> all, AclBindingFilter filter) {
    return all.stream().filter(each -> filter.matches(theirs(each))).toList();
  }

  /** Removes the rules that filters take. */
  public Handling delete(ClientRequest request) {
    DeleteAclsRequest body = (DeleteAclsRequest) request.body();
    if (!security.isEnforced()) {
      return answer(request, this.<AbstractResponse>disabled());
    }
    // Who may not alter rules does not hear of them: the list is asked for only after a change
    // without content was allowed.
    return answer(
        request,
        security
            .alterAcls(request.who(), List.of())
            .thenCompose(allowed -> security.acls(Principal.SERVER))
            .thenCompose(all -> delete(request, body, all)));
  }

  private CompletableFuture<DeleteAclsResponse> delete(
      ClientRequest request, DeleteAclsRequest body, List<AclBinding> all) {
    Set<AclBinding> removed = new LinkedHashSet<>();
    List<DeleteAclsFilterResult> results = new ArrayList<>();
    for (AclBindingFilter filter : body.filters()) {
      DeleteAclsFilterResult result = new DeleteAclsFilterResult();
      for (AclBinding each : matching(all, filter)) {
        removed.add(each);
        result.matchingAcls().add(DeleteAclsResponse.matchingAcl(theirs(each), ApiError.NONE));
      }
      results.add(result);
    }
    List<AclChange> changes = removed.stream().map(each -> new AclChange(each, false)).toList();
    return remove(request.who(), changes)
        .thenApply(
            done ->
                new DeleteAclsResponse(
                    new DeleteAclsResponseData().setFilterResults(results), body.version()));
  }

  /** So many at a time as one command takes. */
  private CompletableFuture<Void> remove(Principal who, List<AclChange> changes) {
    int now = Math.min(CHANGES_AT_ONCE, changes.size());
    return security
        .alterAcls(who, changes.subList(0, now))
        .thenCompose(
            done ->
                now == changes.size()
                    ? CompletableFuture.<Void>completedFuture(null)
                    : remove(who, changes.subList(now, changes.size())));
  }

  private static AclBinding ours(org.apache.kafka.common.acl.AclBinding theirs) {
    ResourcePattern pattern = theirs.pattern();
    AccessControlEntry entry = theirs.entry();
    boolean prefixed = pattern.patternType() == PatternType.PREFIXED;
    if (!prefixed && pattern.patternType() != PatternType.LITERAL) {
      throw new InvalidRequestException(
          "a rule is about a literal name or a prefix, not " + pattern.patternType());
    }
    boolean allows = entry.permissionType() == AclPermissionType.ALLOW;
    if (!allows && entry.permissionType() != AclPermissionType.DENY) {
      throw new InvalidRequestException("a rule allows or denies, not " + entry.permissionType());
    }
    return new AclBinding(
        AclResource.ofNumber(pattern.resourceType().code())
            .orElseThrow(
                () ->
                    new InvalidRequestException(
                        "there are no rules about " + pattern.resourceType())),
        prefixed,
        pattern.name(),
        entry.principal(),
        entry.host(),
        AclOperation.ofNumber(entry.operation().code())
            .orElseThrow(
                () -> new InvalidRequestException("there are no rules of " + entry.operation())),
        allows);
  }

  private static org.apache.kafka.common.acl.AclBinding theirs(AclBinding ours) {
    return new org.apache.kafka.common.acl.AclBinding(
        new ResourcePattern(
            ResourceType.fromCode((byte) ours.resource().number()),
            ours.name(),
            ours.prefixed() ? PatternType.PREFIXED : PatternType.LITERAL),
        new AccessControlEntry(
            ours.principal(),
            ours.host(),
            org.apache.kafka.common.acl.AclOperation.fromCode((byte) ours.operation().number()),
            ours.allows() ? AclPermissionType.ALLOW : AclPermissionType.DENY));
  }
}
