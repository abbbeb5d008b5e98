package io.thalweg.coordinator.state;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.KvSnapshot;
import io.thalweg.coordinator.command.Payload;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.command.Run;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.schema.TableBucket;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Changes where records and rows live, and ends their lives: {@code ReplaceRuns}, {@code TrimLog},
 * {@code DeleteRecords}, {@code CommitKvSnapshot}. Serves one call on its {@link ClusterState}.
 */
final class HomeChanges {
  private final ClusterState state;
  private final CommitRules rules;
  private final Limits limits;

  HomeChanges(ClusterState state, CommitRules rules, Limits limits) {
    this.state = state;
    this.rules = rules;
    this.limits = limits;
  }

  Reply replaceRuns(Command.ReplaceRuns replace) {
    if (replace.moves().stream().allMatch(this::isDone)) {
      return new Reply.Done();
    }
    Optional<Reply.Refused> twice =
        overlapping(replace.moves())
            .flatMap(
                move ->
                    refused(move, ErrorCode.INVALID_REQUEST, "two moves take the same records"));
    for (Command.Move move : replace.moves()) {
      Optional<Reply.Refused> refusal = twice.or(() -> refusal(replace.incarnation(), move));
      if (refusal.isPresent()) {
        replace.moves().forEach(each -> state.payloads().unused(each.run().payload(), state.now()));
        return refusal.get();
      }
    }
    if (!replace.moves().isEmpty()) {
      state.advance(replace.nowMillis());
    }
    for (Command.Move move : replace.moves()) {
      BucketState bucket = state.bucket(move.bucket()).orElseThrow();
      state.changing(move.bucket(), bucket);
      state.payloads().hold(move.run().payload(), Holder.RUN, move.payloadLength());
      List.copyOf(bucket.log().exactly(move.fromOffset(), move.toOffset()))
          .forEach(run -> state.payloads().release(run.payload(), Holder.RUN, state.now()));
      bucket
          .log()
          .replace(move.run(), rules.startAfterMove(bucket.log().startOffset(), move.fromOffset()));
      state.transactions().aborted(-bucket.transactions().trim(bucket.log().cleanedTo()));
      state.changed(move.bucket(), bucket);
    }
    return new Reply.Done();
  }

  private boolean isDone(Command.Move move) {
    BucketState bucket = state.bucket(move.bucket()).orElse(null);
    return bucket != null
        && bucket.log().exactly(move.fromOffset(), move.toOffset()).equals(List.of(move.run()));
  }

  private Optional<Reply.Refused> refusal(long incarnation, Command.Move move) {
    BucketState bucket = state.bucket(move.bucket()).orElse(null);
    if (bucket == null) {
      return refused(move, ErrorCode.TABLE_NOT_FOUND, "its table, or its partition, was dropped");
    }
    if (!owns(incarnation, bucket, move.ownerEpoch())) {
      return refused(move, ErrorCode.STALE_OWNER, "its owner changed");
    }
    if (state.payloads().isFull()) {
      return refused(move, ErrorCode.OVERLOADED, "too many objects wait for their deletion");
    }
    List<Run> old = bucket.log().exactly(move.fromOffset(), move.toOffset());
    if (!rules.mayReplace(old.stream().map(Run::payload).toList(), move.seen())) {
      return refused(move, ErrorCode.INVALID_REQUEST, "its runs are not the ones seen");
    }
    Run run = move.run();
    if (run.baseOffset() != move.fromOffset()
        || run.recordCount() < 1
        || run.endOffset() != move.toOffset()) {
      return refused(
          move,
          ErrorCode.INVALID_REQUEST,
          "the new run is [" + run.baseOffset() + ", " + run.endOffset() + ")");
    }
    if (!(run.payload() instanceof Payload.Stored)) {
      return refused(move, ErrorCode.INVALID_REQUEST, "a new run must live in an object");
    }
    if (run.payload() instanceof Payload.Segment segment
        && !segment.file().bucket().equals(move.bucket())) {
      return refused(
          move, ErrorCode.INVALID_REQUEST, segment.key() + " is another bucket's segment");
    }
    if (state.payloads().garbage().containsKey(run.payload())) {
      return refused(move, ErrorCode.INVALID_REQUEST, run.payload() + " may be deleted already");
    }
    long pinned = state.pins().lowest(move.bucket());
    if (run.isCleaned() && rules.heedsPins() && pinned < move.toOffset()) {
      return Optional.of(held(move.bucket(), pinned));
    }
    return Optional.empty();
  }

