package io.thalweg.server.compact;

import io.thalweg.coordinator.command.Payload;
import io.thalweg.coordinator.command.Run;
import io.thalweg.coordinator.state.ClusterState;
import io.thalweg.coordinator.state.PayloadRefs;
import java.util.List;

/**
 * The decisions after which bytes are deleted. Production has one implementation, {@link
 * #STANDARD}; they stand behind an interface so that the simulation can break each of them and
 * prove that its checkers notice.
 *
 * <p>They are asked about a server's replica, which may lag behind the cluster's state. What they
 * allow then is still right: garbage never becomes some record's home again, a pin that is taken
 * later does not hold it, and a closed incarnation commits nothing.
 */
public interface CollectRules {

  /** The rules as promised. */
  CollectRules STANDARD = new CollectRules() {};

  /** Whether {@code object}, which is garbage since {@code since}, may be deleted. */
  default boolean mayDelete(ClusterState state, Payload object, PayloadRefs.Since since) {
    return !state.pins().hold(since);
  }

  /** The runs whose rows a segment must hold before it may replace {@code replaced}. */
  default List<Run> mustCopy(List<Run> replaced) {
    return replaced;
  }

  /** Whether {@code object}, which is in the store, was put but never entered the state. */
  default boolean isOrphan(ClusterState state, Payload.Stored object) {
    return state.incarnations().wasClosed(object.incarnation())
        && state.lineage().opened(object.incarnation())
        && !state.payloads().isLive(object)
        && !state.payloads().garbage().containsKey(object);
  }
}
