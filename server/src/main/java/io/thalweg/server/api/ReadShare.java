package io.thalweg.server.api;

import java.util.concurrent.CompletableFuture;

/**
 * One stream's part of the memory for reads. What a stream reads, and holds until its client took
 * it, is set aside here first; past the limit streams wait, in turn. Any thread.
 */
public interface ReadShare extends AutoCloseable {
  /** For the server's own reads, which are few and hold little: nothing waits. */
  ReadShare UNLIMITED =
      new ReadShare() {
        @Override
        public int piece() {
          return Integer.MAX_VALUE;
        }

        @Override
        public long usual() {
          return 0;
        }

        @Override
        public CompletableFuture<ReadPermit> reserve(long bytes) {
          return CompletableFuture.completedFuture(ReadPermit.NONE);
        }

        @Override
        public void close() {}
      };

  /** About how many bytes the stream should read at a time, as many streams as there are now. */
  int piece();

  /** What the piece before took, as its permit was told; 0 before the first. */
  long usual();

  /**
   * Sets {@code bytes} aside, waiting while there is no room. A piece larger than all the memory
   * gets it too, in its turn. Fails with CLOSING once this is closed.
   */
  CompletableFuture<ReadPermit> reserve(long bytes);

  /** Ends what waits. Permits that were given stay their holders'. */
  @Override
  void close();
}
