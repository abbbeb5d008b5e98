package io.thalweg.client.write;

import java.util.Arrays;

/**
 * Knows a writer's batches under way, and says when the next one may go before it is full. While
 * two of a bucket are under way, the bucket's next one grows instead. And batches keep a distance
 * of half a round trip, so that a writer of single rows does not spend all processors on its
 * batches: the slower the answers come, the larger the batches become. A batch after a pause goes
 * at once. Guarded by its accumulator's monitor.
 */
final class UnderWay {
  /** One is on its way to the server while the answer for the other comes back. */
  private static final int MOST = 2;

  /** The most that a row waits for others, in nanoseconds. */
  private static final long MOST_DISTANCE = 2_000_000;

  /** The part of a new round trip in the mean, as a shift. */
  private static final int WEIGHT = 3;

  private static final long NEVER = Long.MIN_VALUE;

  private final boolean oneDistance;
  private int[] batches = new int[1];
  private long[] lastHanded = {NEVER};
  private long roundTrip;

  /**
   * Nothing is under way.
   *
   * @param oneDistance whether batches of different targets keep the distance too: the writer
   *     chooses the targets in turn
   */
  UnderWay(boolean oneDistance) {
    this.oneDistance = oneDistance;
  }

  /** Whether a batch that is not full may be handed over. */
  boolean hasRoom(int target) {
    return target >= batches.length || batches[target] < MOST;
  }

  /** How long a batch that is opened at {@code now} waits for the one before it, in nanoseconds. */
  long distance(int target, long now) {
    int at = oneDistance ? 0 : target;
    if (at >= lastHanded.length || lastHanded[at] == NEVER) {
      return 0;
    }
    return Math.max(0, lastHanded[at] + Math.min(MOST_DISTANCE, roundTrip / 2) - now);
  }

  /** A batch was handed over. */
  void handed(int target, long now) {
    if (target >= batches.length) {
      int before = batches.length;
      batches = Arrays.copyOf(batches, Math.max(target + 1, 2 * before));
      lastHanded = Arrays.copyOf(lastHanded, batches.length);
      Arrays.fill(lastHanded, before, lastHanded.length, NEVER);
    }
    batches[target]++;
    lastHanded[oneDistance ? 0 : target] = now;
  }

  /** A batch was stored, or failed, {@code took} nanoseconds after it was handed over. */
  void settled(int target, long took) {
    batches[target]--;
    roundTrip += (Math.min(took, 2 * MOST_DISTANCE) - roundTrip) >> WEIGHT;
  }
}
