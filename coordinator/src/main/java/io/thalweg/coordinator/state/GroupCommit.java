package io.thalweg.coordinator.state;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Applies group commits to a {@link ClusterState}, for as long as that call lasts. */
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
    List<Reply.EntryResult> results = new ArrayList<>(commit.entries().size());
    for (Command.Entry entry : commit.entries()) {
      results.add(store(entry, commit.incarnation(), payload, commit.payloadLength()));
    }
    state.payloads().unused(payload, state.now());
    Reply.Committed reply = new Reply.Committed(results);
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

  private Reply.EntryResult store(
      Command.Entry entry, long incarnation, Payload payload, int payloadLength) {
    BucketState bucket = state.bucket(entry.bucket()).orElse(null);
    if (bucket == null) {
      return new Reply.NotStored(
          ErrorCode.TABLE_NOT_FOUND,
          "bucket " + entry.bucket().bucket() + " is gone; its table was dropped");
    }
    Optional<Reply.NotStored> refused = refusal(entry, incarnation, bucket);
    if (refused.isPresent()) {
      return refused.get();
    }
    if (state.payloads().runs() >= limits.runs()) {
      return new Reply.NotStored(
          ErrorCode.OVERLOADED,
          "the cluster has its limit of " + limits.runs() + " runs; wait for compaction");
    }
    WriterStamp stamp = entry.writer();
    if (rules.checksWriter(stamp)) {
      if (stamp.writerId() >= state.nextWriterId()) {
        return new Reply.NotStored(
            ErrorCode.UNKNOWN_WRITER,
            "writer " + stamp.writerId() + " was never opened; open a writer");
      }
      BucketWriters.Verdict verdict = bucket.writers().judge(stamp, entry.sequenceCount());
      if (verdict instanceof BucketWriters.Verdict.Duplicate duplicate) {
        return new Reply.Stored(duplicate.baseOffset(), true);
      }
      if (verdict instanceof BucketWriters.Verdict.Refuse refuse) {
        return new Reply.NotStored(refuse.code(), refuse.message());
      }
    }
    long base = rules.assign(bucket.log().endOffset());
    if (entry.recordCount() > 0) {
      addRun(entry, bucket, base, payload, payloadLength);
    }
    if (stamp.present()) {
      bucket
          .writers()
          .accepted(stamp, entry.sequenceCount(), base, state.clusterTimeMillis(), limits);
    }
    return new Reply.Stored(base, false);
  }

  private void addRun(
      Command.Entry entry, BucketState bucket, long base, Payload payload, int payloadLength) {
    Run run =
        new Run(
            base,
            entry.recordCount(),
            entry.maxTimestamp(),
            payload,
            entry.position(),
            entry.length());
    // The sender's clock may lengthen a record's life, by a day at most, but not shorten it.
    long now = state.clusterTimeMillis();
    long arrived = Math.max(now, Math.min(entry.maxTimestamp(), now + MOST_AHEAD_MILLIS));
    if (!bucket.log().extendLast(run, arrived)) {
      bucket.log().append(run, arrived);
      state.payloads().add(payload, payloadLength);
    }
  }

  private String name(Command.Entry entry) {
    return state.catalog().name(entry.bucket());
  }

  private Optional<Reply.NotStored> refusal(
      Command.Entry entry, long incarnation, BucketState bucket) {
    OwnerClaim claim = entry.owner();
    if (entry.recordCount() < (claim == null ? 1 : 0)) {
      return Optional.of(
          new Reply.NotStored(
              ErrorCode.INVALID_REQUEST,
              "a batch for " + name(entry) + " has " + entry.recordCount() + " records"));
    }
    if (claim == null) {
      return bucket.keyed()
          ? Optional.of(
              new Reply.NotStored(
                  ErrorCode.INVALID_REQUEST,
                  name(entry) + " has a primary key: only its owner appends"))
          : Optional.empty();
    }
    if (bucket.owner() != incarnation || !rules.ownerMayCommit(bucket.ownerEpoch(), claim)) {
      return Optional.of(
          new Reply.NotStored(
              ErrorCode.STALE_OWNER,
              name(entry)
                  + " is owned by incarnation "
                  + bucket.owner()
                  + " in epoch "
                  + bucket.ownerEpoch()
                  + ", not "
                  + claim.epoch()));
    }
    if (claim.baseOffset() != bucket.log().endOffset()) {
      return Optional.of(
          new Reply.NotStored(
              ErrorCode.STALE_OWNER,
              "the batch was made for offset "
                  + claim.baseOffset()
                  + " of "
                  + name(entry)
                  + ", which ends at "
                  + bucket.log().endOffset()
                  + ": a batch before it was not stored"));
    }
    return Optional.empty();
  }
}
