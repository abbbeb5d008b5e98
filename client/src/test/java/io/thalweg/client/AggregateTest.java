package io.thalweg.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.client.route.ClientErrors;
import io.thalweg.client.scan.ScanFrames;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.json.Position;
import io.thalweg.format.json.ScanProgress;
import io.thalweg.format.json.ScanTicket;
import io.thalweg.format.json.TableJson;
import io.thalweg.format.schema.Partition;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.frontend.flight.FlightConfig;
import io.thalweg.frontend.flight.FlightFrontDoor;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.arrow.flight.CallOptions;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.Location;
import org.apache.arrow.flight.Ticket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Aggregates that servers compute and the client adds up. Afterwards all memory was freed. */
@Timeout(60)
class AggregateTest extends OverServerInMemory {
  private static final int ROWS = 3_000;

  /** Rows with ids from 0 on; carriers null, LH and AA; delays null for each fifth row. */
  private void log(int buckets) {
    connection.admin().createTable("log", "id BIGINT, carrier STRING, delay INT", buckets);
    try (TableWriter writer = connection.writer("log")) {
      for (long id = 0; id < ROWS; id++) {
        var unused =
            writer.appendTo(
                (int) (id % buckets),
                id,
                Arrays.asList(null, "LH", "AA").get((int) (id % 3)),
                id % 5 == 0 ? null : (int) id);
      }
      writer.flush().join();
    }
  }

  private void keyed(int buckets) throws Exception {
    createKeyed(connection, TablePath.parse("t"), "id BIGINT, n INT", buckets, "id");
    try (TableUpsertWriter writer = connection.upsertWriter("t")) {
      for (long id = 0; id < ROWS; id++) {
        var unused = writer.upsert(id, (int) (id % 7));
      }
    }
  }

  private List<List<Object>> rows(AggregateOptions options) {
    try (AggregateResult result = connection.aggregate(options)) {
      return result.rows().stream().map(Row::values).toList();
    }
  }

  private static List<Integer> ids(int carrier) {
    return IntStream.range(0, ROWS).filter(id -> id % 3 == carrier && id % 5 != 0).boxed().toList();
  }

  private static List<Object> ofCarrier(String name, int carrier) {
    List<Integer> delays = ids(carrier);
    return Arrays.asList(
        name,
        (long) ROWS / 3,
        (long) delays.size(),
        delays.get(0),
        delays.get(delays.size() - 1),
        BigDecimal.valueOf(delays.stream().mapToLong(delay -> delay).sum()));
  }

  @Test
  void bucketsAreAddedUp() {
    log(7);
    AggregateOptions asked =
        AggregateOptions.of(
                "log", "count(*)", "count(delay)", "min(delay)", "max(delay)", "sum(delay)")
            .groupBy("carrier");
    List<Row> kept;
    try (AggregateResult result = connection.aggregate(asked)) {
      assertThat(result.names())
          .containsExactly(
              "carrier", "count(*)", "count(delay)", "min(delay)", "max(delay)", "sum(delay)");
      assertThat(result.vectors().getRowCount()).isEqualTo(3);
      assertThat(result.summary().rows()).isEqualTo(ROWS);
      assertThat(result.summary().rowsReturned()).isEqualTo(3);
      assertThat(result.summary().nextOffsets()).hasSize(7);
      assertThat(result.summary().nextOffsets().values().stream().mapToLong(next -> next).sum())
          .isEqualTo(ROWS);
      kept = result.rows();
    }
    assertThat(kept.stream().map(Row::values))
        .containsExactlyInAnyOrder(ofCarrier(null, 0), ofCarrier("LH", 1), ofCarrier("AA", 2));
  }

  @Test
  void filterBucketsAndOffsetsChooseRows() {
    log(2);
    assertThat(rows(AggregateOptions.of("log", "count(*)", "max(id)").withFilter("id < 100")))
        .containsExactly(List.of(100L, 99L));
    List<List<Object>> none =
        rows(AggregateOptions.of("log", "count(*)", "max(id)").withFilter("id < 0"));
    assertThat(none).containsExactly(Arrays.asList(0L, null));
    assertThat(rows(AggregateOptions.of("log", "count(*)").groupBy("id").withFilter("id < 0")))
        .isEmpty();
    AggregateOptions part =
        AggregateOptions.of("log", "count(*)", "min(__offset)", "max(__offset)")
            .withBuckets(1, 1)
            .from(new Position.Offset(10))
            .until(new Position.Offset(30));
    try (AggregateResult result = connection.aggregate(part)) {
      assertThat(result.rows().get(0).values()).containsExactly(20L, 10L, 29L);
      assertThat(result.summary().nextOffsets()).isEqualTo(Map.of(1, 30L));
    }
  }

