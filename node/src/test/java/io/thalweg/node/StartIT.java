package io.thalweg.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.thalweg.format.json.AppendAck;
import io.thalweg.format.json.Position;
import io.thalweg.format.json.ScanTicket;
import io.thalweg.format.schema.TablePath;
import io.thalweg.node.process.NumberedRows;
import io.thalweg.node.process.RawFlight;
import io.thalweg.node.process.RawFlight.Refusal;
import io.thalweg.node.process.ThalwegProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How processes start and end, and how they treat files that changed since they wrote them. */
@Timeout(180)
class StartIT {
  private static final String TABLE = "default.rows";
  private static final int ROWS = 10;
  private static final int BATCHES = 8;

  /** Bytes of a row's text: long enough that most of a batch is data. */
  private static final int PAD = 200;

  @TempDir Path directory;

  private final int port = ThalwegProcess.freePorts(2);

  private Path data() {
    return directory.resolve("data");
  }

  /** Waits for a start that must fail with a message that contains {@code words}. */
  private static void assertRefuses(ThalwegProcess process, String... words) {
    try (process) {
      assertThat(process.awaitEnd(ThalwegProcess.PATIENCE)).as("%s", process).isBetween(1, 2);
      assertThat(process.output()).contains("thalweg: ").contains(words);
      assertThat(process.output()).as("a message, no stack trace").doesNotContain("\tat ");
    }
  }

  private static ServerSocket listen(int port) throws IOException {
    ServerSocket socket = new ServerSocket();
    socket.setReuseAddress(true);
    socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    return socket;
  }

  @Test
  void aPortThatIsTaken() throws IOException {
    try (ServerSocket taken = listen(port)) {
      assertThat(taken.isBound()).isTrue();
      assertRefuses(
          ThalwegProcess.dev(data(), port), "127.0.0.1:" + port, "in use", "another --port");
      assertRefuses(
          ThalwegProcess.start(
              "server",
              "--coordinators",
              "c1=127.0.0.1:" + (port + 1),
              "--store",
              data().resolve("objects").toString(),
              "--port",
              Integer.toString(port)),
          "127.0.0.1:" + port,
          "in use");
    }
    try (ServerSocket taken = listen(port + 1)) {
      assertThat(taken.isBound()).isTrue();
      assertRefuses(
          ThalwegProcess.start(
              "coordinator",
              "--data",
              directory.resolve("c").toString(),
              "--members",
              "c1=127.0.0.1:" + (port + 1)),
          "127.0.0.1:" + (port + 1),
          "in use");
    }
    // The failed start leaves nothing behind: the same directory and ports work now.
    try (ThalwegProcess process = ThalwegProcess.dev(data(), port)) {
      process.awaitReady();
    }
  }

  @Test
  void aDirectoryThatIsInUse() {
    try (ThalwegProcess first = ThalwegProcess.dev(data(), port);
        RawFlight flight = new RawFlight(port)) {
      first.awaitReady();
      flight.createTable(TABLE, NumberedRows.COLUMNS, 1, Map.of());
      assertRefuses(
          ThalwegProcess.dev(data(), ThalwegProcess.freePorts(2)),
          data().resolve("coordinator").toString(),
          "in use");
      append(flight, 0);
      assertThat(read(flight, 0, Long.MAX_VALUE)).isEqualTo(LongStream.range(0, ROWS).toArray());
    }
  }

  @Test
  void aSettingThatIsUnknownOrWrong() {
    assertRefuses(
        ThalwegProcess.dev(data(), port, "--set", "write.batch.maxx=1mib"),
        "unknown setting write.batch.maxx",
        "write.batch.max,");
    assertRefuses(
        ThalwegProcess.dev(data(), port, "--set", "write.batch.max=plenty"),
        "write.batch.max = 'plenty'",
        "8mib");
    assertRefuses(
        ThalwegProcess.start(
            "coordinator",
            "--data",
            directory.resolve("c").toString(),
            "--members",
            "c1=127.0.0.1:" + port,
            "--set",
            "a.b=1"),
        "unknown setting a.b");
    assertRefuses(
        ThalwegProcess.start(
            "server", "--store", data().toString(), "--port", "" + port, "--set", "a.b=1"),
        "unknown setting a.b");
    assertRefuses(
        ThalwegProcess.dev(data(), port, "--config", directory.resolve("none").toString()),
        "cannot read the settings file");
  }

