package io.thalweg.server.api;

/** Which offset of a bucket is meant. */
public sealed interface OffsetSpec {
  /** The first that can be read. */
  record Earliest() implements OffsetSpec {}

  /** The offset after the last record that was acknowledged anywhere before the question. */
  record Latest() implements OffsetSpec {}

  /**
   * The first record appended at or after a time; the latest where there is none. Servers' clocks
   * may differ: a record behind it may have an earlier time.
   *
   * @param millis since the Unix epoch
   */
  record AtTimestamp(long millis) implements OffsetSpec {}

  /** The first record with the latest time of all; the latest offset where there is no record. */
  record OfLatestTime() implements OffsetSpec {}
}
