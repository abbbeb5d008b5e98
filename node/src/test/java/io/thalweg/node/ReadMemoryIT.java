package io.thalweg.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.client.TableUpsertWriter;
import io.thalweg.client.TableWriter;
import io.thalweg.client.ThalwegConnection;
import io.thalweg.format.json.ScanTicket;
import io.thalweg.format.schema.TablePath;
import io.thalweg.node.process.ThalwegProcess;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.Location;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many slow readers with a small heap: the process stays within the memory that
 * docs/configuration.md gives, and every reader gets all its rows.
 */
@Timeout(300)
@EnabledOnOs(OS.LINUX)
class ReadMemoryIT {
  private static final int STREAMS = 120;
  private static final int ROWS = 3_000;
  private static final int ROW_BYTES = 16_000;

  /** The sum from docs/configuration.md: heap, the settings below, and the process itself. */
  private static final long BOUND_MIB = 256 + 16 + 16 + 32 + 32 + 16 + 16 + 100 + 300;

  @TempDir Path directory;
  private int port;
  private ThalwegProcess dev;

  @BeforeEach
  void startServer() {
    port = ThalwegProcess.freePorts(2);
    List<String> arguments =
        new ArrayList<>(
            List.of("dev", "--data", directory.resolve("data").toString(), "--port", "" + port));
    for (String setting :
        List.of(
            "cache.tail=16mib",
            "cache.block=16mib",
            "read.memory=32mib",
            "write.memory=32mib",
            "compact.memory=16mib",
            "server.kv.block-cache=16mib",
            "server.kv.write-buffer=16mib",
            "server.kv.row-cache=16mib",
            "server.kv.scan.max=1000",
            "coordinator.feed.bytes=8mib",
            "compact.check.interval=200ms")) {
      arguments.addAll(List.of("--set", setting));
    }
    dev = ThalwegProcess.startWith("-Xms64m -Xmx256m", arguments.toArray(String[]::new));
    dev.awaitReady();
  }

  @AfterEach
  void stopServer() {
    dev.close();
  }

  private static String text(int row) {
    // Random, so that compression does not shrink it.
    StringBuilder text = new StringBuilder(ROW_BYTES);
    long word = row + 1L;
    while (text.length() < ROW_BYTES) {
      word = word * 6364136223846793005L + 1442695040888963407L;
      text.append(Long.toHexString(word));
    }
    return text.toString();
  }

  private long residentMib() throws Exception {
    for (String line :
        Files.readAllLines(Path.of("/proc/" + dev.pid() + "/status"), StandardCharsets.UTF_8)) {
      if (line.startsWith("VmHWM:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
      }
    }
    throw new AssertionError("no VmHWM of process " + dev.pid());
  }

  /** Reads all streams in turn, one message of each, so that each reader waits for all others. */
  private void readInTurn(String table) throws Exception {
    BufferAllocator allocator = new RootAllocator();
    List<FlightClient> clients = new ArrayList<>();
    List<FlightStream> streams = new ArrayList<>();
    try {
      byte[] ticket = ScanTicket.all(TablePath.parse(table)).toJson();
      for (int i = 0; i < STREAMS; i++) {
        FlightClient client =
            FlightClient.builder(allocator, Location.forGrpcInsecure("127.0.0.1", port)).build();
        clients.add(client);
        streams.add(client.getStream(new Ticket(ticket)));
      }
      long[] rows = new long[STREAMS];
      boolean[] ended = new boolean[STREAMS];
      for (int left = STREAMS; left > 0; ) {
        for (int i = 0; i < STREAMS; i++) {
          if (!ended[i] && streams.get(i).next()) {
            rows[i] += streams.get(i).getRoot().getRowCount();
          } else if (!ended[i]) {
            ended[i] = true;
            left--;
          }
        }
      }
      assertThat(rows).containsOnly(ROWS);
    } finally {
      for (FlightStream stream : streams) {
        stream.close();
      }
      for (FlightClient client : clients) {
        client.close();
      }
    }
    assertThat(residentMib()).as("MiB of the server").isLessThan(BOUND_MIB);
  }

  @Test
  void slowScansOfALog() throws Exception {
    try (ThalwegConnection connection = ThalwegConnection.connect("grpc://127.0.0.1:" + port)) {
      create("logs", "id BIGINT, text STRING", "");
      try (TableWriter writer = connection.writer("default.logs")) {
        for (int i = 0; i < ROWS; i++) {
          var unused = writer.append((long) i, text(i));
        }
        writer.flush().get(100, TimeUnit.SECONDS);
      }
    }
    readInTurn("default.logs");
  }

  @Test
  void slowScansOfRows() throws Exception {
    try (ThalwegConnection connection = ThalwegConnection.connect("grpc://127.0.0.1:" + port)) {
      create("rows", "id BIGINT NOT NULL, text STRING", "id");
      try (TableUpsertWriter writer = connection.upsertWriter("default.rows")) {
        for (int i = 0; i < ROWS; i++) {
          var unused = writer.upsert((long) i, text(i));
        }
        writer.flush().get(100, TimeUnit.SECONDS);
      }
    }
    readInTurn("default.rows");
  }

  private void create(String table, String schema, String key) throws Exception {
    List<String> arguments = new ArrayList<>(List.of("table", "create", table, "--schema", schema));
    if (!key.isEmpty()) {
      arguments.addAll(List.of("--primary-key", key));
    }
    arguments.addAll(List.of("--server", "grpc://127.0.0.1:" + port));
    try (ThalwegProcess made = ThalwegProcess.start(arguments.toArray(String[]::new))) {
      assertThat(made.awaitEnd(Duration.ofSeconds(60))).as(made.toString()).isZero();
    }
  }
}