  @Test
  void aDirectoryThatCannotBeWritten() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "no directory");
    assertRefuses(ThalwegProcess.dev(file, port), file.toString(), "cannot be written");
    Files.createDirectories(data());
    Files.writeString(data().resolve("objects"), "no directory");
    assertRefuses(ThalwegProcess.dev(data(), port), data().resolve("objects").toString());
    assertRefuses(
        ThalwegProcess.start("server", "--store", file.toString(), "--port", "" + port),
        file.toString(),
        "object store");
  }

  @Test
  void aPoliteEndKeepsEverythingAcknowledged() {
    List<CompletableFuture<AppendAck>> acks = new ArrayList<>();
    try (ThalwegProcess process = ThalwegProcess.dev(data(), port)) {
      process.awaitReady();
      try (RawFlight flight = new RawFlight(port)) {
        flight.createTable(TABLE, NumberedRows.COLUMNS, 1, Map.of());
        try (VectorSchemaRoot root = NumberedRows.root(flight.allocator());
            RawFlight.Appends stream = flight.append(TABLE, Optional.empty(), root)) {
          for (int i = 0; i < 500; i++) {
            NumberedRows.fill(root, (long) i * ROWS, ROWS, PAD);
            acks.add(stream.send(OptionalInt.empty(), OptionalInt.empty()));
          }
          RawFlight.get(acks.get(100));
          process.terminate();
          assertThat(process.awaitEnd(Duration.ofSeconds(10))).isIn(0, 143);
          assertThat(process.output()).doesNotContain("ERROR").doesNotContain("\tat ");
        }
      }
    }
    long acknowledged =
        acks.stream().filter(ack -> ack.isDone() && !ack.isCompletedExceptionally()).count();
    try (ThalwegProcess process = ThalwegProcess.dev(data(), port);
        RawFlight flight = new RawFlight(port)) {
      process.awaitReady();
      long[] ids = read(flight, 0, Long.MAX_VALUE);
      assertThat(acknowledged).isGreaterThan(100);
      assertThat(ids.length).isGreaterThanOrEqualTo(Math.toIntExact(acknowledged * ROWS));
      assertThat(ids).isEqualTo(LongStream.range(0, ids.length).toArray());
    }
  }

  private static void append(RawFlight flight, int batch) {
    try (VectorSchemaRoot root = NumberedRows.root(flight.allocator());
        RawFlight.Appends stream = flight.append(TABLE, Optional.empty(), root)) {
      NumberedRows.fill(root, (long) batch * ROWS, ROWS, PAD);
      RawFlight.get(stream.send(OptionalInt.empty(), OptionalInt.empty()));
    }
  }

  /** The ids of batches {@code [from, until)}. */
  private static long[] read(RawFlight flight, int from, long until) {
    LongStream.Builder ids = LongStream.builder();
    flight.scan(
        ticket(from, until),
        (root, progress) -> LongStream.of(NumberedRows.check(root)).forEach(ids::add));
    return ids.build().toArray();
  }

  private static ScanTicket ticket(int from, long until) {
    return new ScanTicket(
        TablePath.parse(TABLE),
        Optional.empty(),
        Optional.empty(),
        OptionalInt.of(0),
        new Position.Offset((long) from * ROWS),
        until == Long.MAX_VALUE ? Position.Named.LATEST : new Position.Offset(until * ROWS),
        Long.MAX_VALUE);
  }

  /** Appends batches that become an object each; returns the objects in order. */
  private List<Path> appendObjects() throws IOException {
    try (ThalwegProcess process = ThalwegProcess.dev(data(), port);
        RawFlight flight = new RawFlight(port)) {
      process.awaitReady();
      flight.createTable(TABLE, NumberedRows.COLUMNS, 1, Map.of("table.write.mode", "object"));
      for (int i = 0; i < BATCHES; i++) {
        append(flight, i);
      }
    }
    try (Stream<Path> files = Files.walk(data().resolve("objects").resolve("wal"))) {
      List<Path> objects = files.filter(Files::isRegularFile).sorted().toList();
      assertThat(objects).hasSize(BATCHES);
      return objects;
    }
  }

  private String key(Path object) {
    return data().resolve("objects").relativize(object).toString();
  }

  /** Reading batch {@code damaged} fails; all other batches return their rows. */
  private void assertOnlyDamaged(RawFlight flight, int damaged, Path object, String... words) {
    List<Long> read = new ArrayList<>();
    Throwable thrown =
        catchThrowable(
            () ->
                flight.scan(
                    ticket(0, BATCHES),
                    (root, progress) ->
                        LongStream.of(NumberedRows.check(root)).forEach(read::add)));
    Refusal refusal = Refusal.of(thrown);
    assertThat(refusal.code()).as("%s", refusal).isEqualTo("CORRUPT_DATA");
    assertThat(refusal.retryable()).isEqualTo("false");
    assertThat(refusal.message()).contains(key(object)).contains("bucket");
    for (String word : words) {
      assertThat(refusal.message()).contains(word);
    }
    assertThat(read)
        .isEqualTo(LongStream.range(0, read.size()).boxed().toList())
        .hasSizeLessThanOrEqualTo(damaged * ROWS);
    assertThat(read(flight, 0, damaged))
        .isEqualTo(LongStream.range(0, (long) damaged * ROWS).toArray());
    assertThat(read(flight, damaged + 1, BATCHES))
        .isEqualTo(LongStream.range((damaged + 1L) * ROWS, (long) BATCHES * ROWS).toArray());
  }

  @Test
  void bytesThatFlippedInAnObject() throws IOException {
    long seed = Long.getLong("flip.seed", System.nanoTime());
    System.out.println("StartIT: replay with -Dflip.seed=" + seed);
    Random random = new Random(seed);
    int damaged = 3;
    Path object = appendObjects().get(damaged);
    byte[] whole = Files.readAllBytes(object);
    try (ThalwegProcess process = ThalwegProcess.dev(data(), port);
        RawFlight flight = new RawFlight(port)) {
      process.awaitReady();
      for (int i = 0; i < 25; i++) {
        byte[] flipped = whole.clone();
        // Neither the object's header nor the batch's base offset, which the log has itself.
        int at = 32 + random.nextInt(whole.length - 32 - 8);
        at += at >= 32 + 8 ? 8 : 0;
        flipped[at] ^= (byte) (1 << random.nextInt(8));
        Files.write(object, flipped);
        assertOnlyDamaged(flight, damaged, object, "damaged");
      }
      Files.write(object, java.util.Arrays.copyOf(whole, whole.length / 2));
      assertOnlyDamaged(flight, damaged, object);
      Files.write(object, whole);
      assertThat(read(flight, 0, BATCHES)).isEqualTo(LongStream.range(0, BATCHES * ROWS).toArray());
      assertThat(process.alive()).isTrue();
    }
  }

  @Test
  void anObjectThatIsGone() throws IOException {
    int gone = 5;
    Path object = appendObjects().get(gone);
    Files.delete(object);
    try (ThalwegProcess process = ThalwegProcess.dev(data(), port);
        RawFlight flight = new RawFlight(port)) {
      process.awaitReady();
      assertOnlyDamaged(flight, gone, object, "missing");
      append(flight, BATCHES);
      assertThat(read(flight, BATCHES, Long.MAX_VALUE)).hasSize(ROWS);
    }
  }

  /** Only the log holds inline rows, so no part of it may be cut off silently. */
  @Test
  void bytesThatFlippedInTheLog() throws IOException {
    try (ThalwegProcess process = ThalwegProcess.dev(data(), port);
        RawFlight flight = new RawFlight(port)) {
      process.awaitReady();
      flight.createTable(TABLE, NumberedRows.COLUMNS, 1, Map.of("table.write.mode", "inline"));
      for (int i = 0; i < BATCHES; i++) {
        append(flight, i);
      }
    }
    Path segment = openLog();
    byte[] bytes = Files.readAllBytes(segment);
    int row = indexOf(bytes, NumberedRows.padOf(3L * ROWS, PAD));
    bytes[row] ^= 1;
    Files.write(segment, bytes);
    try (ThalwegProcess process = ThalwegProcess.dev(data(), port)) {
      assertThat(process.awaitEnd(ThalwegProcess.PATIENCE)).isNotZero();
      assertThat(process.output())
          .contains("thalweg: coordinator.log.dir '" + data().resolve("coordinator"))
          .contains("was flushed and is damaged", "--repair");
    }
    bytes[row] ^= 1;
    Files.write(segment, bytes);
    try (ThalwegProcess process = ThalwegProcess.dev(data(), port);
        RawFlight flight = new RawFlight(port)) {
      process.awaitReady();
      assertThat(read(flight, 0, BATCHES)).isEqualTo(LongStream.range(0, BATCHES * ROWS).toArray());
    }
  }

  /** One start with --repair is enough, even if the store refers to entries that are cut off. */
  @Test
  void aRepairedLogStartsAtOnce() throws IOException {
    try (ThalwegProcess process = ThalwegProcess.dev(data(), port);
        RawFlight flight = new RawFlight(port)) {
      process.awaitReady();
      flight.createTable(TABLE, NumberedRows.COLUMNS, 1, Map.of("table.write.mode", "inline"));
      for (int i = 0; i < BATCHES; i++) {
        append(flight, i);
      }
      process.terminate(); // which leaves a mark in the store
      process.awaitEnd(ThalwegProcess.PATIENCE);
    }
    Path segment = openLog();
    byte[] bytes = Files.readAllBytes(segment);
    bytes[indexOf(bytes, NumberedRows.padOf(3L * ROWS, PAD))] ^= 1;
    Files.write(segment, bytes);
    try (ThalwegProcess process = ThalwegProcess.dev(data(), port, "--repair");
        RawFlight flight = new RawFlight(port)) {
      process.awaitReady();
      assertThat(read(flight, 0, 3)).isEqualTo(LongStream.range(0, 3 * ROWS).toArray());
      append(flight, 3);
      assertThat(read(flight, 0, 4)).isEqualTo(LongStream.range(0, 4 * ROWS).toArray());
    }
  }

  private Path openLog() throws IOException {
    try (Stream<Path> files = Files.walk(data().resolve("coordinator"))) {
      return files
          .filter(each -> String.valueOf(each.getFileName()).startsWith("log-"))
          .findFirst()
          .orElseThrow();
    }
  }

  /** A start with a damaged vote file of Ratis' fails, and the message names it and --repair. */
  @Test
  void aDamagedVoteFileIsNamed() throws IOException {
    String[] coordinator = {
      "coordinator",
      "--data",
      directory.resolve("c").toString(),
      "--members",
      "c1=127.0.0.1:" + (port + 1)
    };
    try (ThalwegProcess process = ThalwegProcess.start(coordinator)) {
      process.awaitReady();
    }
    Path file;
    try (Stream<Path> files = Files.walk(directory.resolve("c"))) {
      file = files.filter(each -> each.endsWith("raft-meta")).findFirst().orElseThrow();
    }
    byte[] whole = Files.readAllBytes(file);
    for (byte[] damaged : new byte[][] {new byte[0], new byte[whole.length]}) {
      Files.write(file, damaged);
      try (ThalwegProcess process = ThalwegProcess.start(coordinator)) {
        assertThat(process.awaitEnd(ThalwegProcess.PATIENCE)).isEqualTo(1);
        assertThat(process.output())
            .contains(file.toString(), "--repair", "CORRUPT_DATA")
            .doesNotContain("\tat ");
      }
    }
    Files.write(file, whole);
    try (ThalwegProcess process = ThalwegProcess.start(coordinator)) {
      process.awaitReady();
    }
  }

  private static int indexOf(byte[] bytes, byte[] part) {
    for (int at = 0; at + part.length <= bytes.length; at++) {
      if (java.util.Arrays.equals(bytes, at, at + part.length, part, 0, part.length)) {
        return at;
      }
    }
    throw new AssertionError("the row does not stand in the log");
  }
}
