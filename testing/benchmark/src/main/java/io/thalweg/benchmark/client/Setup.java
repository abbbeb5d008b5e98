package io.thalweg.benchmark.client;

import io.thalweg.benchmark.measure.Report;
import io.thalweg.benchmark.measure.ServerProcess;
import io.thalweg.benchmark.measure.Usage;
import io.thalweg.client.ThalwegConnection;
import java.io.IOException;

/**
 * A server that runs and a connection to it. {@link #close} ends both and deletes the data.
 *
 * @param report where the figures go
 */
record Setup(Report report, ServerProcess server, ThalwegConnection connection)
    implements AutoCloseable {

  /** Starts a server with these settings. */
  static Setup start(Report report, String... settings) throws IOException {
    ServerProcess server = ServerProcess.start(settings);
    return new Setup(report, server, ThalwegConnection.connect(server.address()));
  }

  /** Counts what the server and this process use from now on. */
  Usage.Begun begin() {
    return Usage.begin(server);
  }

  /** The server's resident memory, in MB. */
  double resident() {
    return server.counters().residentMegabytes();
  }

  @Override
  public void close() throws IOException {
    try {
      connection.close();
    } finally {
      server.close();
    }
  }
}
