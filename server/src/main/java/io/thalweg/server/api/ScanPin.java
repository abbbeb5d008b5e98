package io.thalweg.server.api;

/** Records that a scan holds on to. Ends when it is closed, and at the latest after a while. */
public interface ScanPin extends AutoCloseable {

  /** Lets go. Any thread, any number of times. */
  @Override
  void close();
}
