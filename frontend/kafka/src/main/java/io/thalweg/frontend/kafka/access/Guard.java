package io.thalweg.frontend.kafka.access;

import io.thalweg.frontend.kafka.network.Handling;
import io.thalweg.frontend.kafka.network.RequestHandler;
import io.thalweg.frontend.kafka.topic.Rights;
import io.thalweg.server.api.Authorizer.Operation;
import io.thalweg.server.api.Resource;
import java.util.function.Function;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractRequest;

/** Lets a request to its handler only if its client has the right for the whole of it. */
public final class Guard {
  private final Rights rights;

  /** By {@code rights}. */
  public Guard(Rights rights) {
    this.rights = rights;
  }

  /**
   * A right that a request needs.
   *
   * @param refusal what the client hears without it
   */
  public record Need(Operation what, Resource of, Errors refusal) {
    /** A right of a group. */
    public static Need group(Operation what, String group) {
      return new Need(what, new Resource.Group(group), Errors.GROUP_AUTHORIZATION_FAILED);
    }

    /** A right of a transactional id. */
    public static Need transaction(Operation what, String id) {
      return new Need(
          what, new Resource.Transaction(id), Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
    }

    /** A right of the cluster. */
    public static Need cluster(Operation what) {
      return new Need(what, new Resource.Cluster(), Errors.CLUSTER_AUTHORIZATION_FAILED);
    }
  }

  /**
   * The handler behind the guard.
   *
   * @param need the right that a request needs, of a type of request that the caller knows
   */
  public <R extends AbstractRequest> RequestHandler before(
      Function<R, Need> need, RequestHandler handler) {
    return request -> {
      @SuppressWarnings("unchecked")
      Need needed = need.apply((R) request.body());
      return rights.may(request.who(), needed.what, needed.of)
          ? handler.handle(request)
          : Handling.of(request.body().getErrorResponse(needed.refusal.exception()));
    };
  }
}
