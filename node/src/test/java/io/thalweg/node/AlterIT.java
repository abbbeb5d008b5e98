package io.thalweg.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.client.LogScanner;
import io.thalweg.client.Lookuper;
import io.thalweg.client.Row;
import io.thalweg.client.RowBuilder;
import io.thalweg.client.RowScanner;
import io.thalweg.client.ScanOptions;
import io.thalweg.client.ScanRecord;
import io.thalweg.client.TableUpsertWriter;
import io.thalweg.client.TableWriter;
import io.thalweg.client.ThalwegConnection;
import io.thalweg.client.UpsertOptions;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.Position;
import io.thalweg.format.json.TableJson;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.node.process.ThalwegProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tables change while clients that were opened before go on: writers, lookups and a follower of the
 * old schema beside those of the new one, through a kill of the server.
 */
@Timeout(120)
class AlterIT {
  private static final TablePath LOG = TablePath.parse("flights");
  private static final TablePath KEYED = TablePath.parse("airports");

  @TempDir Path data;

  private ThalwegProcess start(int port) throws Exception {
    ThalwegProcess process = ThalwegProcess.dev(data, port);
    process.awaitReady();
    return process;
  }

  private static List<String> rows(LogScanner scanner, int count) {
    List<String> rows = new ArrayList<>();
    while (rows.size() < count) {
      for (ScanRecord record : scanner.poll(Duration.ofSeconds(1))) {
        rows.add(record.row().toString());
      }
    }
    return rows;
  }

  private static List<String> all(ThalwegConnection connection, ScanOptions options) {
    List<String> rows = new ArrayList<>();
    try (LogScanner scanner = connection.scanner(options)) {
      while (!scanner.finished()) {
        for (ScanRecord record : scanner.poll(Duration.ofSeconds(1))) {
          rows.add(record.row().toString());
        }
      }
    }
    return rows;
  }

  private static List<String> rows(ThalwegConnection connection, TablePath table) {
    List<String> rows = new ArrayList<>();
    try (RowScanner scanner = connection.rows(ScanOptions.all(table.table()))) {
      for (List<Row> page = scanner.poll(); !page.isEmpty(); page = scanner.poll()) {
        page.forEach(row -> rows.add(row.toString()));
      }
    }
    return rows;
  }

  @Test
  void clientsOfEverySchemaGoOnThroughAKill() throws Exception {
    int port = ThalwegProcess.freePorts(2);
    ThalwegProcess server = start(port);
    try (ThalwegConnection connection = ThalwegConnection.connect("127.0.0.1:" + port)) {
      connection.admin().createTable("flights", "id BIGINT NOT NULL, delay INT, origin STRING", 1);
      TableDescriptor columns = TableJson.descriptor("code STRING, city STRING, runways INT", 2);
      connection
          .admin()
          .createTable(
              KEYED,
              new TableDescriptor(
                  Schema.first(columns.schema().columns(), List.of("code")),
                  2,
                  List.of(),
                  Map.of(),
                  ""),
              false);
      try (TableWriter oldWriter = connection.writer("flights");
          TableUpsertWriter oldUpserts = connection.upsertWriter("airports");
          Lookuper oldLookups = connection.lookuper("airports");
          LogScanner follower =
              connection.scanner(ScanOptions.subscribe("flights", Position.Named.EARLIEST))) {
        oldWriter.append(1L, 10, "FRA").join();
        oldUpserts.upsert("FRA", "Frankfurt", 4).join();
        assertThat(rows(follower, 1)).containsExactly("[1, 10, FRA]");

        TableInfo seen = connection.admin().table(LOG);
        TableInfo flights =
            connection
                .admin()
                .alterTable(
                    seen,
                    "ADD COLUMN carrier STRING NOT NULL DEFAULT 'LH' AFTER id, RENAME COLUMN delay TO"
                        + " late, ALTER COLUMN late TYPE BIGINT, DROP COLUMN origin");
        assertThat(flights.schema().schemaId()).isEqualTo(2);
        assertThat(connection.admin().history(LOG))
            .extracting(each -> each.schema().columns().get(1).name())
            .containsExactly("delay", "carrier");
        assertThatThrownBy(() -> connection.admin().alterTable(seen, "DROP COLUMN id"))
            .isInstanceOfSatisfying(
                ThalwegException.class,
                refused -> assertThat(refused.code()).isEqualTo(ErrorCode.SCHEMA_CHANGED));
        connection
            .admin()
            .alterTable(
                KEYED,
                "RENAME COLUMN code TO iata, ADD COLUMN country STRING DEFAULT 'DE', ALTER COLUMN"
                    + " runways TYPE BIGINT");

        oldWriter.append(2L, 20, "MUC").join();
        try (TableWriter writer = connection.writer("flights")) {
          writer.append(3L, "UA", 30L).join();
          RowBuilder row = writer.row();
          row.set("id", 4L).set("late", 5_000_000_000L).write().join();
        }
        assertThat(rows(follower, 2)).containsExactly("[2, 20, null]", "[3, 30, null]");
        assertThat(follower.newerSchema()).hasValue(2);
        // A number that an INT cannot hold ends the reading of the old schema, and nothing else.
        assertThatThrownBy(() -> rows(follower, 1))
            .isInstanceOfSatisfying(
                ThalwegException.class,
                refused -> assertThat(refused.code()).isEqualTo(ErrorCode.SCHEMA_CHANGED));

        oldUpserts.upsert("MUC", "Munich", 2).join();
        oldUpserts.delete("FRA").join();
        assertThat(oldLookups.lookup("MUC").join().map(Row::toString)).contains("[MUC, Munich, 2]");

        server.kill();
        server = start(port);
        oldUpserts.upsert("TXL", "Berlin", 2).join();
        oldWriter.append(5L, 50, "TXL").join();
        assertThat(oldLookups.lookup("TXL").join().map(row -> row.getString("city")))
            .contains("Berlin");
      }
      assertThat(all(connection, ScanOptions.all("flights")))
          .containsExactly(
              "[1, LH, 10]", "[2, LH, 20]", "[3, UA, 30]", "[4, LH, 5000000000]", "[5, LH, 50]");
      assertThat(
              all(
                  connection,
                  ScanOptions.all("flights").withFilter("late > 25 AND carrier = 'LH'")))
          .hasSize(2);
      connection.admin().alterTable(KEYED, "ADD COLUMN zone INT NOT NULL DEFAULT 9");
      try (TableUpsertWriter some =
          connection.upsertWriter(KEYED, UpsertOptions.columns("iata", "city"))) {
        some.upsert("TXL", "Berlin-Tegel").join();
        connection.admin().alterTable(KEYED, "DROP COLUMN city");
        // It was to make the city null, which is gone; the row stays.
        some.delete("TXL").join();
      }
      connection.admin().alterTable(KEYED, "DROP COLUMN zone");
      assertThat(rows(connection, KEYED)).containsExactlyInAnyOrder("[MUC, 2, DE]", "[TXL, 2, DE]");
    } finally {
      server.close();
    }
  }
}
