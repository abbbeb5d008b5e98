package io.thalweg.objectstore.s3;

import io.thalweg.runtime.RandomSource;
import java.util.OptionalLong;

/**
 * Decides whether another attempt follows a failed one, and after which wait. Waits grow
 * exponentially, with jitter. All calls share a budget, so that a store in trouble does not get
 * many times the usual load. Belongs to the store's loop.
 */
final class RetrySchedule {
  private static final int SUCCESSES_PER_RETRY = 10;
  private static final int LONGEST_SHIFT = 30;

  private final S3ObjectStoreConfig.Retry config;
  private final RandomSource random;
  private final long fullBudget;
  private long budget;

  RetrySchedule(S3ObjectStoreConfig.Retry config, RandomSource random) {
    this.config = config;
    this.random = random;
    this.fullBudget = (long) config.budget() * SUCCESSES_PER_RETRY;
    this.budget = fullBudget;
  }

  /** Notes that an attempt succeeded. */
  void succeeded() {
    budget = Math.min(fullBudget, budget + 1);
  }

  /** The wait before the next attempt after {@code made} of them, or empty if none follows. */
  OptionalLong nextNanos(int made) {
    if (made >= config.attempts() || budget < SUCCESSES_PER_RETRY) {
      return OptionalLong.empty();
    }
    budget -= SUCCESSES_PER_RETRY;
    long firstMicros = config.firstBackoff().toNanos() / 1_000;
    long longestMicros = config.longestBackoff().toNanos() / 1_000;
    int shift = Math.min(LONGEST_SHIFT, made - 1);
    long micros = Math.min(longestMicros, firstMicros << shift);
    // Wait at least half of it, and a random part of the rest, so that calls that failed together
    // do not all return at once.
    long half = micros / 2;
    return OptionalLong.of(
        (half + random.nextInt((int) Math.min(Integer.MAX_VALUE, micros - half + 1))) * 1_000);
  }
}
