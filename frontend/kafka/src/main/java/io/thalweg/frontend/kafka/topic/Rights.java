package io.thalweg.frontend.kafka.topic;

import io.thalweg.format.schema.TablePath;
import io.thalweg.runtime.AuditLog;
import io.thalweg.server.api.Authorizer.Operation;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.Resource;
import io.thalweg.server.api.SecurityApi;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;

/** Asks what a client may do, by the names that Kafka's clients use. Any thread. */
public final class Rights {
  private static final Resource CLUSTER = new Resource.Cluster();

  private final SecurityApi security;
  private final AuditLog audit;

  /** Asks {@code security}, and notes what was refused. */
  public Rights(SecurityApi security, AuditLog audit) {
    this.security = security;
    this.audit = audit;
  }

  /** Whether it may be done; notes it if not. */
  public boolean may(Principal who, Operation what, Resource of) {
    return may(who, what, of, of::toString);
  }

  private boolean may(Principal who, Operation what, Resource of, Supplier<String> named) {
    boolean may = security.allows(who, what, of);
    if (!may) {
      audit.refused(
          "user '%s', from %s: may not %s %s"
              .formatted(
                  AuditLog.shown(who.name()),
                  who.host(),
                  what.name().toLowerCase(Locale.ROOT).replace('_', ' '),
                  AuditLog.shown(named.get())));
    }
    return may;
  }

  /** Whether something of a list is shown. */
  public boolean shows(Principal who, Resource of) {
    return security.allows(who, Operation.DESCRIBE, of);
  }

  /** The bits that say what a client may do to something, as Kafka's answers hold them. */
  public int operations(Principal who, Resource of) {
    return AuthorizedOperations.of(security, who, of);
  }

  /** The same of the cluster: none for who may not describe it. */
  public int operationsInCluster(Principal who) {
    return shows(who, CLUSTER) ? operations(who, CLUSTER) : 0;
  }

  /** The same of the cluster. */
  public boolean mayInCluster(Principal who, Operation what) {
    return may(who, what, CLUSTER);
  }

  /** The same of a topic, whether it exists or not. */
  public boolean mayOnTopic(Principal who, Operation what, String topic) {
    Optional<TablePath> table = TablePath.anyOfFullName(topic);
    // Rules know a table by its full name, so any of that name will do. Where no table can have it,
    // whoever goes on with it hears what is wrong with it.
    return table.isEmpty()
        || may(who, what, new Resource.Table(table.get()), () -> "topic " + topic);
  }

  /** The same of a table that is a topic. */
  public boolean mayOnTopic(Principal who, Operation what, TablePath table) {
    return may(who, what, new Resource.Table(table), () -> "topic " + table.fullName());
  }
}
