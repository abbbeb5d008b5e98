package io.thalweg.server.api;

/** Memory set aside for what one piece of reading holds. Any thread. */
public interface ReadPermit extends AutoCloseable {
  /** Sets nothing aside. */
  ReadPermit NONE =
      new ReadPermit() {
        @Override
        public long bytes() {
          return 0;
        }

        @Override
        public void resize(long bytes) {}

        @Override
        public void close() {}
      };

  /** Bytes set aside now. */
  long bytes();

  /**
   * Once it is known how much the piece takes: gives the rest back, or, without waiting, takes what
   * lacks, for which later pieces wait. Does nothing after {@link #close}.
   */
  void resize(long bytes);

  /** Gives it back; further calls do nothing. */
  @Override
  void close();
}
