package io.thalweg.server.api;

import io.thalweg.format.access.AclBinding;
import io.thalweg.format.access.AclChange;
import io.thalweg.format.access.ChangeOutcome;
import io.thalweg.format.access.ScramMechanism;
import io.thalweg.format.access.ScramSecret;
import io.thalweg.format.access.UserChange;
import io.thalweg.server.api.Authorizer.Operation;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Users, and rules of what they may do. As {@link ServerApi}: any thread may call and nothing
 * blocks. What needs an answer at once ({@link #secret}, {@link #allows}) is answered by what this
 * server has heard of: a server that lags lets a removed user in, or a rule act, until it has
 * caught up.
 */
public interface SecurityApi {
  /** Sets and removes users' secrets; one outcome per change, in order. */
  CompletableFuture<List<ChangeOutcome>> alterUsers(Principal principal, List<UserChange> changes);

  /** How many iterations each secret has, by user and mechanism; never a secret. */
  CompletableFuture<Map<String, Map<ScramMechanism, Integer>>> users(Principal principal);

  /** A user's secret, by which a door checks who it is. */
  Optional<ScramSecret> secret(String user, ScramMechanism mechanism);

  /** Whether there is such a user, as far as this server has heard. */
  default boolean isUser(String name) {
    for (ScramMechanism each : ScramMechanism.values()) {
      if (secret(name, each).isPresent()) {
        return true;
      }
    }
    return false;
  }

  /** Whether rules are kept to at all; without, everybody may do everything. */
  boolean isEnforced();

  /** What the server's {@link Authorizer} says: for what a door does without the façade. */
  boolean allows(Principal principal, Operation operation, Resource resource);

  /** Adds and removes rules; one outcome per change, in order. */
  CompletableFuture<List<ChangeOutcome>> alterAcls(Principal principal, List<AclChange> changes);

  /** All rules, in their order. */
  CompletableFuture<List<AclBinding>> acls(Principal principal);
}