  @Test
  void statisticsSuffice() {
    log(2);
    AggregateOptions asked = AggregateOptions.of("log", "count(*)", "max(delay)", "count(carrier)");
    try (AggregateResult result = connection.aggregate(asked)) {
      assertThat(result.rows().get(0).values())
          .containsExactly((long) ROWS, ROWS - 1, 2L * ROWS / 3);
      assertThat(result.summary().batchesByStatistics())
          .hasValue(result.summary().batches())
          .isNotEqualTo(0L);
    }
  }

  @Test
  void rowsOfAKeyedTableOrItsChanges() throws Exception {
    keyed(3);
    try (TableUpsertWriter writer = connection.upsertWriter("t")) {
      writer.delete(0L).join();
      writer.upsert(1L, 100).join();
    }
    AggregateOptions asked = AggregateOptions.of("t", "count(*)", "max(n)");
    assertThat(rows(asked)).containsExactly(List.of(ROWS - 1L, 100));
    // An update is two records.
    assertThat(rows(asked.from(Position.Named.EARLIEST))).containsExactly(List.of(ROWS + 3L, 100));
    assertThat(rows(AggregateOptions.of("t$changelog", "count(*)").groupBy("_change_type")))
        .containsExactlyInAnyOrder(
            List.of("insert", (long) ROWS),
            List.of("delete", 1L),
            List.of("update_before", 1L),
            List.of("update_after", 1L));
    assertThat(api.openScans()).isZero();
  }

  @Test
  void oldRowsAreMeantByTheNewSchema() {
    log(2);
    connection
        .admin()
        .alterTable(
            TablePath.parse("log"),
            "ADD COLUMN class STRING DEFAULT 'eco', RENAME COLUMN delay TO late");
    assertThat(rows(AggregateOptions.of("log", "max(late)").groupBy("class")))
        .containsExactly(List.of("eco", ROWS - 1));
  }

  @Test
  void eachBucketsRowsAreAskedOfTheirOwner() throws Exception {
    keyed(2);
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
    try {
      AggregateOptions asked = AggregateOptions.of("t", "count(*)").groupBy("n");
      assertThat(rows(asked)).hasSize(7);
      assertThat(api.cluster().staleRequests()).isZero();
    } finally {
      connection.close();
      other.close();
      connection = connection(port);
    }
  }

  @Test
  void aLostConnectionIsMadeAnew() throws Exception {
    log(2);
    AggregateOptions asked = AggregateOptions.of("log", "count(*)");
    assertThat(rows(asked)).containsExactly(List.of((long) ROWS));
    for (int i = 0; i < 3; i++) {
      door.close();
      openDoor();
      assertThat(rows(asked)).containsExactly(List.of((long) ROWS));
    }
  }

  @Test
  void whatCannotBeHadIsRefused() {
    log(4);
    AggregateOptions each = AggregateOptions.of("log", "count(*)").groupBy("id");
    fails(
        ErrorCode.LIMIT_REACHED,
        "more than 100 groups",
        () -> connection.aggregate(each.withMaxGroups(100)));
    // No bucket has so many, but all together.
    fails(
        ErrorCode.LIMIT_REACHED,
        "more than 2000 groups; filter, or group by fewer columns",
        () -> connection.aggregate(each.withMaxGroups(2_000)));
    assertThat(rows(each.withMaxGroups(ROWS))).hasSize(ROWS);
    fails(
        ErrorCode.INVALID_REQUEST,
        "'x'",
        () -> connection.aggregate(AggregateOptions.of("log", "sum(x)")));
    fails(
        ErrorCode.INVALID_FILTER,
        "x",
        () -> connection.aggregate(AggregateOptions.of("log", "count(*)").withFilter("x = 1")));
    fails(
        ErrorCode.INVALID_REQUEST,
        "needs an end",
        () ->
            connection.aggregate(
                AggregateOptions.of("log", "count(*)").until(Position.Named.NEVER)));
    fails(
        ErrorCode.BUCKET_NOT_FOUND,
        "buckets 0 to 3",
        () -> connection.aggregate(AggregateOptions.of("log", "count(*)").withBuckets(0, 4)));
  }

  private static final LocalDate DAY = LocalDate.of(2026, 11, 29);

  private void partitioned(List<String> key) {
    TableDescriptor columns = TableJson.descriptor("day DATE, id BIGINT", 2);
    connection
        .admin()
        .createTable(
            TablePath.parse("p"),
            new TableDescriptor(
                Schema.first(columns.schema().columns(), key),
                2,
                List.of("day"),
                List.of(),
                Map.of(),
                ""),
            false);
  }

