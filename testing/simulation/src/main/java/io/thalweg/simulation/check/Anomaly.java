package io.thalweg.simulation.check;

/** Violations of a log's promises that clients can see. */
public enum Anomaly {
  /** One offset holds two values. */
  INCONSISTENT_OFFSET,
  /** One value has two offsets. */
  DUPLICATE,
  /** An acknowledged value is missing among offsets that were read. */
  LOST,
  /** An acknowledged value lies beyond the end of the final read. */
  UNSEEN,
  /** A reader got a value although its sender had got the answer that it is not stored. */
  ABORTED_READ,
  /** A writer's sends, or the values of one send, are not in their order. */
  NON_MONOTONIC_SEND,
  /** A reader skipped offsets. */
  SKIPPED_POLL,
  /** A reader went back. */
  NON_MONOTONIC_POLL,
  /** A reader that wants some values got another. */
  FILTER_PASSED,
  /** A reader that wants some values did not get one of them. */
  FILTERED_OUT,
  /**
   * A value that was known to be stored before another send began has a higher offset than that
   * send.
   */
  REAL_TIME_ORDER,
  /** A value was read that nobody sent to that bucket. */
  PHANTOM
}
