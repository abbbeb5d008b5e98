package io.thalweg.client.write;

import java.util.HashMap;
import java.util.Map;

/**
 * Counts a writer's batches under way, by their targets, and says whether a target takes another
 * one before it is full: while some are under way, the open batch grows instead, so that the busier
 * a target is, the larger its batches are. Guarded by its accumulator's monitor.
 */
final class UnderWay {
  /** One is on its way to the server while the answer for the other comes back. */
  private static final int MOST = 2;

  private final Map<Integer, Integer> batches = new HashMap<>();

  /** Whether a batch that is not full may be handed over. */
  boolean hasRoom(int target) {
    return batches.getOrDefault(target, 0) < MOST;
  }

  /** A batch was handed over. */
  void handed(int target) {
    batches.merge(target, 1, Integer::sum);
  }

  /** A batch was stored, or failed. */
  void settled(int target) {
    batches.computeIfPresent(target, (same, count) -> count == 1 ? null : count - 1);
  }
}
