package io.thalweg.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.thalweg.client.LogScanner;
import io.thalweg.client.ScanOptions;
import io.thalweg.client.ScanRecord;
import io.thalweg.client.TableUpsertWriter;
import io.thalweg.client.TableWriter;
import io.thalweg.client.ThalwegConnection;
import io.thalweg.format.json.FileEntry;
import io.thalweg.format.json.Position;
import io.thalweg.format.json.ScanTicket;
import io.thalweg.format.json.TableJson;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TablePath;
import io.thalweg.node.process.Await;
import io.thalweg.node.process.RawFlight;
import io.thalweg.node.process.ThalwegProcess;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.arrow.flight.FlightStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a real process stores of a table, seen through the Java client and the commands. */
@Timeout(240)
class StoredTablesIT {
  private static final TablePath TABLE = TablePath.parse("t");

  @TempDir Path directory;
  private int port;
  private String server;
  private ThalwegProcess dev;

  @BeforeEach
  void startServer() {
    port = ThalwegProcess.freePorts(2);
    server = "grpc://127.0.0.1:" + port;
    restart();
  }

  private void restart() {
    dev =
        ThalwegProcess.dev(
            directory.resolve("data"), port, "--set", "compact.check.interval=100ms");
    dev.awaitReady();
  }

  @AfterEach
  void stopServer() {
    dev.close();
  }

  private String command(int exit, String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--server", server));
    try (ThalwegProcess ran = ThalwegProcess.start(all.toArray(String[]::new))) {
      assertThat(ran.awaitEnd(ThalwegProcess.PATIENCE)).as(ran.toString()).isEqualTo(exit);
      return ran.output();
    }
  }

  private static void create(ThalwegConnection thalweg, String maxAge) {
    thalweg
        .admin()
        .createTable(
            TABLE,
            new TableDescriptor(
                TableJson.descriptor("id BIGINT NOT NULL", 1).schema(),
                1,
                List.of(),
                Map.of("table.segment.max-age", maxAge),
                ""),
            false);
  }

  private static void appendApart(ThalwegConnection thalweg, int batches) throws Exception {
    try (TableWriter writer = thalweg.writer("t")) {
      for (long batch = 0; batch < batches; batch++) {
        for (int row = 0; row < 5; row++) {
          var unused = writer.appendTo(0, batch * 5 + row);
        }
        writer.flush().get(60, TimeUnit.SECONDS);
        long now = System.currentTimeMillis();
        Await.until(
            ThalwegProcess.PATIENCE,
            () -> "a later time",
            () -> System.currentTimeMillis() > now + 20);
      }
    }
  }

  private static List<ScanRecord> read(ThalwegConnection thalweg, ScanOptions options) {
    List<ScanRecord> records = new ArrayList<>();
    try (LogScanner scanner = thalweg.scanner(options)) {
      while (!scanner.finished()) {
        for (ScanRecord record : scanner.poll(Duration.ofSeconds(5))) {
          records.add(record);
        }
      }
    }
    return records;
  }

  private static void awaitCompacted(ThalwegConnection thalweg, long end) {
    Await.until(
        ThalwegProcess.PATIENCE,
        () -> "files up to " + end + " in " + thalweg.admin().files(TABLE),
        () ->
            thalweg.admin().files(TABLE).stream().mapToLong(FileEntry::endOffset).max().orElse(0)
                == end);
  }

  private void timesAreExact(ThalwegConnection thalweg, int batches) {
    List<ScanRecord> all = read(thalweg, ScanOptions.all("t"));
    assertThat(all).hasSize(5 * batches);
    TreeSet<Long> times = new TreeSet<>();
    for (ScanRecord each : all) {
      times.addAll(
          List.of(each.timestampMillis() - 1, each.timestampMillis(), each.timestampMillis() + 1));
    }
    assertThat(times).hasSizeGreaterThanOrEqualTo(2 * batches);
    for (long time : times) {
      List<Long> before =
          all.stream()
              .filter(each -> each.timestampMillis() < time)
              .map(ScanRecord::offset)
              .toList();
      List<Long> after =
          all.stream()
              .filter(each -> each.timestampMillis() >= time)
              .map(ScanRecord::offset)
              .toList();
      Position at = new Position.Timestamp(time);
      assertThat(thalweg.admin().offset(TABLE, 0, at)).isEqualTo(before.size());
      assertThat(read(thalweg, ScanOptions.all("t").until(at)))
          .extracting(ScanRecord::offset)
          .isEqualTo(before);
      assertThat(read(thalweg, ScanOptions.all("t").from(at)))
          .extracting(ScanRecord::offset)
          .isEqualTo(after);
    }
    long middle = all.get(all.size() / 2).timestampMillis();
    long wanted = all.stream().filter(each -> each.timestampMillis() >= middle).count();
    assertThat(
            command(0, "scan", "t", "--count", "--from", Instant.ofEpochMilli(middle).toString())
                .strip())
        .isEqualTo(Long.toString(wanted));
  }