  /** The first move whose records another move takes too. */
  private static Optional<Command.Move> overlapping(List<Command.Move> moves) {
    List<Command.Move> sorted =
        moves.stream()
            .sorted(
                Comparator.comparing(Command.Move::bucket)
                    .thenComparingLong(Command.Move::fromOffset))
            .toList();
    for (int i = 1; i < sorted.size(); i++) {
      Command.Move before = sorted.get(i - 1);
      if (before.bucket().equals(sorted.get(i).bucket())
          && before.toOffset() > sorted.get(i).fromOffset()) {
        return Optional.of(sorted.get(i));
      }
    }
    return Optional.empty();
  }

  private boolean owns(long incarnation, BucketState bucket, int ownerEpoch) {
    return state.incarnations().isOpen(incarnation)
        && bucket.owner() == incarnation
        && bucket.ownerEpoch() == ownerEpoch;
  }

  private static Optional<Reply.Refused> refused(Command.Move move, ErrorCode code, String why) {
    return Optional.of(
        new Reply.Refused(
            code,
            "runs ["
                + move.fromOffset()
                + ", "
                + move.toOffset()
                + ") of bucket "
                + move.bucket()
                + " were not replaced: "
                + why));
  }

  Reply trim(Command.TrimLog trim) {
    BucketState bucket = state.bucket(trim.bucket()).orElse(null);
    if (bucket == null) {
      return gone(trim.bucket());
    }
    if (!owns(trim.incarnation(), bucket, trim.ownerEpoch())) {
      return new Reply.Refused(
          ErrorCode.STALE_OWNER, "bucket " + trim.bucket() + " has another owner; it trims");
    }
    if (trim.toOffset() <= bucket.log().startOffset()) {
      return new Reply.Done();
    }
    if (!bucket.log().isBoundary(trim.toOffset())) {
      return new Reply.Refused(
          ErrorCode.INVALID_REQUEST,
          "no run of bucket " + trim.bucket() + " ends at offset " + trim.toOffset());
    }
    long pinned = state.pins().lowest(trim.bucket());
    if (rules.heedsPins() && pinned < trim.toOffset()) {
      return held(trim.bucket(), pinned);
    }
    if (trim.toOffset() > bucket.lastStableOffset()) {
      return new Reply.Refused(
          ErrorCode.OVERLOADED,
          "a transaction is open in bucket "
              + trim.bucket()
              + " from offset "
              + bucket.lastStableOffset()
              + " on");
    }
    if (bucket.keyed() && trim.toOffset() > bucket.restorableOffset()) {
      return new Reply.Refused(
          ErrorCode.OVERLOADED,
          "the rows of bucket "
              + trim.bucket()
              + " can be restored up to offset "
              + bucket.restorableOffset()
              + " only; it needs its log from there on");
    }
    state.changing(trim.bucket(), bucket);
    state.advance(trim.nowMillis());
    beginAt(trim.toOffset(), trim.bucket(), bucket);
    return new Reply.Done();
  }

  private void beginAt(long offset, TableBucket id, BucketState bucket) {
    bucket
        .log()
        .trim(offset)
        .forEach(run -> state.payloads().release(run.payload(), Holder.RUN, state.now()));
    state.transactions().aborted(-bucket.transactions().trim(offset));
    state.changed(id, bucket);
  }

  Reply deleteRecords(Command.DeleteRecords delete) {
    BucketState bucket = state.bucket(delete.bucket()).orElse(null);
    if (bucket == null) {
      return gone(delete.bucket());
    }
    if (bucket.keyed()) {
      return new Reply.Refused(
          ErrorCode.INVALID_REQUEST,
          "records of bucket "
              + delete.bucket()
              + " cannot be deleted: its table has a primary key, and its rows are restored from"
              + " these records; delete the rows");
    }
    if (delete.beforeOffset() > bucket.log().endOffset()) {
      return new Reply.Refused(
          ErrorCode.OFFSET_OUT_OF_RANGE,
          "bucket "
              + delete.bucket()
              + " ends at offset "
              + bucket.log().endOffset()
              + "; records before "
              + delete.beforeOffset()
              + " cannot be deleted");
    }
    if (delete.beforeOffset() <= bucket.log().startOffset()) {
      return new Reply.Done();
    }
    long pinned = state.pins().lowest(delete.bucket());
    if (rules.heedsPins() && pinned < delete.beforeOffset()) {
      return held(delete.bucket(), pinned);
    }
    state.changing(delete.bucket(), bucket);
    beginAt(delete.beforeOffset(), delete.bucket(), bucket);
    return new Reply.Done();
  }

