package io.thalweg.coordinator.state;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.format.error.ErrorCode;
import java.util.List;

/**
 * Begins and ends the lives of servers, and begins those of coordinators on the log. Serves one
 * call on its {@link ClusterState}.
 */
final class LifeChanges {
  /** Ids jump by this much when the log is restored; a backup is never that far behind. */
  private static final long ID_JUMP = 1_000_000;

  private final ClusterState state;
  private final Limits limits;

  LifeChanges(ClusterState state, Limits limits) {
    this.state = state;
    this.limits = limits;
  }

  Reply openIncarnation(Command.OpenIncarnation open) {
    if (!open.clusterId().isEmpty() && !open.clusterId().equals(state.lineage().clusterId())) {
      return new Reply.Refused(
          ErrorCode.WRONG_CLUSTER,
          "server '" + open.serverId() + "' has the object store of another cluster");
    }
    Incarnations.Opened opened =
        state.incarnations().open(open.serverId(), open.endpoints(), limits);
    state.advance(open.nowMillis());
    state.pins().closeAll(opened.closed());
    return new Reply.IncarnationOpened(opened.number());
  }

  Reply closeIncarnation(Command.CloseIncarnation close) {
    state.incarnations().close(close.incarnation(), limits);
    state.pins().closeAll(List.of(close.incarnation()));
    return new Reply.Done();
  }

  Reply heartbeat(Command.Heartbeat beat) {
    if (!state.incarnations().isOpen(beat.incarnation())) {
      return ClusterState.closed(beat.incarnation());
    }
    state.advance(beat.nowMillis());
    return new Reply.Done();
  }

  /**
   * Applies a start on this log. After a restore from a backup, this excludes the servers that have
   * kept running, and skips every id that they may have got since.
   */
  Reply openLog(long index, Command.OpenLog open) {
    Lineage lineage = state.lineage();
    if (!Lineage.isId(open.nonce())) {
      return new Reply.Refused(ErrorCode.INVALID_REQUEST, "a log is opened with a nonce");
    }
    if (open.restored() && !lineage.isLast(open.nonce())) {
      for (Incarnations.Incarnation each : state.incarnations().open()) {
        state.incarnations().close(each.number(), limits);
        state.pins().closeAll(List.of(each.number()));
      }
      // The timeline counts too: the same backup may be restored twice, and the jumps must differ.
      lineage.restored(open.timeline());
      long least = lineage.timeline() * ID_JUMP;
      lineage.ownsFrom(state.incarnations().skip(ID_JUMP, least));
      state.skipIds(ID_JUMP, least);
      state.transacting().restored();
    }
    lineage.open(index, open.nonce());
    return new Reply.Done();
  }
}
