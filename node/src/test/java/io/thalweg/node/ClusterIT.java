package io.thalweg.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.json.AppendAck;
import io.thalweg.format.json.Position;
import io.thalweg.format.json.ScanTicket;
import io.thalweg.format.json.WriterId;
import io.thalweg.format.schema.TablePath;
import io.thalweg.node.process.Await;
import io.thalweg.node.process.NumberedRows;
import io.thalweg.node.process.RawFlight;
import io.thalweg.node.process.RawFlight.Refusal;
import io.thalweg.node.process.TailReader;
import io.thalweg.node.process.ThalwegProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One coordinator and two servers, as processes of their own over one object store. */
class ClusterIT {
  private static final List<String> MODES = List.of("inline", "object");
  private static final Duration SESSION = Duration.ofSeconds(3);

  @TempDir Path directory;

  private final List<ThalwegProcess> processes = new ArrayList<>();
  private final List<RawFlight> connections = new ArrayList<>();
  private int coordinatorPort;
  private int portA;
  private int portB;
  private ThalwegProcess coordinator;
  private ThalwegProcess serverA;

  @BeforeEach
  void start() {
    int first = ThalwegProcess.freePorts(3);
    coordinatorPort = first;
    portA = first + 1;
    portB = first + 2;
    coordinator = startCoordinator();
    serverA = startServer("a", portA);
    startServer("b", portB);
    processes.forEach(ThalwegProcess::awaitReady);
  }

  @AfterEach
  void end() {
    connections.forEach(RawFlight::close);
    processes.forEach(ThalwegProcess::close);
  }

  private ThalwegProcess startCoordinator() {
    return started(
        ThalwegProcess.start(
            "coordinator",
            "--data",
            directory.resolve("coordinator").toString(),
            "--members",
            "c1=127.0.0.1:" + coordinatorPort,
            "--set",
            "coordinator.session.timeout=" + SESSION.toMillis() + "ms"));
  }

  private ThalwegProcess startServer(String id, int port) {
    return started(
        ThalwegProcess.start(
            "server",
            "--coordinators",
            "c1=127.0.0.1:" + coordinatorPort,
            "--store",
            directory.resolve("objects").toString(),
            "--port",
            Integer.toString(port),
            "--id",
            id,
            "--set",
            "server.heartbeat=300ms",
            // Inline rows stay inline for as long as these tests run.
            "--set",
            "write.inline.flush.interval=1h"));
  }

  private ThalwegProcess started(ThalwegProcess process) {
    processes.add(process);
    return process;
  }

  private RawFlight connect(int port) {
    RawFlight flight = new RawFlight(port);
    connections.add(flight);
    return flight;
  }

  private static String table(String mode) {
    return "default.cluster_" + mode;
  }

  private static void createTables(RawFlight flight) {
    for (String mode : MODES) {
      flight.createTable(table(mode), NumberedRows.COLUMNS, 1, Map.of("table.write.mode", mode));
    }
  }

  /** Appends one batch over a stream of its own; returns its place. */
  private static AppendAck.Part append(
      RawFlight flight, String table, WriterId writer, int first, int count) {
    try (VectorSchemaRoot root = NumberedRows.root(flight.allocator());
        RawFlight.Appends stream = flight.append(table, Optional.of(writer), root)) {
      NumberedRows.fill(root, first, count, 20);
      return RawFlight.get(stream.send(OptionalInt.of(0), OptionalInt.of(first))).parts().get(0);
    }
  }

  /** Like {@link #append}, repeated while the error is retryable. */
  private static AppendAck.Part appendRetrying(
      RawFlight flight, String table, WriterId writer, int first, int count) {
    AppendAck.Part[] stored = new AppendAck.Part[1];
    String[] last = {""};
    Await.until(
        ThalwegProcess.PATIENCE,
        () -> "an append is stored, but: " + last[0],
        () -> {
          try {
            stored[0] = append(flight, table, writer, first, count);
            return true;
          } catch (FlightRuntimeException refused) {
            Refusal refusal = Refusal.of(refused);
            last[0] = refusal.toString();
            assertThat(refusal.retryable()).as("%s", refusal).isNotEqualTo("false");
            return false;
          }
        });
    return stored[0];
  }

  private static ScanTicket ticket(String table, Position stop) {
    return new ScanTicket(
        TablePath.parse(table),
        Optional.empty(),
        Optional.empty(),
        OptionalInt.of(0),
        Position.Named.EARLIEST,
        stop,
        Long.MAX_VALUE);
  }

  private static long[] read(RawFlight flight, String table) {
    LongStream.Builder ids = LongStream.builder();
    flight.scan(
        ticket(table, Position.Named.LATEST),
        (root, progress) -> LongStream.of(NumberedRows.check(root)).forEach(ids::add));
    return ids.build().toArray();
  }

  private static long[] upTo(int end) {
    return LongStream.range(0, end).toArray();
  }

