package io.thalweg.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.client.LogScanner;
import io.thalweg.client.Lookuper;
import io.thalweg.client.Row;
import io.thalweg.client.RowScanner;
import io.thalweg.client.ScanOptions;
import io.thalweg.client.ScanRecord;
import io.thalweg.client.TableUpsertWriter;
import io.thalweg.client.TableWriter;
import io.thalweg.client.ThalwegConnection;
import io.thalweg.format.json.Position;
import io.thalweg.format.json.ScanProgress;
import io.thalweg.format.json.TableJson;
import io.thalweg.format.schema.Partition;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TablePath;
import io.thalweg.node.process.Await;
import io.thalweg.node.process.ThalwegProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Partitioned tables on a real server, through kills. */
@Timeout(300)
class PartitionsIT {
  private static final LocalDate DAY = LocalDate.of(2026, 11, 29);
  private static final TablePath HITS = TablePath.parse("hits");
  private static final TablePath STOCK = TablePath.parse("stock");

  private static final Map<String, String> SOON = Map.of("table.segment.max-age", "1s");

  @TempDir Path data;

  private static void create(
      ThalwegConnection connection,
      TablePath path,
      String columns,
      List<String> key,
      int buckets,
      Map<String, String> properties) {
    Schema schema = Schema.first(TableJson.descriptor(columns, buckets).schema().columns(), key);
    connection
        .admin()
        .createTable(
            path,
            new TableDescriptor(schema, buckets, List.of("day"), List.of(), properties, ""),
            false);
  }

  private static List<ScanRecord> all(LogScanner scanner) {
    List<ScanRecord> records = new ArrayList<>();
    while (!scanner.finished()) {
      records.addAll(scanner.poll(Duration.ofSeconds(1)).list());
    }
    return records;
  }

  private static List<Long> numbers(List<ScanRecord> records) {
    return records.stream().map(record -> record.row().getLong("n")).sorted().toList();
  }

  private static List<String> rows(ThalwegConnection connection, ScanOptions options) {
    List<String> rows = new ArrayList<>();
    try (RowScanner scanner = connection.rows(options)) {
      for (List<Row> page = scanner.poll(); !page.isEmpty(); page = scanner.poll()) {
        page.forEach(row -> rows.add(row.toString()));
      }
    }
    rows.sort(null);
    return rows;
  }

  @Test
  void everythingStaysInItsPartitionThroughKills() throws Exception {
    int port = ThalwegProcess.freePorts(2);
    ThalwegProcess server = ThalwegProcess.devToBeKilled(data, port);
    server.awaitReady();
    try (ThalwegConnection connection = ThalwegConnection.connect("127.0.0.1:" + port)) {
      create(connection, HITS, "day DATE, n BIGINT", List.of(), 2, SOON);
      create(connection, STOCK, "day DATE, shop STRING, n BIGINT", List.of("day", "shop"), 2, SOON);
      try (TableWriter writer = connection.writer("hits");
          TableUpsertWriter upserts = connection.upsertWriter("stock");
          Lookuper lookups = connection.lookuper("stock");
          LogScanner follower =
              connection.scanner(ScanOptions.subscribe("hits", Position.Named.EARLIEST))) {
        List<Long> followed = new ArrayList<>();
        for (long n = 0; n < 40; n++) {
          if (n % 10 == 9) {
            server.kill();
            server = ThalwegProcess.devToBeKilled(data, port);
            server.awaitReady();
          }
          writer.append(DAY.plusDays(n / 8), n).join();
          upserts.upsert(DAY.plusDays(n % 3), "shop " + n % 4, n).join();
          assertThat(lookups.lookup(DAY.plusDays(n % 3), "shop " + n % 4).join())
              .map(row -> row.getLong("n"))
              .contains(n);
          while (followed.size() <= n) {
            follower
                .poll(Duration.ofSeconds(1))
                .forEach(record -> followed.add(record.row().getLong("n")));
          }
        }
        assertThat(followed).doesNotHaveDuplicates().hasSize(40);
        assertThat(connection.admin().partitions(HITS)).hasSize(5);
        assertThat(connection.admin().partitions(STOCK)).hasSize(3);

        connection.admin().dropPartition(HITS, Map.of("day", "2026-11-30"), false);
        connection.admin().dropPartition(STOCK, Map.of("day", "2026-11-29"), false);
        server.kill();
        server = ThalwegProcess.devToBeKilled(data, port);
        server.awaitReady();
        assertThat(lookups.lookup(DAY, "shop 0").join()).isEmpty();
        upserts.upsert(DAY.plusDays(1), "shop 0", 1_000L).join();
        assertThat(lookups.lookup(DAY.plusDays(1), "shop 0").join())
            .map(row -> row.getLong("n"))
            .contains(1_000L);
      }
      try (LogScanner scanner = connection.scanner(ScanOptions.all("hits"))) {
        assertThat(numbers(all(scanner)))
            .hasSize(32)
            .allMatch(n -> n < 8 || n >= 16)
            .doesNotHaveDuplicates();
      }
      assertThat(rows(connection, ScanOptions.all("stock"))).hasSize(8);
      assertThat(
              rows(
                  connection, ScanOptions.all("stock").withFilter("day = '2026-12-01' AND n >= 0")))
          .hasSize(4);
      // The bytes of dropped partitions go.
      Await.until(
          ThalwegProcess.PATIENCE,
          () -> "only the partitions that are there have files",
          () -> {
            List<String> known =
                Stream.of(HITS, STOCK)
                    .flatMap(table -> connection.admin().partitions(table).stream())
                    .map(each -> Long.toString(each.storage().value()))
                    .toList();
            return storagesWithSegments(data).stream().allMatch(known::contains);
          });
    } finally {
      server.close();
    }
  }

