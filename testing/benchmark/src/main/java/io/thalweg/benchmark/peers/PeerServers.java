package io.thalweg.benchmark.peers;

import java.io.IOException;

/** The processes of one running system, without the driver. One thread. */
public interface PeerServers extends AutoCloseable {
  /** What the driver connects to. */
  String address();

  /** Processor time that they have used so far. */
  double cpuSeconds();

  /**
   * Stops them as an operator does, lets the system forget what it keeps of their files in memory,
   * and starts them again at the same address.
   */
  void restartCold() throws IOException;

  /** Ends them and deletes their files. */
  @Override
  void close() throws IOException;
}
