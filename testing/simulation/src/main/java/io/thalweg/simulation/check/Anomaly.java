package io.thalweg.simulation.check;

/** What a log must never do, as its clients can see it. */
public enum Anomaly {
  /** One offset holds two values. */
  INCONSISTENT_OFFSET,
  /** One value has two offsets. */
  DUPLICATE,
  /** An acknowledged value is missing among offsets that were read. */
  LOST,
  /** An acknowledged value lies beyond the end of the final read. */
  UNSEEN,
  /** A value was read although its sender had been told that it is not stored. */
  ABORTED_READ,
  /** A writer's sends, or the values of one send, do not stand in the order in which they went. */
  NON_MONOTONIC_SEND,
  /** A reader was taken past offsets. */
  SKIPPED_POLL,
  /** A reader was taken back. */
  NON_MONOTONIC_POLL,
  /** A reader that looks for some values was given another. */
  FILTER_PASSED,
  /** A reader that looks for some values was not given one of them. */
  FILTERED_OUT,
  /** Something that was known stored before another thing was begun stands after it. */
  REAL_TIME_ORDER,
  /** A value was read that nobody sent to that bucket. */
  PHANTOM
}
