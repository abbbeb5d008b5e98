package io.thalweg.coordinator.state;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.OwnerClaim;
import io.thalweg.coordinator.command.Payload;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.command.Run;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.TableBucket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Judges the batches of one group commit and changes nothing. It keeps accepted batches in an
 * overlay, and judges the next batch of the same bucket or writer as if they were stored already.
 * Serves one call on a {@link ClusterState}.
 */
final class CommitJudge {
  private final ClusterState state;
  private final CommitRules rules;
  private final Limits limits;
  private final long incarnation;
  private final Payload payload;
  private final Map<TableBucket, Pending> pending = new HashMap<>();
  private int newRuns;

  /**
   * The verdict on one batch.
   *
   * @param entry the batch
   * @param result the reply to its sender
   * @param bucket where to store it; null if it is refused or was stored before
   * @param run its records; null if it has none
   */
  record Judged(Command.Entry entry, Reply.EntryResult result, BucketState bucket, Run run) {
    /** Whether it is to be stored. */
    boolean accepted() {
      return bucket != null;
    }
  }

  /** One bucket as the earlier batches of the group leave it. */
  private static final class Pending {
    final BucketState bucket;
    final BucketWriters.Pending writers;
    long endOffset;
    Run last;

    Pending(BucketState bucket) {
      this.bucket = bucket;
      this.writers = bucket.writers().pending();
      this.endOffset = bucket.log().endOffset();
    }
  }

  CommitJudge(
      ClusterState state, CommitRules rules, Limits limits, long incarnation, Payload payload) {
    this.state = state;
    this.rules = rules;
    this.limits = limits;
    this.incarnation = incarnation;
    this.payload = payload;
  }

  /** One verdict per batch, in order. */
  List<Judged> judge(List<Command.Entry> entries) {
    List<Judged> judged = new ArrayList<>(entries.size());
    for (Command.Entry entry : entries) {
      judged.add(judge(entry));
    }
    return judged;
  }

  private Judged judge(Command.Entry entry) {
    Pending known = pending.get(entry.bucket());
    if (known == null) {
      Optional<BucketState> bucket = state.bucket(entry.bucket());
      if (bucket.isEmpty()) {
        return refused(
            entry,
            ErrorCode.TABLE_NOT_FOUND,
            "bucket "
                + entry.bucket().bucket()
                + " is gone; its table, or its partition, was dropped");
      }
      known = new Pending(bucket.get());
      pending.put(entry.bucket(), known);
    }
    Optional<Judged> refusal = refusal(entry, known);
    if (refusal.isPresent()) {
      return refusal.get();
    }
    if (state.payloads().runs() + newRuns >= limits.runs()) {
      return refused(
          entry,
          ErrorCode.OVERLOADED,
          "the cluster has its limit of " + limits.runs() + " runs; wait for compaction");
    }
    WriterStamp stamp = entry.writer();
    if (entry.transaction() != null) {
      ThalwegException refused = state.transacting().refusal(entry);
      if (refused != null) {
        return refused(entry, refused.code(), refused.getMessage());
      }
    } else if (stamp.present()
        && known.bucket.transactions().openOf(stamp.writerId()).isPresent()) {
      return refused(
          entry,
          ErrorCode.INVALID_TRANSACTION,
          "writer "
              + stamp.writerId()
              + " has a transaction open, to which the batch says not to belong");
    }
    if (rules.checksWriter(stamp)) {
      if (stamp.writerId() >= state.nextWriterId()) {
        return refused(
            entry,
            ErrorCode.UNKNOWN_WRITER,
            "writer " + stamp.writerId() + " was never opened; open a writer");
      }
      BucketWriters.Verdict verdict = known.writers.judge(stamp, entry.sequenceCount());
      if (verdict instanceof BucketWriters.Verdict.Duplicate duplicate) {
        return new Judged(entry, new Reply.Stored(duplicate.baseOffset(), true), null, null);
      }
      if (verdict instanceof BucketWriters.Verdict.Refuse refuse) {
        return refused(entry, refuse.code(), refuse.message());
      }
    }
    return accepted(entry, known);
  }

  private Judged accepted(Command.Entry entry, Pending known) {
    long base = rules.assign(known.endOffset);
    Run run = null;
    if (entry.recordCount() > 0) {
      run =
          new Run(
              base,
              entry.recordCount(),
              entry.maxTimestamp(),
              payload,
              entry.position(),
              entry.length());
      newRuns += known.last != null && known.last.continuedBy(run) ? 0 : 1;
      known.last = run;
      known.endOffset = run.endOffset();
    }
    if (entry.writer().present()) {
      known.writers.accept(entry.writer(), entry.sequenceCount(), base);
    }
    return new Judged(entry, new Reply.Stored(base, false), known.bucket, run);
  }

  private static Judged refused(Command.Entry entry, ErrorCode code, String message) {
    return new Judged(entry, new Reply.NotStored(code, message), null, null);
  }

  private String name(Command.Entry entry) {
    return state.catalog().name(entry.bucket());
  }

  private Optional<Judged> refusal(Command.Entry entry, Pending known) {
    OwnerClaim claim = entry.owner();
    BucketState bucket = known.bucket;
    if (entry.recordCount() < (claim == null ? 1 : 0)) {
      return Optional.of(
          refused(
              entry,
              ErrorCode.INVALID_REQUEST,
              "a batch for " + name(entry) + " has " + entry.recordCount() + " records"));
    }
    if (claim == null) {
      return bucket.keyed()
          ? Optional.of(
              refused(
                  entry,
                  ErrorCode.INVALID_REQUEST,
                  name(entry) + " has a primary key: only its owner appends"))
          : Optional.empty();
    }
    if (bucket.owner() != incarnation || !rules.ownerMayCommit(bucket.ownerEpoch(), claim)) {
      return Optional.of(
          refused(
              entry,
              ErrorCode.STALE_OWNER,
              name(entry)
                  + " is owned by incarnation "
                  + bucket.owner()
                  + " in epoch "
                  + bucket.ownerEpoch()
                  + ", not "
                  + claim.epoch()));
    }
    if (claim.baseOffset() != known.endOffset) {
      return Optional.of(
          refused(
              entry,
              ErrorCode.STALE_OWNER,
              "the batch was made for offset "
                  + claim.baseOffset()
                  + " of "
                  + name(entry)
                  + ", which ends at "
                  + known.endOffset
                  + ": a batch before it was not stored"));
    }
    return Optional.empty();
  }
}
