package io.thalweg.frontend.kafka.network;

import io.thalweg.server.api.ReadShare;
import io.thalweg.server.api.ServerApi;

/** What handlers keep for one connection, from its first request to its end. */
public final class ConnectionState implements AutoCloseable {
  private final ReadShare reads;

  ConnectionState(ServerApi api) {
    this.reads = api.openReads();
  }

  /** The connection's part of the memory for reads. */
  public ReadShare reads() {
    return reads;
  }

  @Override
  public void close() {
    reads.close();
  }
}
