package io.thalweg.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.json.AppendAck;
import io.thalweg.format.json.Position;
import io.thalweg.format.json.ScanTicket;
import io.thalweg.format.json.WriterId;
import io.thalweg.format.schema.TablePath;
import io.thalweg.node.process.NumberedRows;
import io.thalweg.node.process.RawFlight;
import io.thalweg.node.process.ThalwegProcess;
import io.thalweg.s3server.S3Server;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.LongStream;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Processes over a bucket, against a real S3 server. */
@Timeout(180)
class S3StoreIT {
  private static final int ROWS = 50;
  private static final int BATCHES = 20;

  private static S3Server s3;

  @TempDir Path directory;

  private final int port = ThalwegProcess.freePorts(3);
  private final List<ThalwegProcess> processes = new ArrayList<>();

  @BeforeAll
  static void startS3() {
    s3 = S3Server.start();
  }

  @AfterAll
  static void stopS3() {
    s3.close();
  }

  @AfterEach
  void end() {
    processes.forEach(ThalwegProcess::close);
  }

  /** Arguments for a store in a prefix of its own, with the given changes of settings. */
  private static List<String> store(String location, Map<String, String> changes) {
    Map<String, String> settings = new LinkedHashMap<>(s3.settings(""));
    settings.remove("objectstore.s3.bucket");
    settings.remove("objectstore.s3.prefix");
    settings.put("objectstore.s3.retry.backoff.max", "200ms");
    settings.putAll(changes);
    List<String> arguments = new ArrayList<>(List.of("--store", location));
    settings.forEach((key, value) -> arguments.addAll(List.of("--set", key + "=" + value)));
    return arguments;
  }

  private static List<String> store(String prefix) {
    return store("s3://" + S3Server.BUCKET + "/" + prefix, Map.of());
  }

  private ThalwegProcess start(List<String> first, List<String> more) {
    List<String> arguments = new ArrayList<>(first);
    arguments.addAll(more);
    ThalwegProcess process = ThalwegProcess.start(arguments.toArray(String[]::new));
    processes.add(process);
    return process;
  }

  private List<String> dev() {
    return List.of(
        "dev", "--data", directory.resolve("data").toString(), "--port", Integer.toString(port));
  }

  private List<String> server(String id, int at) {
    return List.of(
        "server",
        "--coordinators",
        "c1=127.0.0.1:" + (port + 1),
        "--port",
        Integer.toString(at),
        "--id",
        id);
  }

  private static String table(String mode) {
    return "default.s3_" + mode;
  }

  private static void append(RawFlight flight, String table, WriterId writer, int batch) {
    try (VectorSchemaRoot root = NumberedRows.root(flight.allocator());
        RawFlight.Appends stream = flight.append(table, Optional.of(writer), root)) {
      NumberedRows.fill(root, (long) batch * ROWS, ROWS, 100);
      AppendAck ack = RawFlight.get(stream.send(OptionalInt.of(0), OptionalInt.of(batch * ROWS)));
      assertThat(ack.parts().get(0).baseOffset()).isEqualTo((long) batch * ROWS);
    }
  }

  private static long[] read(RawFlight flight, String table) {
    LongStream.Builder ids = LongStream.builder();
    flight.scan(
        new ScanTicket(
            TablePath.parse(table),
            Optional.empty(),
            Optional.empty(),
            OptionalInt.of(0),
            Position.Named.EARLIEST,
            Position.Named.LATEST,
            Long.MAX_VALUE),
        (root, progress) -> LongStream.of(NumberedRows.check(root)).forEach(ids::add));
    return ids.build().toArray();
  }

  private static long[] batches(int count) {
    return LongStream.range(0, (long) count * ROWS).toArray();
  }

