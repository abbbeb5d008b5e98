package io.thalweg.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.thalweg.format.json.AppendAck;
import io.thalweg.format.json.Position;
import io.thalweg.format.json.ScanTicket;
import io.thalweg.format.json.WriterId;
import io.thalweg.format.schema.TablePath;
import io.thalweg.node.process.NumberedRows;
import io.thalweg.node.process.RawFlight;
import io.thalweg.node.process.RawFlight.Refusal;
import io.thalweg.node.process.ThalwegProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.LongStream;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A full disk: a clear error or a clear end of the process, and no acknowledged row is lost. */
@Timeout(180)
class FullDiskIT {
  private static final String INLINE = "default.inline";
  private static final String OBJECT = "default.object";
  private static final int ROWS = 32;
  private static final int PAD = 4_000;
  private static final int MOST_BATCHES = 2_000;

  @TempDir Path directory;

  private final int port = ThalwegProcess.freePorts(2);
  private Path mounted;

  @AfterEach
  void unmount() throws Exception {
    if (mounted != null) {
      run("umount", mounted.toString());
    }
  }

  private static String run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return process.waitFor() == 0 ? "" : "failed: " + output;
  }

  /** A file system of {@code size} bytes; skips the test where none can be mounted. */
  private Path smallDisk(String size) throws Exception {
    Path disk = Files.createDirectories(directory.resolve("disk"));
    String failure;
    try {
      failure = run("mount", "-t", "tmpfs", "-o", "size=" + size, "tmpfs", disk.toString());
    } catch (IOException noCommand) {
      failure = noCommand.toString();
    }
    assumeTrue(failure.isEmpty(), "a small file system cannot be mounted here: " + failure);
    mounted = disk;
    return disk;
  }

  private static void createTables(RawFlight flight) {
    flight.createTable(INLINE, NumberedRows.COLUMNS, 1, Map.of("table.write.mode", "inline"));
    flight.createTable(OBJECT, NumberedRows.COLUMNS, 1, Map.of("table.write.mode", "object"));
  }

  private static AppendAck.Part append(RawFlight flight, String table, WriterId writer, int batch) {
    try (VectorSchemaRoot root = NumberedRows.root(flight.allocator());
        RawFlight.Appends stream = flight.append(table, Optional.of(writer), root)) {
      NumberedRows.fill(root, (long) batch * ROWS, ROWS, PAD);
      return RawFlight.get(stream.send(OptionalInt.of(0), OptionalInt.of(batch * ROWS)))
          .parts()
          .get(0);
    }
  }

  private static long[] read(RawFlight flight, String table) {
    LongStream.Builder ids = LongStream.builder();
    flight.scan(
        new ScanTicket(
            TablePath.parse(table),
            Optional.empty(),
            Optional.empty(),
            OptionalInt.empty(),
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
  void anObjectStoreWithoutRoom() {
    Path data = directory.resolve("data");
    // A cluster must be able to mark a store as its own, so this disk gets full later.
    try (ThalwegProcess process = ThalwegProcess.dev(data, port)) {
      process.awaitReady();
    }
    WriterId writer;
    try (ThalwegProcess process =
            ThalwegProcess.dev(data, port, "--set", "objectstore.fs.reserve=1000000tib");
        RawFlight flight = new RawFlight(port)) {
      process.awaitReady();
      createTables(flight);
      writer = flight.openWriter();
      for (int i = 0; i < 3; i++) {
        append(flight, INLINE, writer, i);
        Refusal refusal = Refusal.of(catchThrowable(() -> append(flight, OBJECT, writer, 0)));
        assertThat(refusal.code()).as("%s", refusal).isEqualTo("NO_SPACE");
        assertThat(refusal.retryable()).isEqualTo("true");
        assertThat(refusal.message()).contains("no room", "stay reserved", "free some space");
      }
      assertThat(read(flight, INLINE)).isEqualTo(batches(3));
      assertThat(read(flight, OBJECT)).isEmpty();
      assertThat(process.alive()).isTrue();
    }
    try (ThalwegProcess process = ThalwegProcess.dev(data, port);
        RawFlight flight = new RawFlight(port)) {
      process.awaitReady();
      append(flight, OBJECT, writer, 0);
      append(flight, INLINE, writer, 3);
      assertThat(read(flight, INLINE)).isEqualTo(batches(4));
      assertThat(read(flight, OBJECT)).isEqualTo(batches(1));
    }
  }

  @Test
  void aFullDiskUnderTheLog() throws Exception {
    fill(INLINE);
  }

  @Test
  void aFullDiskUnderTheObjects() throws Exception {
    fill(OBJECT);
  }

  private void fill(String table) throws Exception {
    Path disk = smallDisk("40m");
    Path data = disk.resolve("data");
    WriterId writer;
    int stored = 0;
    try (ThalwegProcess process =
            ThalwegProcess.dev(
                data, port, "--set", "objectstore.fs.reserve=0", "--set", "write.timeout=3s");
        RawFlight flight = new RawFlight(port)) {
      process.awaitReady();
      createTables(flight);
      writer = flight.openWriter();
      Throwable thrown = null;
      while (thrown == null && stored < MOST_BATCHES) {
        int next = stored;
        thrown = catchThrowable(() -> append(flight, table, writer, next));
        stored += thrown == null ? 1 : 0;
      }
      Refusal refusal = Refusal.of(thrown);
      System.out.printf("FullDiskIT: %s took %d batches, then %s%n", table, stored, refusal);
      if (refusal.code().isEmpty()) {
        // Without an answer the process must have ended, with a reason.
        assertThat(process.awaitEnd(ThalwegProcess.PATIENCE)).isNotZero();
        assertThat(process.output()).contains("No space left on device");
      } else {
        assertThat(refusal.code()).isIn("NO_SPACE", "UNAVAILABLE", "UNKNOWN_OUTCOME");
        assertThat(refusal.retryable()).isEqualTo("true");
        if (!refusal.code().equals("UNKNOWN_OUTCOME")) {
          assertThat(refusal.message()).containsIgnoringCase("space");
        }
      }
    }
    assertThat(run("mount", "-o", "remount,size=400m", disk.toString())).isEmpty();
    try (ThalwegProcess process = ThalwegProcess.dev(data, port);
        RawFlight flight = new RawFlight(port)) {
      process.awaitReady();
      assertThat(append(flight, table, writer, stored).baseOffset())
          .isEqualTo((long) stored * ROWS);
      assertThat(read(flight, table)).isEqualTo(batches(stored + 1));
    }
  }
}
