package io.thalweg.format.aggregate;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;

/** The bytes of memory that groups may take. One thread. */
final class Budget {
  private final long most;
  private long taken;

  Budget(long most) {
    this.most = most;
  }

  /** Bytes taken so far. */
  long taken() {
    return taken;
  }

  /**
   * Takes {@code bytes}, or gives them back if negative; LIMIT_REACHED if there are not as many.
   */
  void take(long bytes) {
    taken += bytes;
    if (taken > most) {
      throw new ThalwegException(
          ErrorCode.LIMIT_REACHED,
          "the groups of the aggregate take more than "
              + most
              + " bytes; filter, or group by fewer columns");
    }
  }
}
