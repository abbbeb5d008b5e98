package io.thalweg.server.compact;

import io.thalweg.format.segment.SegmentFile;
import java.util.concurrent.CompletableFuture;

/** Makes and puts one segment. */
interface Build {
  /**
   * Where the records are now.
   *
   * @param maxTimestamp their greatest, milliseconds since the epoch
   */
  record Built(SegmentFile file, int length, long maxTimestamp) {}

  /**
   * Builds and puts. Whatever happens, all memory is released when the future completes. Called
   * once.
   */
  CompletableFuture<Built> build();

  /** Ends the build at its next step. Any thread may call. */
  void abandon();
}
