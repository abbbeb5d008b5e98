package io.thalweg.client;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How a {@link Lookuper} works.
 *
 * @param columns names of the columns to return, in that order. Empty: all of the table's. Default
 *     empty
 * @param batchKeys most keys of one request; default 1,000
 * @param maxWaiting keys that may wait for their answers; a lookup beyond the limit fails with
 *     OVERLOADED. Default 100,000
 * @param timeout how long one lookup is tried; default 30 seconds
 */
public record LookupOptions(
    Optional<List<String>> columns, int batchKeys, int maxWaiting, Duration timeout) {
  /** The defaults named above. */
  public static final LookupOptions DEFAULT =
      new LookupOptions(Optional.empty(), 1_000, 100_000, Duration.ofSeconds(30));

  /** Copies the list and checks bounds. */
  public LookupOptions {
    columns = columns.map(List::copyOf);
    if (batchKeys < 1 || batchKeys > 100_000) {
      throw new IllegalArgumentException("batchKeys " + batchKeys + " is not 1 to 100,000");
    }
    if (maxWaiting < 1) {
      throw new IllegalArgumentException("maxWaiting " + maxWaiting + " is not positive");
    }
    if (timeout.isNegative()) {
      throw new IllegalArgumentException("timeout " + timeout + " is negative");
    }
  }

  /** Returns these columns only. */
  public static LookupOptions columns(String... names) {
    return new LookupOptions(
        Optional.of(List.of(names)), DEFAULT.batchKeys, DEFAULT.maxWaiting, DEFAULT.timeout);
  }

  /** With another limit on the keys of a request. */
  public LookupOptions withBatchKeys(int keys) {
    return new LookupOptions(columns, keys, maxWaiting, timeout);
  }

  /** With another limit on the keys that wait. */
  public LookupOptions withMaxWaiting(int keys) {
    return new LookupOptions(columns, batchKeys, keys, timeout);
  }

  /** With another timeout. */
  public LookupOptions withTimeout(Duration duration) {
    return new LookupOptions(columns, batchKeys, maxWaiting, duration);
  }
}
