package io.thalweg.node.cli;

import io.thalweg.client.ThalwegConnection;
import picocli.CommandLine.Option;

/** Which server a command talks to. */
final class ConnectionOptions {
  @Option(
      names = "--server",
      paramLabel = "ADDRESS",
      defaultValue = "${env:THALWEG_SERVER:-grpc://127.0.0.1:" + DevCommand.DEFAULT_PORT + "}",
      description = "any server of the cluster; or set THALWEG_SERVER (default: ${DEFAULT-VALUE})")
  String server;

  ThalwegConnection connect() {
    return ThalwegConnection.connect(server);
  }
}
