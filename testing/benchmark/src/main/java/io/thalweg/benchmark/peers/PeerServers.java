package io.thalweg.benchmark.peers;

import java.io.IOException;

/** The processes of one running system, without the driver. One thread. */
public interface PeerServers extends AutoCloseable {
  /** What the driver connects to. */
  String address();

  /** Processor time that they have used so far. */
  double cpuSeconds();

  /** Ends them and deletes their files. */
  @Override
  void close() throws IOException;
}
