package io.thalweg.server.security;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.format.access.ScramMechanism;
import io.thalweg.format.access.ScramSecret;
import io.thalweg.format.access.UserChange;
import io.thalweg.format.quota.QuotaTable;
import io.thalweg.server.replica.Replica;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Users, rules and quotas as this server knows them now, for threads other than its loop. The loop
 * writes, any thread reads.
 */
public final class AccessView implements Replica.Listener {
  private final Replica replica;
  private final Map<String, Map<ScramMechanism, ScramSecret>> users = new ConcurrentHashMap<>();
  private volatile AclIndex rules = AclIndex.EMPTY;
  private volatile QuotaTable quotas = QuotaTable.EMPTY;

  /** Over {@code replica}, which it follows. */
  public AccessView(Replica replica) {
    this.replica = replica;
    replica.listen(this);
  }

  @Override
  public void applied(Command command, Reply reply) {
    if (command instanceof Command.AlterUsers alter) {
      alter.changes().stream().map(UserChange::user).distinct().forEach(this::look);
    } else if (command instanceof Command.AlterAcls) {
      rules = AclIndex.of(replica.state().acls().all());
    } else if (command instanceof Command.AlterQuotas) {
      quotas = QuotaTable.of(replica.state().quotas().all());
    }
  }

  private void look(String user) {
    Map<ScramMechanism, ScramSecret> now = replica.state().users().all().get(user);
    if (now == null) {
      users.remove(user);
    } else {
      users.put(user, new EnumMap<>(now));
    }
  }

  @Override
  public void jumped() {
    Map<String, Map<ScramMechanism, ScramSecret>> now = replica.state().users().all();
    users.keySet().retainAll(now.keySet());
    now.keySet().forEach(this::look);
    rules = AclIndex.of(replica.state().acls().all());
    quotas = QuotaTable.of(replica.state().quotas().all());
  }

  /** A user's secret. Any thread. */
  public Optional<ScramSecret> secret(String user, ScramMechanism mechanism) {
    return Optional.ofNullable(users.getOrDefault(user, Map.of()).get(mechanism));
  }

  /** The quotas. Any thread. */
  public QuotaTable quotas() {
    return quotas;
  }

  /** The rules. Any thread. */
  AclIndex rules() {
    return rules;
  }
}