  /** The storage ids below which the object store has segments. */
  private static List<String> storagesWithSegments(Path data) {
    Path tables = data.resolve("objects").resolve("tables");
    if (!Files.isDirectory(tables)) {
      return List.of();
    }
    try (Stream<Path> found = Files.list(tables)) {
      return found.map(path -> path.getFileName().toString()).toList();
    } catch (java.io.IOException failure) {
      throw new java.io.UncheckedIOException(failure);
    }
  }

  @Test
  void aThousandPartitionsArePruned() throws Exception {
    int partitions = 1_000;
    int port = ThalwegProcess.freePorts(2);
    ThalwegProcess server = ThalwegProcess.dev(data, port);
    server.awaitReady();
    try (ThalwegConnection connection = ThalwegConnection.connect("127.0.0.1:" + port)) {
      create(connection, HITS, "day DATE, n BIGINT", List.of(), 4, Map.of());
      try (TableWriter writer = connection.writer("hits");
          DateDayVector days = new DateDayVector("day", connection.allocator());
          BigIntVector numbers = new BigIntVector("n", connection.allocator())) {
        for (int i = 0; i < 5 * partitions; i++) {
          days.setSafe(i, (int) DAY.plusDays(i % partitions).toEpochDay());
          numbers.setSafe(i, i);
        }
        days.setValueCount(5 * partitions);
        numbers.setValueCount(5 * partitions);
        writer.append(VectorSchemaRoot.of(days, numbers)).join();
      }
      assertThat(connection.admin().partitions(HITS))
          .hasSize(partitions)
          .extracting(Partition::number)
          .last()
          .isEqualTo(partitions - 1);
      server.kill();
      server = ThalwegProcess.dev(data, port);
      server.awaitReady();
      assertThat(connection.admin().count(HITS).rows()).isEqualTo(5L * partitions);
      ScanProgress.Summary whole;
      try (LogScanner scanner = connection.scanner(ScanOptions.all("hits"))) {
        assertThat(numbers(all(scanner))).hasSize(5 * partitions).doesNotHaveDuplicates();
        whole = scanner.summary().orElseThrow();
      }
      ScanOptions day = ScanOptions.all("hits").withFilter("day = '2027-03-01'");
      try (LogScanner scanner = connection.scanner(day)) {
        assertThat(numbers(all(scanner))).hasSize(5);
        ScanProgress.Summary pruned = scanner.summary().orElseThrow();
        // Not skipped by statistics, but never looked at.
        assertThat(pruned.batches() + pruned.batchesSkipped())
            .isLessThanOrEqualTo(4)
            .isLessThan(whole.batches() / 100);
        assertThat(pruned.rows()).isEqualTo(5);
      }
    } finally {
      server.close();
    }
  }

  @Test
  void partitionsAreMadeAheadOfTimeAndExpire() throws Exception {
    int port = ThalwegProcess.freePorts(2);
    ThalwegProcess server = ThalwegProcess.dev(data, port, "--set", "compact.check.interval=200ms");
    server.awaitReady();
    try (ThalwegConnection connection = ThalwegConnection.connect("127.0.0.1:" + port)) {
      LocalDate today = LocalDate.now(ZoneOffset.UTC);
      create(
          connection,
          HITS,
          "day DATE, n BIGINT",
          List.of(),
          2,
          Map.of(
              "table.auto-partition.enabled",
              "true",
              "table.auto-partition.num-precreate",
              "3",
              "table.auto-partition.num-retention",
              "2"));
      Await.until(
          ThalwegProcess.PATIENCE,
          () -> "three partitions ahead",
          () -> connection.admin().partitions(HITS).size() >= 3);
      try (TableWriter writer = connection.writer("hits")) {
        writer.append(today, 1L).join();
        writer.append(today.minusDays(1), 3L).join();
      }
      // It may expire before a row for it is stored, so none is written.
      connection
          .admin()
          .createPartition(HITS, Map.of("day", today.minusDays(40).toString()), false);
      Await.until(
          ThalwegProcess.PATIENCE,
          () -> "the old partition expires",
          () ->
              connection.admin().partitions(HITS).stream()
                  .noneMatch(each -> each.values().get(0).equals(today.minusDays(40).toString())));
      try (LogScanner scanner = connection.scanner(ScanOptions.all("hits"))) {
        assertThat(numbers(all(scanner))).containsExactly(1L, 3L);
      }
      assertThatThrownBy(
              () ->
                  connection
                      .admin()
                      .alterTable(HITS, "SET ('table.auto-partition.num-retention' = 'many')"))
          .hasMessageContaining("a number from -1 to");
    } finally {
      server.close();
    }
  }
}
