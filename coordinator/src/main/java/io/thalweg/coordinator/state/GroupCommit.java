package io.thalweg.coordinator.state;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Payload;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.command.Run;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.table.LogFormat;
import java.util.List;
import java.util.Optional;

/**
 * Applies a group commit: first it judges all batches, then it stores the accepted ones. Between
 * the two steps it could still refuse a commit that must be stored whole or not at all. Serves one
 * call on its {@link ClusterState}.
 */
final class GroupCommit {
  private static final long MOST_AHEAD_MILLIS = 24 * 3_600_000L;

  private final ClusterState state;
  private final CommitRules rules;
  private final Limits limits;

  GroupCommit(ClusterState state, CommitRules rules, Limits limits) {
    this.state = state;
    this.rules = rules;
    this.limits = limits;
  }

  Reply apply(long index, Command.Commit commit) {
    Optional<Incarnations.Incarnation> found = state.incarnations().find(commit.incarnation());
    if (found.isEmpty()) {
      return ClusterState.closed(commit.incarnation());
    }
    Incarnations.Incarnation incarnation = found.get();
    Incarnations.Lane lane = incarnation.laneOf(commit);
    Optional<Reply.Committed> before = lane.reply(commit.groupSequence());
    if (before.isPresent()) {
      return before.get();
    }
    if (!rules.mayCommit(incarnation.open())) {
      return ClusterState.closed(commit.incarnation());
    }
    if (commit.groupSequence() != lane.lastGroup() + 1) {
      return new Reply.GroupGap(lane.lastGroup() + 1);
    }
    if (commit.payload() == null
        && state.payloads().inlineBytes() + commit.payloadLength() > limits.inlineBytes()) {
      return new Reply.Refused(
          ErrorCode.OVERLOADED,
          "inline payloads hold their limit of "
              + limits.inlineBytes()
              + " bytes; put the group into an object");
    }
    if (commit.payload() != null && !isNew(commit)) {
      return new Reply.Refused(
          ErrorCode.INVALID_REQUEST,
          "object " + commit.payload().key() + " was not put for this group alone");
    }
    state.advance(commit.nowMillis());
    Payload payload =
        commit.payload() == null ? new Payload.Inline(index) : new Payload.Wal(commit.payload());
    List<CommitJudge.Judged> judged =
        new CommitJudge(state, rules, limits, commit.incarnation(), payload)
            .judge(commit.entries());
    for (CommitJudge.Judged each : judged) {
      if (each.accepted()) {
        store(each, commit.payloadLength());
      }
    }
    state.payloads().unused(payload, state.now());
    Reply.Committed reply =
        new Reply.Committed(judged.stream().map(CommitJudge.Judged::result).toList());
    lane.applied(reply, limits.rememberedGroups());
    return reply;
  }

  /**
   * Whether the object is the sender's own and nothing knows it yet: it gets its runs only once.
   */
  private boolean isNew(Command.Commit commit) {
    Payload.Wal object = new Payload.Wal(commit.payload());
    return commit.payload().incarnation() == commit.incarnation()
        && !state.payloads().isLive(object)
        && !state.payloads().garbage().containsKey(object);
  }

  /**
   * When a record's life begins. A server's clock may lengthen it, by a day at most, but not
   * shorten it; the times that Kafka's producers give say nothing of it.
   */
  private long arrivedMillis(Command.Entry entry) {
    long now = state.clusterTimeMillis();
    boolean producersTimes =
        state
            .catalog()
            .tableOf(entry.bucket().storage())
            .map(table -> table.descriptor().properties().get(LogFormat.PROPERTY))
            .filter(LogFormat.KAFKA.name()::equalsIgnoreCase)
            .isPresent();
    return producersTimes
        ? now
        : Math.max(now, Math.min(entry.maxTimestamp(), now + MOST_AHEAD_MILLIS));
  }

  private void store(CommitJudge.Judged judged, int payloadLength) {
    BucketState bucket = judged.bucket();
    Command.Entry entry = judged.entry();
    Run run = judged.run();
    state.changing(entry.bucket(), bucket);
    if (run != null) {
      long arrived = arrivedMillis(entry);
      if (!bucket.log().extendLast(run, arrived)) {
        bucket.log().append(run, arrived);
        state.payloads().hold(run.payload(), Holder.RUN, payloadLength);
      }
      state.changed(entry.bucket(), bucket);
    }
    if (entry.writer().present()) {
      long base = ((Reply.Stored) judged.result()).baseOffset();
      state.remember(entry.bucket(), bucket, entry.writer(), entry.sequenceCount(), base);
    }
    if (entry.transaction() != null && run != null) {
      state.transacting().wrote(entry, bucket, run.baseOffset());
    }
  }
}
