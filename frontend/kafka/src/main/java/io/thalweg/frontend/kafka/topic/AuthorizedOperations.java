package io.thalweg.frontend.kafka.topic;

import io.thalweg.server.api.Authorizer.Operation;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.Resource;
import io.thalweg.server.api.SecurityApi;
import java.util.List;
import org.apache.kafka.common.acl.AclOperation;

/** What a client is told of what it may do (KIP-430). Stateless. */
final class AuthorizedOperations {
  private static final List<Operation> OF_TOPICS =
      List.of(
          Operation.READ,
          Operation.WRITE,
          Operation.CREATE,
          Operation.DROP,
          Operation.ALTER,
          Operation.DESCRIBE,
          Operation.DESCRIBE_CONFIGS,
          Operation.ALTER_CONFIGS);
  private static final List<Operation> OF_GROUPS =
      List.of(
          Operation.READ,
          Operation.DROP,
          Operation.DESCRIBE,
          Operation.DESCRIBE_CONFIGS,
          Operation.ALTER_CONFIGS);
  private static final List<Operation> OF_CLUSTERS =
      List.of(
          Operation.CREATE,
          Operation.ALTER,
          Operation.DESCRIBE,
          Operation.CLUSTER_ACTION,
          Operation.DESCRIBE_CONFIGS,
          Operation.ALTER_CONFIGS,
          Operation.IDEMPOTENT_WRITE);

  private AuthorizedOperations() {}

  /** The bits of Kafka's numbers of the operations that {@code who} may do to {@code resource}. */
  static int of(SecurityApi security, Principal who, Resource resource) {
    int bits = 0;
    for (Operation each : possible(resource)) {
      if (security.allows(who, each, resource)) {
        bits |= 1 << kafkas(each).code();
      }
    }
    return bits;
  }

  private static List<Operation> possible(Resource resource) {
    if (resource instanceof Resource.Group) {
      return OF_GROUPS;
    }
    return resource instanceof Resource.Table ? OF_TOPICS : OF_CLUSTERS;
  }

  private static AclOperation kafkas(Operation operation) {
    return operation == Operation.DROP
        ? AclOperation.DELETE
        : AclOperation.valueOf(operation.name());
  }
}
