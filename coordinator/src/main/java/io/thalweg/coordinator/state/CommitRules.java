package io.thalweg.coordinator.state;

import io.thalweg.coordinator.command.OwnerClaim;
import io.thalweg.coordinator.command.Payload;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.schema.TableBucket;
import java.util.List;

/**
 * The decisions that keep a bucket's log right. Production has one implementation, {@link
 * #STANDARD}. The rules are an interface so that the simulation can break each of them and prove
 * that its checkers notice.
 */
public interface CommitRules {

  /** The rules that keep the promises. */
  CommitRules STANDARD = new CommitRules() {};

  /** Whether an incarnation may commit; {@code open} says whether it is open. */
  default boolean mayCommit(boolean open) {
    return open;
  }

  /** The first offset of new records in a bucket that ends at {@code endOffset}. */
  default long assign(long endOffset) {
    return endOffset;
  }

  /** Whether a pin keeps records. */
  default boolean heedsPins() {
    return true;
  }

  /**
   * Whether a sender that read the runs in {@code seen} may replace them.
   *
   * @param now where the runs that make up exactly the range live; empty if there are none
   */
  default boolean mayReplace(List<Payload> now, List<Payload> seen) {
    return !now.isEmpty() && now.equals(seen);
  }

  /**
   * Where a log begins once records of it have another home.
   *
   * @param start where it began before
   * @param movedFrom the first offset that moved; before {@code start} if some records of its run
   *     were deleted
   */
  default long startAfterMove(long start, long movedFrom) {
    return start;
  }

  /** Whether {@code stamp} is checked against the bucket's writers. */
  default boolean checksWriter(WriterStamp stamp) {
    return stamp.present();
  }

  /** Whether a batch with the owner's {@code claim} belongs to the present epoch. */
  default boolean ownerMayCommit(int ownerEpoch, OwnerClaim claim) {
    return ownerEpoch == claim.epoch();
  }

  /** Whether a batch of a transaction may be stored that has {@code epoch}. */
  default boolean transactionalMayCommit(short writerEpoch, short epoch) {
    return writerEpoch == epoch;
  }

  /** Whether a batch of transaction {@code ofBatch} may be stored while {@code number} is next. */
  default boolean transactionMayTake(long number, long ofBatch) {
    return number == ofBatch;
  }

  /**
   * Whether a client may ask by its epoch {@code before} for the epoch that followed: not where the
   * writer was opened by a client that {@code gaveNone}, which has that epoch for itself.
   */
  default boolean mayFollow(boolean gaveNone) {
    return !gaveNone;
  }

  /** Whether the end of a transaction is marked in {@code bucket}, which is part of it. */
  default boolean marks(TableBucket bucket) {
    return true;
  }

  /** Whether rows up to {@code offset} may be a snapshot of a bucket whose log ends there. */
  default boolean maySnapshot(long offset, long logEndOffset) {
    return offset <= logEndOffset;
  }
}
