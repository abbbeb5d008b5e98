package io.thalweg.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.json.TableJson;
import io.thalweg.format.schema.Partition;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TablePath;
import io.thalweg.frontend.flight.FlightConfig;
import io.thalweg.frontend.flight.FlightFrontDoor;
import io.thalweg.frontend.flight.MemoryServerApi;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Runs the code that docs/tables.md shows: the lines between two markers. */
@Timeout(60)
class TablesDocTest {
  private static final Path DOCS = Path.of("../docs/tables.md");
  private static final Path SOURCE = Path.of("src/test/java/io/thalweg/client/TablesDocTest.java");

  @Test
  void theExampleWorks() throws Exception {
    List<String> printed = new ArrayList<>();
    try (MemoryServerApi api = new MemoryServerApi();
        FlightFrontDoor door =
            new FlightFrontDoor(new FlightConfig("127.0.0.1", 0, 8 << 20, 100, 4 << 20), api)) {
      int port = door.start();
      try (ThalwegConnection connection = ThalwegConnection.connect("127.0.0.1:" + port)) {
        example(connection, printed);
        virtualTables(connection, printed);
        partitions(connection, printed);
        aggregates(connection, printed);
      }
    }
    assertThat(printed)
        .containsExactly(
            "Zurich",
            "+I [ZRH, Zürich, 416]",
            "-U [ZRH, Zürich, 416]",
            "+U [ZRH, Zurich, 416]",
            "insert: null -> [ZRH, Zürich, 416]",
            "update: [ZRH, Zürich, 416] -> [ZRH, Zurich, 416]",
            "[2026-11-29] is partition 0",
            "Bonn: 2 trips, 20 miles");
  }

  private static void example(ThalwegConnection connection, List<String> printed) {
    // begin
    TablePath airports = TablePath.parse("airports");
    TableDescriptor columns = TableJson.descriptor("code STRING, city STRING, elevation INT", 4);
    Schema keyed = Schema.first(columns.schema().columns(), List.of("code"));
    connection
        .admin()
        .createTable(airports, new TableDescriptor(keyed, 4, List.of(), Map.of(), ""), false);

    try (TableUpsertWriter writer = connection.upsertWriter("airports");
        TableUpsertWriter cities =
            connection.upsertWriter(airports, UpsertOptions.columns("code", "city"))) {
      writer.upsert("ZRH", "Zürich", 416).join();
      writer.delete("TXL").join(); // nothing to delete: nothing happens
      cities.upsert("ZRH", "Zurich").join(); // the elevation stays
    }

    try (Lookuper lookuper = connection.lookuper("airports", "city")) {
      Optional<Row> zurich = lookuper.lookup("ZRH").join();
      printed.add(zurich.orElseThrow().getString("city"));
    }

    try (LogScanner changelog = connection.scanner(ScanOptions.all("airports"))) {
      while (!changelog.finished()) {
        for (ScanRecord change : changelog.poll(Duration.ofSeconds(1))) {
          printed.add(change.changeType().symbol() + " " + change.row());
        }
      }
    }
    // end
  }

  private static void virtualTables(ThalwegConnection connection, List<String> printed) {
    // begin
    ScanOptions changes =
        ScanOptions.all("airports$binlog").withColumns("_change_type", "before", "after");
    try (LogScanner binlog = connection.scanner(changes)) {
      while (!binlog.finished()) {
        for (ScanRecord change : binlog.poll(Duration.ofSeconds(1))) {
          Row row = change.row();
          printed.add(
              row.get("_change_type") + ": " + row.get("before") + " -> " + row.get("after"));
        }
      }
    }
    // end
  }

  private static void partitions(ThalwegConnection connection, List<String> printed) {
    // begin
    TableDescriptor stays = TableJson.descriptor("day DATE, guest STRING, nights INT", 2);
    TablePath guests = TablePath.parse("guests");
    connection
        .admin()
        .createTable(
            guests,
            new TableDescriptor(stays.schema(), 2, List.of("day"), List.of(), Map.of(), ""),
            false);
    try (TableWriter writer = connection.writer("guests")) {
      writer.append(LocalDate.of(2026, 11, 29), "Ada", 2).join();
    }
    for (Partition partition : connection.admin().partitions(guests)) {
      printed.add(partition.values() + " is partition " + partition.number());
    }
    connection.admin().dropPartition(guests, Map.of("day", "2026-11-29"), false);
    // end
  }

  private static void aggregates(ThalwegConnection connection, List<String> printed) {
    connection.admin().createTable("trips", "city STRING, miles INT", 1);
    try (TableWriter writer = connection.writer("trips")) {
      writer.append("Bonn", 12).join();
      writer.append("Oslo", null).join();
      writer.append("Bonn", 8).join();
    }
    // begin
    AggregateOptions asked =
        AggregateOptions.of("trips", "count(*)", "sum(miles)")
            .groupBy("city")
            .withFilter("miles > 5");
    try (AggregateResult result = connection.aggregate(asked)) {
      for (Row row : result.rows()) {
        printed.add(
            row.getString("city")
                + ": "
                + row.getLong("count(*)")
                + " trips, "
                + row.getDecimal("sum(miles)")
                + " miles");
      }
    }
    // end
  }

  @Test
  void theDocsShowTheExamples() throws Exception {
    String source = Files.readString(SOURCE);
    String docs = Files.readString(DOCS);
    String begin = "\n    // begin\n";
    int examples = 0;
    for (int at = source.indexOf(begin); at >= 0; at = source.indexOf(begin, at + 1)) {
      int from = at + begin.length();
      String code = source.substring(from, source.indexOf("    // end\n", from));
      assertThat(docs).contains("```java\n" + code.replaceAll("(?m)^ {4}", "") + "```\n");
      examples++;
    }
    assertThat(examples).isEqualTo(4);
  }
}