  private static Reply gone(TableBucket bucket) {
    return new Reply.Refused(
        ErrorCode.TABLE_NOT_FOUND,
        "bucket " + bucket + " is gone; its table, or its partition, was dropped");
  }

  private static Reply.Refused held(TableBucket bucket, long pinned) {
    return new Reply.Refused(
        ErrorCode.OVERLOADED,
        "a scan holds bucket "
            + bucket
            + " from offset "
            + pinned
            + " on; try again when it ended");
  }

  Reply commitKvSnapshot(Command.CommitKvSnapshot command) {
    BucketState bucket = state.bucket(command.bucket()).orElse(null);
    KvSnapshot snapshot = command.snapshot();
    if (bucket != null && snapshot.equals(bucket.kvSnapshot().orElse(null))) {
      return new Reply.Done();
    }
    Optional<Reply.Refused> refusal = refusal(command, bucket);
    if (refusal.isPresent()) {
      snapshot.objects().forEach(each -> state.payloads().unused(each, state.now()));
      return refusal.get();
    }
    state.changing(command.bucket(), bucket);
    state.advance(command.nowMillis());
    bucket.replaceKvSnapshot(snapshot, state.payloads(), state.now());
    state.changed(command.bucket(), bucket);
    return new Reply.Done();
  }

  private Optional<Reply.Refused> refusal(Command.CommitKvSnapshot command, BucketState bucket) {
    KvSnapshot snapshot = command.snapshot();
    if (bucket == null) {
      return refused(
          command, ErrorCode.TABLE_NOT_FOUND, "its table, or its partition, was dropped");
    }
    if (!bucket.keyed()) {
      return refused(command, ErrorCode.INVALID_REQUEST, "its table has no primary key");
    }
    if (!owns(command.incarnation(), bucket, command.ownerEpoch())) {
      return refused(command, ErrorCode.STALE_OWNER, "its owner changed");
    }
    if (!rules.maySnapshot(snapshot.offset(), bucket.log().endOffset())
        || snapshot.offset() <= bucket.kvSnapshot().map(KvSnapshot::offset).orElse(-1L)) {
      return refused(
          command,
          ErrorCode.INVALID_REQUEST,
          "its log ends at "
              + bucket.log().endOffset()
              + " and its last snapshot is "
              + bucket.kvSnapshot());
    }
    if (state.payloads().isFull()) {
      return refused(command, ErrorCode.OVERLOADED, "too many objects wait for their deletion");
    }
    if (state.payloads().references(Holder.ROWS_SNAPSHOT) + snapshot.objects().size()
        > limits.snapshotFiles()) {
      return refused(
          command,
          ErrorCode.OVERLOADED,
          "the cluster has its limit of "
              + limits.snapshotFiles()
              + " files of rows' snapshots; make the tables' rows fewer, or the buckets");
    }
    for (Payload.Kv each : snapshot.objects()) {
      if (!each.file().bucket().equals(command.bucket())) {
        return refused(command, ErrorCode.INVALID_REQUEST, each.key() + " is another bucket's");
      }
      if (state.payloads().garbage().containsKey(each)) {
        return refused(command, ErrorCode.INVALID_REQUEST, each.key() + " may be deleted already");
      }
    }
    return Optional.empty();
  }

  private static Optional<Reply.Refused> refused(
      Command.CommitKvSnapshot command, ErrorCode code, String why) {
    return Optional.of(
        new Reply.Refused(
            code,
            "the snapshot at offset "
                + command.snapshot().offset()
                + " of bucket "
                + command.bucket()
                + " was not taken: "
                + why));
  }
}
