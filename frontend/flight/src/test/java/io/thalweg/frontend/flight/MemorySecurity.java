package io.thalweg.frontend.flight;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.state.ClusterState;
import io.thalweg.coordinator.state.CommitRules;
import io.thalweg.coordinator.state.Limits;
import io.thalweg.format.access.AclBinding;
import io.thalweg.format.access.AclChange;
import io.thalweg.format.access.ChangeOutcome;
import io.thalweg.format.access.ScramMechanism;
import io.thalweg.format.access.ScramSecret;
import io.thalweg.format.access.UserChange;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.quota.QuotaChange;
import io.thalweg.format.quota.QuotaEntity;
import io.thalweg.format.quota.QuotaKey;
import io.thalweg.format.quota.QuotaTable;
import io.thalweg.server.api.Authorizer;
import io.thalweg.server.api.Authorizer.Operation;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.QuotaApi;
import io.thalweg.server.api.Resource;
import io.thalweg.server.api.SecurityApi;
import io.thalweg.server.security.AclAuthorizer;
import io.thalweg.server.security.AclIndex;
import io.thalweg.server.security.SecurityConfig;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/**
 * Users, rules and quotas of the server in memory: the real state, which one thread at a time
 * changes.
 */
final class MemorySecurity implements SecurityApi, QuotaApi {
  private final ClusterState state = new ClusterState(Limits.STANDARD, CommitRules.STANDARD);
  private final SecurityConfig config;
  private final Authorizer authorizer;

  MemorySecurity(Authorizer otherwise, SecurityConfig config) {
    this.config = config;
    this.authorizer = config.isEnforced() ? new AclAuthorizer(config, this::index) : otherwise;
  }

  Authorizer authorizer() {
    return authorizer;
  }

  private synchronized AclIndex index() {
    return AclIndex.of(state.acls().all());
  }

  private synchronized CompletableFuture<List<ChangeOutcome>> apply(
      Principal who, Operation right, Command command) {
    if (!allows(who, right, new Resource.Cluster())) {
      return denied();
    }
    Reply reply = state.apply(state.appliedIndex() + 1, command);
    return CompletableFuture.completedFuture(((Reply.Altered) reply).outcomes());
  }

  private static <T> CompletableFuture<T> denied() {
    return CompletableFuture.failedFuture(
        new ThalwegException(ErrorCode.DENIED, "the cluster is not yours"));
  }

  @Override
  public CompletableFuture<List<ChangeOutcome>> alterUsers(
      Principal who, List<UserChange> changes) {
    return apply(who, Operation.ALTER, new Command.AlterUsers(changes));
  }

  @Override
  public synchronized CompletableFuture<Map<String, Map<ScramMechanism, Integer>>> users(
      Principal who) {
    if (!allows(who, Operation.DESCRIBE, new Resource.Cluster())) {
      return denied();
    }
    Map<String, Map<ScramMechanism, Integer>> all = new TreeMap<>();
    state
        .users()
        .all()
        .forEach(
            (user, secrets) -> {
              Map<ScramMechanism, Integer> counts = new EnumMap<>(ScramMechanism.class);
              secrets.forEach((mechanism, secret) -> counts.put(mechanism, secret.iterations()));
              all.put(user, counts);
            });
    return CompletableFuture.completedFuture(all);
  }

  @Override
  public synchronized Optional<ScramSecret> secret(String user, ScramMechanism mechanism) {
    return Optional.ofNullable(
        config
            .admin()
            .filter(each -> each.name().equals(user))
            .map(SecurityConfig.Admin::secrets)
            .orElseGet(() -> state.users().all().getOrDefault(user, Map.of()))
            .get(mechanism));
  }

  @Override
  public boolean isEnforced() {
    return config.isEnforced();
  }

  @Override
  public boolean allows(Principal who, Operation operation, Resource resource) {
    return authorizer.allows(who, operation, resource);
  }

  @Override
  public CompletableFuture<List<ChangeOutcome>> alterAcls(Principal who, List<AclChange> changes) {
    return apply(who, Operation.ALTER, new Command.AlterAcls(changes));
  }

  @Override
  public synchronized CompletableFuture<List<AclBinding>> acls(Principal who) {
    return allows(who, Operation.DESCRIBE, new Resource.Cluster())
        ? CompletableFuture.completedFuture(List.copyOf(state.acls().all()))
        : denied();
  }

  @Override
  public synchronized CompletableFuture<List<ChangeOutcome>> alterQuotas(
      Principal who, List<QuotaChange> changes, boolean only) {
    return only && allows(who, Operation.ALTER_CONFIGS, new Resource.Cluster())
        ? CompletableFuture.completedFuture(changes.stream().map(state.quotas()::outcome).toList())
        : apply(who, Operation.ALTER_CONFIGS, new Command.AlterQuotas(changes));
  }

  @Override
  public synchronized CompletableFuture<Map<QuotaEntity, Map<QuotaKey, Double>>> quotas(
      Principal who) {
    return allows(who, Operation.DESCRIBE_CONFIGS, new Resource.Cluster())
        ? CompletableFuture.completedFuture(new TreeMap<>(state.quotas().all()))
        : denied();
  }

  @Override
  public synchronized Optional<QuotaTable.Bound> quota(QuotaKey key, String user, String clientId) {
    return QuotaTable.of(state.quotas().all()).find(key, user, clientId);
  }
}
