package io.thalweg.frontend.kafka.network;

import io.thalweg.server.api.ReadShare;
import io.thalweg.server.api.ServerApi;

/** What handlers keep for one connection, from its first request to its end. Any thread. */
public final class ConnectionState implements AutoCloseable {
  private final ServerApi api;
  private ReadShare reads;
  private boolean closed;

  ConnectionState(ServerApi api) {
    this.api = api;
  }

  /**
   * The connection's part of the memory for reads. Opened by the first read: each that is open
   * leaves less to the others.
   */
  public synchronized ReadShare reads() {
    if (reads == null) {
      reads = api.openReads();
      if (closed) {
        reads.close();
      }
    }
    return reads;
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (reads != null) {
      reads.close();
    }
  }
}
