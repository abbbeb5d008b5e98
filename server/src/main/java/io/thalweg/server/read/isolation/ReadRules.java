package io.thalweg.server.read.isolation;

/**
 * The decisions that give readers committed records only. Production has one implementation, {@link
 * #STANDARD}. They are an interface so that the simulation can break each of them, and so prove
 * that its checkers notice.
 */
public interface ReadRules {

  /** The rules as promised. */
  ReadRules STANDARD = new ReadRules() {};

  /**
   * Where a bucket ends for readers of committed records.
   *
   * @param stable the bucket's last stable offset
   * @param end where its log ends
   */
  default long readableTo(long stable, long end) {
    return stable;
  }

  /** Whether records are kept from readers; {@code aborted} says how their transaction ended. */
  default boolean isVoid(boolean aborted) {
    return aborted;
  }
}
