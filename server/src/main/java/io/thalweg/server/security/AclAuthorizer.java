package io.thalweg.server.security;

import io.thalweg.format.access.AclBinding;
import io.thalweg.format.access.AclOperation;
import io.thalweg.format.access.AclResource;
import io.thalweg.format.schema.TablePath;
import io.thalweg.server.api.Authorizer;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.Resource;
import io.thalweg.server.security.AclIndex.Asker;
import java.util.function.Supplier;

/**
 * Judges by the rules as they are now, as Kafka does: who has no rule may do nothing. The package
 * text says which name a table has. Any thread.
 */
public final class AclAuthorizer implements Authorizer {
  private final SecurityConfig config;
  private final Supplier<AclIndex> rules;

  /** Judges by the rules of {@code view}. */
  public AclAuthorizer(SecurityConfig config, AccessView view) {
    this(config, view::rules);
  }

  /** Judges by the rules that {@code rules} gives. */
  public AclAuthorizer(SecurityConfig config, Supplier<AclIndex> rules) {
    this.config = config;
    this.rules = rules;
  }

  @Override
  public boolean allows(Principal who, Operation operation, Resource resource) {
    Asker asker = new Asker(AclBinding.USER + who.name(), who.host());
    if (who.isServer() || config.isSuper(asker.principal())) {
      return true;
    }
    AclIndex now = rules.get();
    AclOperation wanted = operation(operation);
    if (resource instanceof Resource.Table table) {
      return now.allows(asker, wanted, AclResource.TOPIC, table.path().fullName())
          || (operation == Operation.CREATE && ofCluster(now, asker, AclOperation.CREATE));
    }
    if (resource instanceof Resource.Group group) {
      return now.allows(asker, wanted, AclResource.GROUP, group.name());
    }
    if (resource instanceof Resource.Transaction transaction) {
      return now.allows(asker, wanted, AclResource.TRANSACTIONAL_ID, transaction.id());
    }
    if (resource instanceof Resource.Database database) {
      return ofDatabase(now, asker, operation, database.name());
    }
    return ofCluster(now, asker, wanted)
        || (operation == Operation.IDEMPOTENT_WRITE
            && now.allowsSome(asker, AclOperation.WRITE, AclResource.TOPIC));
  }

  private static boolean ofCluster(AclIndex now, Asker asker, AclOperation wanted) {
    return now.allows(asker, wanted, AclResource.CLUSTER, AclBinding.CLUSTER);
  }

  private static boolean ofDatabase(
      AclIndex now, Asker asker, Operation operation, String database) {
    return switch (operation) {
      case CREATE -> ofCluster(now, asker, AclOperation.CREATE);
      case DESCRIBE ->
          ofCluster(now, asker, AclOperation.DESCRIBE)
              || now.mentions(asker, AclResource.TOPIC, each -> maySpeakOf(each, prefix(database)));
      default -> ofCluster(now, asker, AclOperation.ALTER);
    };
  }

  private static boolean maySpeakOf(AclBinding rule, String prefix) {
    return rule.prefixed()
        ? rule.name().startsWith(prefix) || prefix.startsWith(rule.name())
        : rule.name().equals(AclBinding.ANY) || rule.name().startsWith(prefix);
  }

  private static String prefix(String database) {
    return database.equals(TablePath.TOPICS_DATABASE) ? "" : database + ".";
  }

  private static AclOperation operation(Operation operation) {
    return switch (operation) {
      case READ -> AclOperation.READ;
      case WRITE -> AclOperation.WRITE;
      case CREATE -> AclOperation.CREATE;
      case DROP -> AclOperation.DELETE;
      case ALTER -> AclOperation.ALTER;
      case DESCRIBE -> AclOperation.DESCRIBE;
      case DESCRIBE_CONFIGS -> AclOperation.DESCRIBE_CONFIGS;
      case ALTER_CONFIGS -> AclOperation.ALTER_CONFIGS;
      case IDEMPOTENT_WRITE -> AclOperation.IDEMPOTENT_WRITE;
      case CLUSTER_ACTION -> AclOperation.CLUSTER_ACTION;
    };
  }
}
