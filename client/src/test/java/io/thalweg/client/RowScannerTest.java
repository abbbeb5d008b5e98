package io.thalweg.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.schema.TablePath;
import io.thalweg.frontend.flight.FlightConfig;
import io.thalweg.frontend.flight.FlightFrontDoor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Scans of rows against a front door. Afterwards both sides have freed all memory. */
@Timeout(60)
class RowScannerTest extends OverServerInMemory {
  private static final TablePath TABLE = TablePath.parse("default.t");
  private static final int ROWS = 5_000;

  @BeforeEach
  void open() throws Exception {
    createKeyed(connection, TABLE, "id BIGINT, text STRING", 2, "id");
    try (TableUpsertWriter writer = connection.upsertWriter("default.t")) {
      for (long id = 0; id < ROWS; id++) {
        // So long that the buffers between server and client cannot hold all rows.
        var unused = writer.upsert(id, "x".repeat(1_000));
      }
    }
  }

  private static List<Object> ids(List<Row> rows) {
    return rows.stream().map(row -> row.values().get(0)).toList();
  }

  private static List<Object> rest(RowScanner scanner) {
    List<Object> ids = new ArrayList<>();
    for (List<Row> rows = scanner.poll(); !rows.isEmpty(); rows = scanner.poll()) {
      ids.addAll(ids(rows));
    }
    return ids;
  }

  private static List<Object> all() {
    return LongStream.range(0, ROWS).<Object>mapToObj(id -> id).toList();
  }

  private void awaitNoScan() {
    while (api.openScans() > 0) {
      Thread.onSpinWait();
    }
  }

  @Test
  void givesEachRowAndWhereTheChangelogGoesOn() {
    try (RowScanner scanner = connection.rows(ScanOptions.all("default.t"))) {
      assertThat(rest(scanner)).containsExactlyInAnyOrderElementsOf(all());
      assertThat(scanner.nextOffsets()).containsOnlyKeys(0, 1);
      assertThat(scanner.nextOffsets().values().stream().mapToLong(Long::longValue).sum())
          .isEqualTo(ROWS);
    }
    awaitNoScan();
  }

  @Test
  void aLimitCountsOverAllBuckets() {
    for (int limit : new int[] {0, 1, 3_000, ROWS, ROWS + 1}) {
      try (RowScanner scanner = connection.rows(ScanOptions.all("default.t").withLimit(limit))) {
        assertThat(rest(scanner)).hasSize(Math.min(ROWS, limit)).doesNotHaveDuplicates();
      }
    }
    awaitNoScan();
  }

  @Test
  void goesOnInTheSameRowsAfterALostConnection() throws Exception {
    try (RowScanner scanner = connection.rows(ScanOptions.all("default.t").withColumns("id"));
        TableUpsertWriter writer = connection.upsertWriter("default.t")) {
      List<Object> ids = new ArrayList<>(ids(scanner.poll()));
      for (int i = 0; i < 3; i++) {
        door.close();
        openDoor();
        // Writes made now do not appear in the bucket that is being read.
        writer.delete((long) ROWS - 1).join();
        ids.addAll(ids(scanner.poll()));
      }
      ids.addAll(rest(scanner));
      assertThat(ids).doesNotHaveDuplicates().hasSizeBetween(ROWS - 1, ROWS);
    }
    awaitNoScan();
  }

  @Test
  void failsClearlyWhenTheRowsAreGone() throws Exception {
    try (SilentRelay relay = new SilentRelay(port);
        ThalwegConnection far = ThalwegConnection.connect("127.0.0.1:" + relay.port());
        RowScanner scanner = far.rows(ScanOptions.all("default.t"))) {
      assertThat(scanner.poll()).isNotEmpty();
      relay.cut();
      api.expireScans();
      fails(ErrorCode.SCAN_EXPIRED, "begin it anew", () -> rest(scanner));
    }
  }

  @Test
  void beginsAnewWhileNothingWasGiven() throws Exception {
    try (RowScanner scanner = connection.rows(ScanOptions.all("default.t"))) {
      door.close();
      openDoor();
      assertThat(rest(scanner)).containsExactlyInAnyOrderElementsOf(all());
    }
  }

  @Test
  void tellsTheServerWhenItEndsEarly() {
    try (RowScanner scanner = connection.rows(ScanOptions.all("default.t"))) {
      assertThat(scanner.poll()).isNotEmpty();
      assertThat(api.openScans()).isEqualTo(1);
    }
    awaitNoScan();
  }

  @Test
  void eachBucketIsReadAtItsOwner() throws Exception {
    FlightFrontDoor other =
        new FlightFrontDoor(new FlightConfig("127.0.0.1", 0, 8 << 20, 100, 4 << 20), api.as("2"));
    int otherPort = other.start();
    door.close();
    door =
        new FlightFrontDoor(
            new FlightConfig("127.0.0.1", port, 8 << 20, 100, 4 << 20), api.as("1"));
    door.start();
    api.cluster().addServer("1", "grpc://127.0.0.1:" + port);
    api.cluster().addServer("2", "grpc://127.0.0.1:" + otherPort);
    api.cluster().setOwner(0, "1");
    api.cluster().setOwner(1, "2");
    try (RowScanner scanner = connection.rows(ScanOptions.all("default.t"))) {
      List<Object> ids = new ArrayList<>(ids(scanner.poll()));
      api.cluster().setOwner(1, "1");
      ids.addAll(rest(scanner));
      assertThat(ids).containsExactlyInAnyOrderElementsOf(all());
    } finally {
      connection.close();
      other.close();
      connection = ThalwegConnection.connect("127.0.0.1:" + port);
    }
    assertThat(api.cluster().staleRequests()).as("the owner changed once").isEqualTo(1);
  }
}
