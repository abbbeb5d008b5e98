package io.thalweg.server;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Reply;
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
import io.thalweg.server.api.Authorizer.Operation;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.QuotaApi;
import io.thalweg.server.api.Resource;
import io.thalweg.server.api.SecurityApi;
import io.thalweg.server.context.ServerContext;
import io.thalweg.server.replica.CurrentReads;
import io.thalweg.server.security.AccessView;
import io.thalweg.server.security.SecurityConfig;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** Users, rules and quotas, which the cluster's state holds. Any thread. */
final class SecurityRequests implements SecurityApi, QuotaApi {
  private static final Resource CLUSTER = new Resource.Cluster();

  /** One command has at most this many changes, so that it stays small beside the log's others. */
  private static final int MAX_CHANGES = 1_000;

  private final ServerContext context;
  private final Calls calls;
  private final AccessView view;
  private final SecurityConfig config;
  private final CurrentReads current;

  SecurityRequests(ServerContext context, Calls calls, AccessView view, SecurityConfig config) {
    this.context = context;
    this.calls = calls;
    this.view = view;
    this.config = config;
    this.current = new CurrentReads(context.replica());
  }

  @Override
  public CompletableFuture<List<ChangeOutcome>> alterUsers(
      Principal who, List<UserChange> changes) {
    return altering(
        who,
        Operation.ALTER,
        changes.size(),
        () -> {
          changes.forEach(each -> checkNotAdmin(each.user()));
          return new Command.AlterUsers(changes);
        });
  }

  private void checkNotAdmin(String user) {
    if (config.admin().filter(each -> each.name().equals(user)).isPresent()) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST,
          "user '"
              + user
              + "' is the servers' own (security.admin.user): its password is in their files");
    }
  }

  private CompletableFuture<List<ChangeOutcome>> altering(
      Principal who, Operation right, int changes, Supplier<Command> command) {
    return calls.onLoop(
        () -> {
          calls.authorize(who, right, CLUSTER);
          checkCount(changes);
          if (changes == 0) {
            return CompletableFuture.completedFuture(List.of());
          }
          return context
              .proposer()
              .propose(command.get())
              .thenApply(reply -> ((Reply.Altered) reply).outcomes());
        });
  }

  private static void checkCount(int changes) {
    if (changes > MAX_CHANGES) {
      throw new ThalwegException(
          ErrorCode.TOO_LARGE,
          changes + " changes at once are over the limit of " + MAX_CHANGES + "; send fewer");
    }
  }

  @Override
  public CompletableFuture<Map<String, Map<ScramMechanism, Integer>>> users(Principal who) {
    return reading(
        who,
        Operation.DESCRIBE,
        () -> {
          Map<String, Map<ScramMechanism, Integer>> all = new TreeMap<>();
          context.replica().state().users().all().forEach((user, s) -> all.put(user, counts(s)));
          return all;
        });
  }

  private static Map<ScramMechanism, Integer> counts(Map<ScramMechanism, ScramSecret> secrets) {
    Map<ScramMechanism, Integer> counts = new EnumMap<>(ScramMechanism.class);
    secrets.forEach((mechanism, secret) -> counts.put(mechanism, secret.iterations()));
    return counts;
  }

  /** What the cluster's state says once this server has caught up. */
  private <T> CompletableFuture<T> reading(Principal who, Operation right, Supplier<T> read) {
    return calls.onLoop(
        () -> {
          calls.authorize(who, right, CLUSTER);
          return current.current().thenApply(caughtUp -> read.get());
        });
  }

  @Override
  public Optional<ScramSecret> secret(String user, ScramMechanism mechanism) {
    return config.admin().filter(each -> each.name().equals(user)).isPresent()
        ? config.admin().map(each -> each.secrets().get(mechanism))
        : view.secret(user, mechanism);
  }

  @Override
  public boolean isEnforced() {
    return config.isEnforced();
  }

  @Override
  public boolean allows(Principal who, Operation operation, Resource resource) {
    return calls.allows(who, operation, resource);
  }

  @Override
  public CompletableFuture<List<ChangeOutcome>> alterAcls(Principal who, List<AclChange> changes) {
    return altering(who, Operation.ALTER, changes.size(), () -> new Command.AlterAcls(changes));
  }

  @Override
  public CompletableFuture<List<AclBinding>> acls(Principal who) {
    return reading(
        who, Operation.DESCRIBE, () -> List.copyOf(context.replica().state().acls().all()));
  }

  @Override
  public CompletableFuture<List<ChangeOutcome>> alterQuotas(
      Principal who, List<QuotaChange> changes, boolean only) {
    return only
        ? reading(who, Operation.ALTER_CONFIGS, () -> outcomes(changes))
        : altering(
            who, Operation.ALTER_CONFIGS, changes.size(), () -> new Command.AlterQuotas(changes));
  }

  private List<ChangeOutcome> outcomes(List<QuotaChange> changes) {
    checkCount(changes.size());
    return changes.stream().map(context.replica().state().quotas()::outcome).toList();
  }

  @Override
  public CompletableFuture<Map<QuotaEntity, Map<QuotaKey, Double>>> quotas(Principal who) {
    return reading(
        who,
        Operation.DESCRIBE_CONFIGS,
        () -> {
          Map<QuotaEntity, Map<QuotaKey, Double>> all = new TreeMap<>();
          context
              .replica()
              .state()
              .quotas()
              .all()
              .forEach((of, its) -> all.put(of, Map.copyOf(its)));
          return all;
        });
  }

  @Override
  public Optional<QuotaTable.Bound> quota(QuotaKey key, String user, String clientId) {
    return view.quotas().find(key, user, clientId);
  }
}
