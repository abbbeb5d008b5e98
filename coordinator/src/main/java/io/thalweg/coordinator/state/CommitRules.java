package io.thalweg.coordinator.state;

import io.thalweg.format.batch.WriterStamp;
import java.util.List;

/**
 * The decisions that keep a bucket's log right. Production has one implementation, {@link
 * #STANDARD}; they stand behind an interface so that the simulation can break each of them and
 * prove that its checkers notice.
 */
public interface CommitRules {

  /** The rules as promised. */
  CommitRules STANDARD = new CommitRules() {};

  /** Whether an incarnation that {@code open} says is open or closed may commit. */
  default boolean mayCommit(boolean open) {
    return open;
  }

  /** The first offset of new records in a bucket that ends at {@code endOffset}. */
  default long assign(long endOffset) {
    return endOffset;
  }

  /** Whether records that a reader holds on to stay. */
  default boolean heedsPins() {
    return true;
  }

  /**
   * Whether runs may be replaced by somebody who read those that lived in {@code seen}.
   *
   * @param now where the runs live that make up exactly the range; empty where none do
   */
  default boolean mayReplace(List<Payload> now, List<Payload> seen) {
    return !now.isEmpty() && now.equals(seen);
  }

  /** Whether writers' stamps are looked at for {@code stamp}. */
  default boolean checksWriter(WriterStamp stamp) {
    return stamp.present();
  }

  /** Whether a batch of the owner that claims {@code claim} is one of the present epoch. */
  default boolean ownerMayCommit(int ownerEpoch, OwnerClaim claim) {
    return ownerEpoch == claim.epoch();
  }

  /** Whether rows up to {@code offset} may be a snapshot of a bucket whose log ends there. */
  default boolean maySnapshot(long offset, long logEndOffset) {
    return offset <= logEndOffset;
  }
}
