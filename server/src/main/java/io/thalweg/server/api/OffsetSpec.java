package io.thalweg.server.api;

/** Which offset of a bucket is meant. */
public sealed interface OffsetSpec {
  /** The first that can be read. */
  record Earliest() implements OffsetSpec {}

  /**
   * The offset after the last record that was acknowledged anywhere before the question; where
   * transactions are open, the first offset of the first of them.
   */
  record Latest() implements OffsetSpec {}

  /** Like {@link Latest}, and records of open transactions count too. */
  record End() implements OffsetSpec {}

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
