package io.thalweg.node.cli.terminal;

import io.thalweg.client.ThalwegConnection;
import picocli.CommandLine.Option;

/** The server that a command talks to. One thread. */
public final class ConnectionOptions {
  /** The port of clients where nothing else is said. */
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