  /** Ten rows of each of three days. */
  private void fill(boolean keyed) throws Exception {
    if (keyed) {
      try (TableUpsertWriter writer = connection.upsertWriter("p")) {
        for (long id = 0; id < 30; id++) {
          var unused = writer.upsert(DAY.plusDays(id % 3), id);
        }
      }
    } else {
      try (TableWriter writer = connection.writer("p")) {
        for (long id = 0; id < 30; id++) {
          var unused = writer.append(DAY.plusDays(id % 3), id);
        }
        writer.flush().join();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void onlyPartitionsThatMayMatchAreAsked(boolean keyed) throws Exception {
    partitioned(keyed ? List.of("day", "id") : List.of());
    AggregateOptions count = AggregateOptions.of("p", "count(*)", "max(id)");
    assertThat(rows(count)).containsExactly(Arrays.asList(0L, null));
    fill(keyed);
    assertThat(rows(count)).containsExactly(List.of(30L, 29L));
    assertThat(rows(count.groupBy("day")))
        .containsExactlyInAnyOrder(
            List.of(DAY, 10L, 27L),
            List.of(DAY.plusDays(1), 10L, 28L),
            List.of(DAY.plusDays(2), 10L, 29L));
    TableInfo table = connection.admin().table(TablePath.parse("p"));
    Partition second = connection.admin().partitions(TablePath.parse("p")).get(1);
    AggregateOptions some = count.withFilter("day = '" + second.values().get(0) + "' AND id >= 0");
    try (AggregateResult result = connection.aggregate(some)) {
      assertThat(result.summary().rows()).isEqualTo(10);
      assertThat(result.summary().nextOffsets().keySet())
          .containsExactlyElementsOf(table.bucketsOf(second));
    }
    assertThat(rows(count.withFilter("day < '2000-01-01'")))
        .containsExactly(Arrays.asList(0L, null));
    // The server prunes too, where a ticket names no bucket.
    assertThat(scanned(some.ticket()).nextOffsets().keySet())
        .containsExactlyElementsOf(table.bucketsOf(second));
    assertThat(scanned(count.withFilter("day < '2000-01-01'").ticket()).nextOffsets()).isEmpty();

    connection
        .admin()
        .dropPartition(TablePath.parse("p"), Map.of("day", second.values().get(0)), false);
    assertThat(rows(AggregateOptions.of("p", "count(*)"))).containsExactly(List.of(20L));
    AggregateOptions gone = count.withBuckets(table.bucketsOf(second).get(0));
    fails(ErrorCode.PARTITION_NOT_FOUND, "partition", () -> connection.aggregate(gone));
  }

  /** The summary of a stream. */
  private ScanProgress.Summary scanned(ScanTicket ticket) throws Exception {
    try (FlightClient flight = flight();
        FlightStream stream = flight.getStream(new Ticket(ticket.toJson()))) {
      ScanProgress last = null;
      while (stream.next()) {
        last = ScanFrames.progress(stream);
      }
      return last.summary().orElseThrow();
    }
  }

  private FlightClient flight() {
    return FlightClient.builder(connection.allocator(), Location.forGrpcInsecure("127.0.0.1", port))
        .build();
  }

  /** One that waits for records is cancelled, or runs into its deadline. */
  @Test
  void whoGoesAwayLeavesNothingBehind() throws Exception {
    log(2);
    ScanTicket waiting =
        AggregateOptions.of("log", "count(*)", "sum(id)")
            .groupBy("id")
            .until(new Position.Offset(ROWS))
            .ticket();
    Ticket ticket = new Ticket(waiting.toJson());
    try (FlightClient flight = flight()) {
      try (FlightStream stream = flight.getStream(ticket)) {
        assertThat(stream.getSchema().getFields()).hasSize(3);
        assertThat(api.openPins()).isEqualTo(1);
        ScanFrames.drain(stream);
      }
      awaitNoPin();
      try (FlightStream stream =
          flight.getStream(ticket, CallOptions.timeout(100, TimeUnit.MILLISECONDS))) {
        fails(
            ErrorCode.UNAVAILABLE,
            "deadline",
            () -> {
              try {
                stream.next();
              } catch (RuntimeException late) {
                throw ClientErrors.of(late);
              }
            });
      }
      awaitNoPin();
    }
  }

  private void awaitNoPin() {
    while (api.openPins() > 0) {
      Thread.onSpinWait();
    }
  }
}
