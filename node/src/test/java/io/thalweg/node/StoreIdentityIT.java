package io.thalweg.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.json.Position;
import io.thalweg.format.json.ScanTicket;
import io.thalweg.format.schema.TablePath;
import io.thalweg.node.process.NumberedRows;
import io.thalweg.node.process.RawFlight;
import io.thalweg.node.process.ThalwegProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Processes, directories and stores that don't belong together are refused and change nothing. */
@Timeout(240)
class StoreIdentityIT {
  private static final String TABLE = "default.rows";
  private static final int ROWS = 10;

  /** A due sweep would come at once. */
  private static final String[] EAGER = {
    "--set", "compact.sweep.interval=100ms",
    "--set", "compact.delete.delay=0ms",
    "--set", "compact.check.interval=10ms"
  };

  @TempDir Path directory;

  private final int port = ThalwegProcess.freePorts(3);
  private final List<ThalwegProcess> processes = new ArrayList<>();

  @AfterEach
  void end() {
    processes.forEach(ThalwegProcess::close);
  }

  private Path store() {
    return directory.resolve("store");
  }

  private ThalwegProcess dev(String data) {
    return dev(data, store());
  }

  private ThalwegProcess dev(String data, Path store) {
    List<String> more = new ArrayList<>(List.of("--store", store.toString()));
    more.addAll(List.of(EAGER));
    return started(ThalwegProcess.dev(directory.resolve(data), port, more.toArray(String[]::new)));
  }

  private ThalwegProcess started(ThalwegProcess process) {
    processes.add(process);
    return process;
  }

  private static void stop(ThalwegProcess process) {
    process.terminate();
    process.awaitEnd(ThalwegProcess.PATIENCE);
  }

  private void assertRefuses(ThalwegProcess process, String... words) {
    assertThat(process.awaitEnd(ThalwegProcess.PATIENCE)).as("%s", process).isEqualTo(1);
    assertThat(process.output()).contains("thalweg: ").contains(words);
    assertThat(process.output()).doesNotContain("\tat ");
  }

  private void append(int first) {
    try (RawFlight flight = new RawFlight(port);
        VectorSchemaRoot root = NumberedRows.root(flight.allocator());
        RawFlight.Appends stream = flight.append(TABLE, Optional.empty(), root)) {
      NumberedRows.fill(root, first, ROWS, 200);
      RawFlight.get(stream.send(OptionalInt.empty(), OptionalInt.empty()));
    }
  }

  private void createTable() {
    try (RawFlight flight = new RawFlight(port)) {
      flight.createTable(TABLE, NumberedRows.COLUMNS, 1, Map.of("table.write.mode", "object"));
    }
  }

  private long[] read() {
    LongStream.Builder ids = LongStream.builder();
    try (RawFlight flight = new RawFlight(port)) {
      flight.scan(
          new ScanTicket(
              TablePath.parse(TABLE),
              Optional.empty(),
              Optional.empty(),
              OptionalInt.of(0),
              new Position.Offset(0),
              Position.Named.LATEST,
              Long.MAX_VALUE),
          (root, progress) -> LongStream.of(NumberedRows.check(root)).forEach(ids::add));
    }
    return ids.build().toArray();
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path each : all.toList()) {
        Files.copy(each, to.resolve(from.relativize(each)), StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  private static void remove(Path from) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      all.sorted((a, b) -> b.compareTo(a))
          .forEach(
              each -> {
                try {
                  Files.delete(each);
                } catch (IOException failure) {
                  throw new UncheckedIOException(failure);
                }
              });
    }
  }

  /** The data's objects and their sizes. */
  private Map<String, Long> objects() throws IOException {
    Map<String, Long> objects = new TreeMap<>();
    for (String prefix : List.of("wal", "tables")) {
      Path below = store().resolve(prefix);
      if (Files.exists(below)) {
        try (Stream<Path> all = Files.walk(below)) {
          for (Path each : all.filter(Files::isRegularFile).toList()) {
            objects.put(store().relativize(each).toString(), Files.size(each));
          }
        }
      }
    }
    return objects;
  }

  private Path coordinator(String data) {
    return directory.resolve(data).resolve("coordinator");
  }

  @Test
  void aStoreHasOneClusterAndAClusterOneStore() throws IOException {
    ThalwegProcess first = dev("a");
    first.awaitReady();
    createTable();
    append(0);
    stop(first);
    Map<String, Long> before = objects();
    assertThat(before).isNotEmpty();
    for (int i = 0; i < 2; i++) {
      assertRefuses(dev("b"), "belongs to another cluster", "WRONG_CLUSTER");
    }
    Path empty = directory.resolve("empty");
    assertRefuses(dev("a", empty), "empty or not this cluster's", "mounted");
    assertThat(objects()).isEqualTo(before);
    ThalwegProcess again = dev("a");
    again.awaitReady();
    assertThat(read()).isEqualTo(LongStream.range(0, ROWS).toArray());
  }

