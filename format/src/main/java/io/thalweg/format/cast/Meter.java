package io.thalweg.format.cast;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;

/**
 * Counts the bytes that copies of values take, and stops at a limit: a few bytes of input can refer
 * to one value many times, and counting them all would take as long as copying them. One thread.
 */
final class Meter {
  private final long limit;
  private final int rows;
  private long bytes;

  /**
   * Nothing was counted yet.
   *
   * @param limit most bytes
   * @param rows that are measured, for the message
   */
  Meter(long limit, int rows) {
    this.limit = limit;
    this.rows = rows;
  }

  /** Counts {@code more} bytes, at least 0; TOO_LARGE past the limit. */
  void add(long more) {
    bytes += more;
    if (bytes > limit) {
      throw new ThalwegException(
          ErrorCode.TOO_LARGE,
          "a batch of "
              + rows
              + " rows takes more than the limit of "
              + limit
              + " bytes in the table's types; send fewer rows");
    }
  }

  long bytes() {
    return bytes;
  }
}
