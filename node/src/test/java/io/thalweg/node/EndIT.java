package io.thalweg.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.client.TableWriter;
import io.thalweg.client.ThalwegConnection;
import io.thalweg.client.WriterOptions;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.TablePath;
import io.thalweg.node.process.CuttingRelay;
import io.thalweg.node.process.ThalwegProcess;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.arrow.flight.Action;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.Location;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How servers end and what remains, with real processes. */
@Timeout(240)
class EndIT {
  @TempDir Path directory;

  private static List<String> libraries(Path in) throws IOException {
    try (Stream<Path> all = Files.walk(in)) {
      return all.filter(Files::isRegularFile)
          .map(file -> file.getFileName().toString())
          .filter(name -> name.matches(".*(rocksdb|zstd|netty|arrow|duckdb).*"))
          .toList();
    }
  }

  @Test
  void aKilledServerLeavesNoLibraryInTheTemporaryDirectory() throws Exception {
    int port = ThalwegProcess.freePorts(2);
    Path temporary = Files.createDirectory(directory.resolve("tmp"));
    for (int i = 0; i < 2; i++) {
      try (ThalwegProcess dev =
              ThalwegProcess.start(
                  temporary,
                  "dev",
                  "--data",
                  directory.resolve("data").toString(),
                  "--port",
                  Integer.toString(port));
          ThalwegConnection connection = ThalwegConnection.connect("127.0.0.1:" + port)) {
        dev.awaitReady();
        String table = "default.t" + i;
        connection.admin().createTable(table, "id BIGINT NOT NULL, name STRING", 1);
        try (TableWriter writer = connection.writer(table)) {
          for (long id = 0; id < 2_000; id++) {
            var unused = writer.append(id, "some text, so that there is something to compress");
          }
        }
        dev.kill();
      }
    }
    assertThat(libraries(temporary)).isEmpty();
    assertThat(libraries(directory.resolve("data")))
        .as("one file, used by every start")
        .filteredOn(name -> name.contains("rocksdb"))
        .hasSize(1);
  }

  @Test
  void clientsThatVanishAreNoNews() throws Exception {
    int port = ThalwegProcess.freePorts(2);
    try (ThalwegProcess dev = ThalwegProcess.dev(directory.resolve("data"), port)) {
      dev.awaitReady();
      try (ThalwegConnection connection = ThalwegConnection.connect("127.0.0.1:" + port)) {
        connection.admin().createTable("default.t", "id BIGINT NOT NULL", 4);
      }
      for (int round = 0; round < 15; round++) {
        try (CuttingRelay relay = new CuttingRelay(port, 20_000);
            ThalwegConnection connection = ThalwegConnection.connect("127.0.0.1:" + relay.port())) {
          assertThat(connection.admin().databases()).isNotEmpty();
          // One connection, and no other after it.
          relay.close();
          appendUntilCut(connection);
        }
      }
      sendRubbish(port);
      try (ThalwegConnection connection = ThalwegConnection.connect("127.0.0.1:" + port)) {
        assertThat(connection.admin().databases()).isNotEmpty();
      }
      dev.terminate();
      dev.awaitEnd(Duration.ofSeconds(60));
      assertThat(dev.output().lines().filter(line -> line.contains("Exception"))).isEmpty();
      assertThat(dev.output().lines().filter(line -> line.stripLeading().startsWith("at ")))
          .isEmpty();
    }
  }

  private static void appendUntilCut(ThalwegConnection connection) {
    WriterOptions shortly =
        WriterOptions.DEFAULT.withBatchBytes(1).withTimeout(Duration.ofMillis(300));
    try (TableWriter writer = connection.writer(TablePath.parse("default.t"), shortly)) {
      for (long id = 0; id < 200; id++) {
        var unused = writer.append(id);
      }
    } catch (ThalwegException cut) {
      assertThat(cut.code()).isIn(ErrorCode.UNAVAILABLE, ErrorCode.UNKNOWN_OUTCOME);
    }
  }

  private static void sendRubbish(int port) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      OutputStream out = socket.getOutputStream();
      out.write(new byte[] {22, 3, 1, 2, 0, 1, 0, 1, -4, 3, 3});
      out.flush();
    }
  }

  @Test
  void whatRunsWhenAServerIsToldToEndHearsClosing() throws Exception {
    int port = ThalwegProcess.freePorts(2);
    try (ThalwegProcess dev = ThalwegProcess.dev(directory.resolve("data"), port);
        RootAllocator allocator = new RootAllocator();
        FlightClient flight =
            FlightClient.builder(allocator, Location.forGrpcInsecure("127.0.0.1", port)).build()) {
      dev.awaitReady();
      flight
          .doAction(
              new Action(
                  "create-table",
                  "{\"table\":\"default.t\",\"schema\":\"id BIGINT NOT NULL\"}".getBytes(UTF_8)))
          .next();
      List<CompletableFuture<String>> ends = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        FlightStream stream =
            flight.getStream(
                new Ticket(
                    "{\"table\":\"default.t\",\"start\":\"earliest\",\"stop\":\"never\"}"
                        .getBytes(UTF_8)));
        assertThat(stream.getSchema().getFields()).hasSize(1);
        ends.add(CompletableFuture.supplyAsync(() -> end(stream)));
      }
      dev.terminate();
      for (CompletableFuture<String> end : ends) {
        assertThat(end.get(30, TimeUnit.SECONDS)).startsWith("CLOSING: ");
      }
      dev.awaitEnd(Duration.ofSeconds(60));
    }
  }

  private static String end(FlightStream stream) {
    try (stream) {
      while (stream.next()) {
        // Nothing was appended; there may be empty batches with the scan's progress.
        assertThat(stream.getRoot().getRowCount()).isZero();
      }
      return "a good end";
    } catch (FlightRuntimeException failure) {
      return failure.status().description();
    } catch (Exception failure) {
      return failure.toString();
    }
  }
}
