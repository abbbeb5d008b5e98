package io.thalweg.node.cli;

import io.thalweg.node.EmbeddedNode;
import io.thalweg.node.StoreLocation;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Loads the classes that a process and the usual commands need, so that the JVM can list them for
 * the archive of classes that bin/startup-archive makes. Runs a node of its own over a directory
 * that the caller removes, and a few commands against it. Not a command: users do not call it.
 */
final class StartupTraining {
  private static final int MOST_TRIES = 100;

  private StartupTraining() {}

  /** Trains in the directory that the only argument names. */
  public static void main(String[] args) throws IOException {
    Path work = Path.of(args[0]);
    Path rows = Files.writeString(work.resolve("rows.csv"), "id,name\n1,a\n2,b\n");
    Path data = work.resolve("data");
    int code = 0;
    try (EmbeddedNode node =
        EmbeddedNode.start(
            data,
            StoreLocation.of(data.resolve("objects")),
            freePort(),
            Map.of("kafka.port", "0"),
            failure -> System.exit(1))) {
      String server = "--server=" + node.endpoint();
      String columns = "--schema=id BIGINT NOT NULL, name STRING";
      String[][] commands = {
        {"--help"},
        {"--version"},
        {"table", "create", "log", columns, server},
        {"table", "create", "rows", columns, "--primary-key=id", server},
        {"append", "log", rows.toString(), server},
        {"append", "rows", rows.toString(), server},
        {"scan", "log", "--where=id > 1", server},
        {"scan", "rows", "--output=json", server},
        {"scan", "log", "--aggregate=max(id)", "--group-by=name", server},
        {"lookup", "rows", "1", server},
        {"table", "list", server},
        {"table", "describe", "rows", server},
        {"database", "list", server},
      };
      for (String[] command : commands) {
        code = Math.max(code, Main.run(command));
      }
    }
    System.exit(code);
  }

  /** A port that is free, as is the next one. */
  private static int freePort() throws IOException {
    for (int i = 0; i < MOST_TRIES; i++) {
      try (ServerSocket first = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        int port = first.getLocalPort();
        if (port < 65_535 && isFree(port + 1)) {
          return port;
        }
      }
    }
    throw new IOException("no two free ports in a row after " + MOST_TRIES + " tries");
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return socket.isBound();
    } catch (IOException taken) {
      return false;
    }
  }
}
