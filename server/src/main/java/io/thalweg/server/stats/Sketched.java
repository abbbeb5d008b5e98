package io.thalweg.server.stats;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import org.apache.datasketches.common.Family;
import org.apache.datasketches.memory.Memory;
import org.apache.datasketches.theta.CompactSketch;
import org.apache.datasketches.theta.SetOperation;
import org.apache.datasketches.theta.Sketches;
import org.apache.datasketches.theta.Union;
import org.apache.datasketches.theta.UpdateSketch;

/** Makes sketches and reads their bytes; the package text says how large they are. Stateless. */
final class Sketched {
  /** Nominal entries of every sketch. */
  static final int ENTRIES = 1024;

  private Sketched() {}

  /** A sketch of no values. */
  static UpdateSketch empty() {
    return UpdateSketch.builder().setFamily(Family.ALPHA).setNominalEntries(ENTRIES).build();
  }

  /** A union of no sketches. */
  static Union union() {
    return SetOperation.builder().setNominalEntries(ENTRIES).buildUnion();
  }

  /**
   * Reads a sketch.
   *
   * @throws ThalwegException CORRUPT_DATA where the bytes are none
   */
  static CompactSketch read(byte[] bytes) {
    try {
      return Sketches.heapifyCompactSketch(Memory.wrap(bytes));
    } catch (RuntimeException | AssertionError damage) {
      // The library has no one exception for bytes that are no sketch.
      throw new ThalwegException(
          ErrorCode.CORRUPT_DATA, "a sketch cannot be read: " + damage.getMessage(), damage);
    }
  }
}