  @Test
  @Timeout(180)
  void bothServersAreOneLog() throws Exception {
    RawFlight a = connect(portA);
    RawFlight b = connect(portB);
    createTables(a);
    assertThat(b.servers()).containsOnlyKeys("a", "b");
    var thread = Executors.newSingleThreadExecutor();
    try {
      for (String mode : MODES) {
        String table = table(mode);
        // It was just made through the other server; this one knows it at once.
        assertThat(b.describeTable(table).bucketCount()).isEqualTo(1);
        TailReader tail = new TailReader(table, 1, 7, portB);
        Future<Void> tailing = thread.submit(tail);
        WriterId writer = a.openWriter();
        for (int i = 0; i < 20; i++) {
          AppendAck.Part part = append(i % 2 == 0 ? a : b, table, writer, i * 10, 10);
          assertThat(part).isEqualTo(new AppendAck.Part(0, i * 10L, 10, false));
          // A bounded scan through any server sees all that was acknowledged before it.
          assertThat(read(i % 2 == 0 ? b : a, table)).isEqualTo(upTo((i + 1) * 10));
        }
        AppendAck.Part again = append(b, table, writer, 180, 10);
        assertThat(again).isEqualTo(new AppendAck.Part(0, 180, 10, true));
        Await.until(
            ThalwegProcess.PATIENCE,
            () -> "the tail through b has come to " + tail.seen(0),
            () -> tail.seen(0) >= 200 || tailing.isDone());
        tail.stop();
        tailing.get(60, TimeUnit.SECONDS);
        assertThat(tail.ids(0)).isEqualTo(upTo(200));
      }
    } finally {
      thread.shutdown();
    }
  }

  @Test
  @Timeout(180)
  void aServerThatDiesTakesNothingWithIt() {
    RawFlight b = connect(portB);
    WriterId writer;
    try (RawFlight a = new RawFlight(portA)) {
      createTables(a);
      writer = a.openWriter();
      for (String mode : MODES) {
        append(a, table(mode), writer, 0, 50);
      }
    }
    serverA.kill();
    for (String mode : MODES) {
      // There is no error through b: it does not need a, even for rows that a stored inline.
      append(b, table(mode), writer, 50, 50);
      assertThat(read(b, table(mode))).isEqualTo(upTo(100));
    }
    Await.until(
        ThalwegProcess.PATIENCE,
        () -> "the incarnation of a is closed; servers are " + b.servers(),
        () -> !b.servers().containsKey("a"));
    assertThat(b.servers()).containsOnlyKeys("b");

    startServer("a", portA).awaitReady();
    RawFlight a = connect(portA);
    assertThat(a.servers()).containsOnlyKeys("a", "b");
    for (String mode : MODES) {
      assertThat(read(a, table(mode))).isEqualTo(upTo(100));
      append(a, table(mode), writer, 100, 50);
      append(b, table(mode), writer, 150, 50);
      assertThat(read(a, table(mode))).isEqualTo(upTo(200));
    }
  }

  @Test
  @Timeout(180)
  void aServerThatStoodStillIsFencedAndComesBack() throws Exception {
    RawFlight a = connect(portA);
    RawFlight b = connect(portB);
    createTables(a);
    WriterId writer = a.openWriter();
    for (String mode : MODES) {
      append(a, table(mode), writer, 0, 10);
    }
    signal("STOP", serverA);
    Await.until(
        ThalwegProcess.PATIENCE,
        () -> "the incarnation of a is closed; servers are " + b.servers(),
        () -> !b.servers().containsKey("a"));
    for (String mode : MODES) {
      append(b, table(mode), writer, 10, 10);
    }
    signal("CONT", serverA);
    for (String mode : MODES) {
      AppendAck.Part part = appendRetrying(a, table(mode), writer, 20, 10);
      assertThat(part.baseOffset()).isEqualTo(20);
      assertThat(read(a, table(mode))).isEqualTo(upTo(30));
      assertThat(read(b, table(mode))).isEqualTo(upTo(30));
    }
    // Either server may have joined first.
    serverA.awaitLine(" of server a; joining anew");
    assertThat(b.servers()).containsOnlyKeys("a", "b");
  }

  private static void signal(String name, ThalwegProcess process)
      throws IOException, InterruptedException {
    Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
    assertThat(kill.waitFor()).isZero();
  }

  @Test
  @Timeout(180)
  void serversGoOnOnceTheCoordinatorIsBack() {
    RawFlight a = connect(portA);
    RawFlight b = connect(portB);
    createTables(a);
    WriterId writer = a.openWriter();
    for (String mode : MODES) {
      append(a, table(mode), writer, 0, 50);
    }
    coordinator.kill();
    List<RawFlight.Appends> waiting = new ArrayList<>();
    List<java.util.concurrent.CompletableFuture<AppendAck>> acks = new ArrayList<>();
    for (String mode : MODES) {
      // Sent without a coordinator: the batch waits, and is stored when the coordinator is back.
      VectorSchemaRoot root = NumberedRows.root(b.allocator());
      NumberedRows.fill(root, 50, 50, 20);
      RawFlight.Appends stream = b.append(table(mode), Optional.of(writer), root);
      waiting.add(stream);
      acks.add(stream.send(OptionalInt.of(0), OptionalInt.of(50)));
    }
    startCoordinator().awaitReady();
    for (int i = 0; i < MODES.size(); i++) {
      AppendAck.Part part = RawFlight.get(acks.get(i)).parts().get(0);
      assertThat(part.baseOffset()).isEqualTo(50);
      waiting.get(i).close();
      String table = table(MODES.get(i));
      assertThat(appendRetrying(a, table, writer, 100, 50).baseOffset()).isEqualTo(100);
      assertThat(read(a, table)).isEqualTo(upTo(150));
      assertThat(read(b, table)).isEqualTo(upTo(150));
    }
    assertThat(b.servers()).containsOnlyKeys("a", "b");
  }
}
