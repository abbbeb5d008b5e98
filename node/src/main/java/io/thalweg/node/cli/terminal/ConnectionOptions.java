package io.thalweg.node.cli.terminal;

import io.thalweg.client.ThalwegConnection;
import picocli.CommandLine.Option;

/** The server that a command talks to. One thread. */
public final class ConnectionOptions {
  /** The default port for clients. */
  public static final int DEFAULT_PORT = 9420;

  @Option(
      names = "--server",
      paramLabel = "ADDRESS",
      defaultValue = "${env:THALWEG_SERVER:-grpc://127.0.0.1:" + DEFAULT_PORT + "}",
      description = "any server of the cluster; or set THALWEG_SERVER (default: ${DEFAULT-VALUE})")
  String server;

  public ThalwegConnection connect() {
    return ThalwegConnection.connect(server);
  }
}