  @Test
  void objectsOfNobodyAreNotTakenByANewLog() throws IOException {
    Path object = store().resolve("wal/00/0000000000000000001/0000000000000000001");
    Files.createDirectories(object.getParent());
    Files.writeString(object, "somebody's");
    assertRefuses(dev("b"), "holds the data of another cluster");
    assertThat(object).hasContent("somebody's");
  }

  @Test
  void anOlderLogIsRefusedUntilSomebodyMeansIt() throws IOException {
    ThalwegProcess first = dev("a");
    first.awaitReady();
    createTable();
    append(0);
    stop(first);
    Path backup = directory.resolve("backup");
    copy(coordinator("a"), backup);
    ThalwegProcess second = dev("a");
    second.awaitReady();
    append(ROWS);
    second.kill();
    second.awaitEnd(ThalwegProcess.PATIENCE);
    Map<String, Long> before = objects();

    remove(coordinator("a"));
    assertRefuses(dev("a"), "belongs to another cluster");
    remove(coordinator("a"));
    copy(backup, coordinator("a"));
    assertRefuses(dev("a"), "older", "thalweg coordinator restore");
    assertThat(objects()).isEqualTo(before);

    ThalwegProcess restore =
        started(
            ThalwegProcess.start(
                "coordinator", "restore", "--data", directory.resolve("a").toString()));
    assertThat(restore.awaitEnd(ThalwegProcess.PATIENCE)).isZero();
    ThalwegProcess third = dev("a");
    third.awaitReady();
    assertThat(read()).isEqualTo(LongStream.range(0, ROWS).toArray());
    append(5 * ROWS);
    assertThat(read()).hasSize(2 * ROWS);
    // Objects that the backup does not know stay: they may be wanted back.
    assertThat(objects().keySet()).containsAll(before.keySet());
    ThalwegProcess running = restore("a");
    assertThat(running.awaitEnd(ThalwegProcess.PATIENCE)).isEqualTo(2);
    assertThat(running.output()).contains("in use", "stop it first");
    stop(third);
    ThalwegProcess fourth = dev("a");
    fourth.awaitReady();
    assertThat(read()).hasSize(2 * ROWS);
    stop(fourth);

    // Back to the same backup once more, by the same steps.
    remove(coordinator("a"));
    copy(backup, coordinator("a"));
    assertThat(restore("a").awaitEnd(ThalwegProcess.PATIENCE)).isZero();
    ThalwegProcess fifth = dev("a");
    fifth.awaitReady();
    assertThat(read()).isEqualTo(LongStream.range(0, ROWS).toArray());
    append(7 * ROWS);
    assertThat(read()).hasSize(2 * ROWS);
    assertThat(objects().keySet()).containsAll(before.keySet());
  }

  private ThalwegProcess restore(String data) {
    return started(
        ThalwegProcess.start(
            "coordinator", "restore", "--data", directory.resolve(data).toString()));
  }

  @Test
  void aRunningServerNoticesThatTheLogWasReplaced() throws IOException {
    ThalwegProcess before = coordinatorAt("c");
    before.awaitReady();
    ThalwegProcess server =
        started(
            ThalwegProcess.start(
                "server",
                "--coordinators",
                "c1=127.0.0.1:" + (port + 2),
                "--store",
                store().toString(),
                "--port",
                Integer.toString(port)));
    server.awaitReady();
    createTable();
    append(0);
    Map<String, Long> objects = objects();
    before.kill();
    before.awaitEnd(ThalwegProcess.PATIENCE);
    remove(directory.resolve("c"));
    ThalwegProcess after = coordinatorAt("c");
    after.awaitReady();
    server.awaitEnd(ThalwegProcess.PATIENCE);
    assertThat(server.output()).contains("another log").contains("WRONG_CLUSTER");
    assertThat(objects()).isEqualTo(objects);
  }

  @Test
  void aRunningServerNoticesThatTheStoreIsAnotherOne() throws IOException {
    ThalwegProcess process = dev("a");
    process.awaitReady();
    createTable();
    append(0);
    Path marker = store().resolve("cluster/identity");
    Files.move(marker, directory.resolve("kept"));
    process.awaitEnd(ThalwegProcess.PATIENCE);
    assertThat(process.output()).contains("empty or not this cluster's").contains("WRONG_CLUSTER");
    Files.move(directory.resolve("kept"), marker);
    ThalwegProcess again = dev("a");
    again.awaitReady();
    assertThat(read()).isEqualTo(LongStream.range(0, ROWS).toArray());
  }

  private ThalwegProcess coordinatorAt(String data) {
    return started(
        ThalwegProcess.start(
            "coordinator",
            "--data",
            directory.resolve(data).toString(),
            "--members",
            "c1=127.0.0.1:" + (port + 2)));
  }
}