  @Test
  void aTimeIsExactBeforeCompaction() throws Exception {
    try (ThalwegConnection thalweg = ThalwegConnection.connect(server)) {
      create(thalweg, "1d");
      appendApart(thalweg, 8);
      assertThat(thalweg.admin().files(TABLE)).isEmpty();
      timesAreExact(thalweg, 8);
    }
  }

  @Test
  void aTimeIsExactAfterCompaction() throws Exception {
    try (ThalwegConnection thalweg = ThalwegConnection.connect(server)) {
      create(thalweg, "1s");
      appendApart(thalweg, 8);
      awaitCompacted(thalweg, 40);
      timesAreExact(thalweg, 8);
    }
  }

  @Test
  void scrubNamesWhatIsDamaged() throws Exception {
    try (ThalwegConnection thalweg = ThalwegConnection.connect(server)) {
      create(thalweg, "1s");
      // One run and one segment, so that no compaction interferes.
      appendApart(thalweg, 1);
      awaitCompacted(thalweg, 5);
      assertThat(command(0, "scrub", "t")).contains("all whole");
      String key = thalweg.admin().files(TABLE).get(0).key();
      Path object = directory.resolve("data/objects").resolve(key);
      byte[] whole = Files.readAllBytes(object);
      List<Integer> unseen = new ArrayList<>();
      for (int at = 0; at < whole.length; at++) {
        byte[] bytes = whole.clone();
        bytes[at] ^= 1;
        Files.write(object, bytes);
        if (thalweg.admin().scrub(TABLE, 0, "").damage().stream()
            .noneMatch(line -> line.contains(key))) {
          unseen.add(at);
        }
      }
      // Only the first four bytes and the page index before the footer, which other engines use,
      // have no checksum.
      int footer =
          whole.length
              - 8
              - ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).getInt(whole.length - 8);
      unseen.removeIf(at -> at < 4);
      assertThat(unseen).hasSizeLessThan(whole.length / 4);
      assertThat(unseen)
          .isEqualTo(IntStream.range(footer - unseen.size(), footer).boxed().toList());
      assertThat(command(1, "scrub", "t")).contains(key).contains("damaged or missing");
    }
  }

  @Test
  void textsTooLongAreRefusedAndTheServerGoesOn() throws Exception {
    try (RawFlight raw = new RawFlight(port)) {
      for (String columns :
          List.of(
              "[{\"name\":\"id\",\"type\":\"BIGINT\",\"comment\":\"" + "c".repeat(70_000) + "\"}]",
              "[{\"name\":\"id\",\"type\":\"ROW<`" + "n".repeat(80_000) + "` BIGINT>\"}]")) {
        String body = "{\"table\":\"default.long\",\"columns\":" + columns + "}";
        RawFlight.Refusal refusal =
            RawFlight.Refusal.of(catchThrowable(() -> raw.actRaw("create-table", body)));
        assertThat(refusal.code()).as(refusal.message()).isNotEmpty().isNotEqualTo("INTERNAL");
        assertThat(refusal.message())
            .containsPattern("at most|over the limit")
            .hasSizeLessThan(2_000);
      }
    }
    command(0, "table", "create", "ok", "--schema", "id BIGINT");
    dev.terminate();
    assertThat(dev.endsWithin(ThalwegProcess.PATIENCE)).isTrue();
    restart();
    assertThat(command(0, "table", "list")).contains("ok").doesNotContain("long");
  }

  @Test
  void earliestOfATableWithAPrimaryKeyGivesItsChanges() throws Exception {
    command(
        0,
        "table",
        "create",
        "k",
        "--schema",
        "id BIGINT NOT NULL, v STRING",
        "--primary-key",
        "id");
    try (ThalwegConnection thalweg = ThalwegConnection.connect(server)) {
      try (TableUpsertWriter writer = thalweg.upsertWriter("k")) {
        writer.upsert(1L, "a").get(60, TimeUnit.SECONDS);
        writer.upsert(1L, "b").get(60, TimeUnit.SECONDS);
      }
      try (RawFlight raw = new RawFlight(port)) {
        assertThat(rows(raw, "{\"table\":\"default.k\",\"start\":\"earliest\"}"))
            .as("an insert, and both records of an update")
            .isEqualTo(3);
        assertThat(rows(raw, "{\"table\":\"default.k\"}")).as("the row as it is").isEqualTo(1);
      }
    }
  }

  private static long rows(RawFlight raw, String ticket) throws Exception {
    long rows = 0;
    try (FlightStream stream = raw.scan(ScanTicket.read(ticket.getBytes(StandardCharsets.UTF_8)))) {
      while (stream.next()) {
        rows += stream.getRoot().getRowCount();
      }
    }
    return rows;
  }
}