  @Test
  void whatWasAcknowledgedSurvivesAKill() {
    List<String> modes = List.of("inline", "object", "auto");
    WriterId writer;
    ThalwegProcess first = start(dev(), store("kill"));
    first.awaitReady();
    assertThat(first.output()).contains("objects in s3://" + S3Server.BUCKET + "/kill");
    try (RawFlight flight = new RawFlight(port)) {
      writer = flight.openWriter();
      for (String mode : modes) {
        flight.createTable(table(mode), NumberedRows.COLUMNS, 1, Map.of("table.write.mode", mode));
        for (int batch = 0; batch < BATCHES; batch++) {
          append(flight, table(mode), writer, batch);
        }
        assertThat(read(flight, table(mode))).isEqualTo(batches(BATCHES));
      }
    }
    first.kill();
    assertThat(first.output()).as("no secret in what it says").doesNotContain(S3Server.SECRET_KEY);

    start(dev(), store("kill")).awaitReady();
    try (RawFlight flight = new RawFlight(port)) {
      for (String mode : modes) {
        assertThat(read(flight, table(mode))).isEqualTo(batches(BATCHES));
        append(flight, table(mode), writer, BATCHES);
        assertThat(read(flight, table(mode))).isEqualTo(batches(BATCHES + 1));
      }
    }
  }

  @Test
  void aServerKeepsNothingOnItsMachine() {
    ThalwegProcess coordinator =
        start(
            List.of(
                "coordinator",
                "--data",
                directory.resolve("coordinator").toString(),
                "--members",
                "c1=127.0.0.1:" + (port + 1)),
            List.of());
    coordinator.awaitReady();
    ThalwegProcess first = start(server("first", port), store("stateless"));
    first.awaitReady();
    WriterId writer;
    try (RawFlight flight = new RawFlight(port)) {
      writer = flight.openWriter();
      flight.createTable(
          table("object"), NumberedRows.COLUMNS, 1, Map.of("table.write.mode", "object"));
      for (int batch = 0; batch < BATCHES; batch++) {
        append(flight, table("object"), writer, batch);
      }
    }
    // It has no directory of its own, so its whole disk is lost with it.
    first.kill();
    start(server("second", port + 2), store("stateless")).awaitReady();
    try (RawFlight flight = new RawFlight(port + 2)) {
      assertThat(read(flight, table("object"))).isEqualTo(batches(BATCHES));
      append(flight, table("object"), writer, BATCHES);
      assertThat(read(flight, table("object"))).isEqualTo(batches(BATCHES + 1));
    }
  }

  private void assertRefuses(List<String> role, List<String> store, String... words) {
    ThalwegProcess process = start(role, store);
    assertThat(process.awaitEnd(ThalwegProcess.PATIENCE)).as("%s", process).isEqualTo(2);
    assertThat(process.output())
        .contains("thalweg: ")
        .contains(words)
        .doesNotContain("\tat ")
        .doesNotContain("ready")
        .doesNotContain("hush");
  }

  @Test
  void credentialsThatAreWrong() {
    String bucket = "s3://" + S3Server.BUCKET + "/denied";
    List<String> wrong = store(bucket, Map.of("objectstore.s3.secret-key", "hush"));
    assertRefuses(dev(), wrong, bucket, "credentials were refused", "objectstore.s3.secret-key");
    assertRefuses(server("a", port), wrong, bucket, "credentials were refused");
  }

  @Test
  void aBucketThatIsNotThere() {
    List<String> absent = store("s3://no-such-bucket/x", Map.of());
    assertRefuses(dev(), absent, "there is no bucket 'no-such-bucket'", "--store");
    assertRefuses(server("a", port), absent, "there is no bucket 'no-such-bucket'");
  }

  @Test
  void anEndpointThatNobodyServes() throws IOException {
    int free;
    try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = probe.getLocalPort();
    }
    assertRefuses(
        dev(),
        store(
            "s3://" + S3Server.BUCKET,
            Map.of("objectstore.s3.endpoint", "http://127.0.0.1:" + free)),
        "127.0.0.1:" + free,
        "cannot be reached",
        "objectstore.s3.endpoint");
  }

  @Test
  void aLocationThatIsNone() {
    assertRefuses(dev(), List.of("--store", "ftp://host/x"), "ftp://host/x", "s3://bucket/prefix");
    assertRefuses(
        dev(),
        store("s3://" + S3Server.BUCKET, Map.of("objectstore.s3.regoin", "x")),
        "unknown setting objectstore.s3.regoin");
    assertRefuses(
        dev(),
        store("s3://" + S3Server.BUCKET, Map.of("objectstore.s3.max-connections", "none")),
        "objectstore.s3.max-connections = 'none'");
  }
}
