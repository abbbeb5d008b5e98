package io.thalweg.format.aggregate;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;

/** The bytes that groups may keep of texts and byte strings. One thread. */
final class Budget {
  private final long most;
  private long taken;

  Budget(long most) {
    this.most = most;
  }

  /**
   * Takes {@code bytes}, or gives them back if negative; LIMIT_REACHED if there are not as many.
   */
  void take(long bytes) {
    taken += bytes;
    if (taken > most) {
      throw new ThalwegException(
          ErrorCode.LIMIT_REACHED,
          "the aggregate keeps more than "
              + most
              + " bytes of keys and texts; filter, or group by fewer columns");
    }
  }
}
