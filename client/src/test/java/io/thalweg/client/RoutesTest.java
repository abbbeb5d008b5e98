package io.thalweg.client;

import static io.thalweg.client.OverServerInMemory.createKeyed;
import static io.thalweg.client.OverServerInMemory.fails;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.json.AppendAck;
import io.thalweg.format.schema.ChangeType;
import io.thalweg.format.schema.TablePath;
import io.thalweg.frontend.flight.FlightConfig;
import io.thalweg.frontend.flight.FlightFrontDoor;
import io.thalweg.frontend.flight.MemoryServerApi;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two servers, whose buckets change owners. The client knows only the first one at the start. */
@Timeout(60)
class RoutesTest {
  private static final TablePath TABLE = TablePath.parse("default.t");
  private static final int BUCKETS = 4;
  private static final UpsertOptions ROW_BY_ROW =
      UpsertOptions.DEFAULT.withWriter(WriterOptions.DEFAULT.withBatchBytes(1));

  private final MemoryServerApi api = new MemoryServerApi();
  private final Map<String, FlightFrontDoor> doors = new HashMap<>();
  private final Map<String, Integer> ports = new HashMap<>();
  private ThalwegConnection connection;

  @BeforeEach
  void open() throws Exception {
    openDoor("1");
    openDoor("2");
    for (int bucket = 0; bucket < BUCKETS; bucket++) {
      api.cluster().setOwner(bucket, bucket % 2 == 0 ? "1" : "2");
    }
    connection = ThalwegConnection.connect("127.0.0.1:" + ports.get("1"));
    createKeyed(connection, TABLE, "id BIGINT, n INT", BUCKETS, "id");
  }

  private void openDoor(String id) throws Exception {
    FlightFrontDoor door =
        new FlightFrontDoor(
            new FlightConfig("127.0.0.1", ports.getOrDefault(id, 0), 8 << 20, 100, 4 << 20),
            api.as(id));
    ports.put(id, door.start());
    doors.put(id, door);
    api.cluster().addServer(id, "grpc://127.0.0.1:" + ports.get(id));
  }

  private void ownAll(String id) {
    for (int bucket = 0; bucket < BUCKETS; bucket++) {
      api.cluster().setOwner(bucket, id);
    }
  }

  @AfterEach
  void everythingIsGivenBack() {
    connection.close();
    doors.values().forEach(FlightFrontDoor::close);
    assertThat(api.reservedBytes()).isZero();
    api.close();
  }

  /** The numbers that were written to each id, in order; each was stored once. */
  private Map<Long, List<Integer>> history() {
    Map<Long, List<Integer>> history = new HashMap<>();
    try (ThalwegConnection second = ThalwegConnection.connect("127.0.0.1:" + ports.get("2"));
        LogScanner scanner = second.scanner(ScanOptions.all("default.t"))) {
      while (!scanner.finished()) {
        for (ScanRecord change : scanner.poll(Duration.ofSeconds(20))) {
          if (change.changeType() != ChangeType.UPDATE_BEFORE) {
            history
                .computeIfAbsent(change.row().getLong("id"), none -> new ArrayList<>())
                .add(change.row().getInt("n"));
          }
        }
      }
    }
    return history;
  }

  private static void assertHistory(Map<Long, List<Integer>> history, int keys, int writes) {
    assertThat(history).hasSize(keys);
    history.forEach(
        (id, numbers) -> {
          List<Integer> wanted = new ArrayList<>();
          for (int n = (int) (long) id; n < writes; n += keys) {
            wanted.add(n);
          }
          assertThat(numbers).as("writes of key %s", id).isEqualTo(wanted);
        });
  }

  @Test
  void requestsGoToTheOwners() {
    try (TableUpsertWriter writer = connection.upsertWriter("default.t");
        Lookuper lookuper = connection.lookuper("default.t");
        BigIntVector ids = new BigIntVector("id", connection.allocator())) {
      for (int n = 0; n < 100; n++) {
        var unused = writer.upsert(n, n);
      }
      writer.flush().join();
      for (int n = 0; n < 100; n++) {
        assertThat(lookuper.lookup(n).join().orElseThrow().getInt("n")).isEqualTo(n);
        ids.setSafe(n, n * 2L);
      }
      ids.setValueCount(100);
      try (LookupResult found = lookuper.lookup(VectorSchemaRoot.of(ids)).join()) {
        assertThat(found.rows().getRowCount()).isEqualTo(50);
        for (int row = 0; row < 50; row++) {
          assertThat(((IntVector) found.rows().getVector(0)).get(row)).isEqualTo(row);
          assertThat(((IntVector) found.rows().getVector("n")).get(row)).isEqualTo(2 * row);
        }
      }
    }
    assertThat(api.cluster().staleRequests()).isZero();
  }

  @Test
  void aChangeOfOwnerKeepsOrderAndStoresOnce() {
    try (TableUpsertWriter writer = connection.upsertWriter(TABLE, ROW_BY_ROW)) {
      for (int n = 0; n < 400; n++) {
        var unused = writer.upsert(n % 20, n);
        switch (n) {
          case 50 -> api.faults().failNextAppend(ErrorCode.UNKNOWN_OUTCOME, true);
          case 100 -> ownAll("2");
          case 150 -> api.faults().failNextAppend(ErrorCode.UNAVAILABLE, false);
          case 200 -> ownAll("1");
          case 300 -> api.cluster().setOwner(2, "2");
          default -> {}
        }
      }
    }
    assertHistory(history(), 20, 400);
  }

  @Test
  void whatIsUnderWayWhenTheOwnerChangesIsSentAgain() {
    List<CompletableFuture<AppendAck>> acks = new ArrayList<>();
    try (TableUpsertWriter writer = connection.upsertWriter(TABLE, ROW_BY_ROW)) {
      api.faults().holdAppends();
      for (int n = 0; n < 60; n++) {
        acks.add(writer.upsert(n % 20, n));
      }
      while (api.faults().heldAppends() < 2 * BUCKETS) {
        Thread.onSpinWait();
      }
      for (int bucket = 0; bucket < BUCKETS; bucket++) {
        api.cluster().setOwner(bucket, bucket % 2 == 0 ? "2" : "1");
      }
      api.faults().releaseAppends(false);
    }
    assertThat(acks).allMatch(ack -> ack.join().parts().size() == 1);
    assertThat(api.cluster().staleRequests()).isPositive();
    assertHistory(history(), 20, 60);
  }

  @Test
  void theServerThatTheUserNamedMayDie() {
    try (TableUpsertWriter writer = connection.upsertWriter(TABLE, ROW_BY_ROW);
        Lookuper lookuper = connection.lookuper("default.t")) {
      for (int n = 0; n < 200; n++) {
        var unused = writer.upsert(n % 20, n);
        if (n == 100) {
          doors.get("1").close();
          ownAll("2");
        }
      }
      writer.flush().join();
      for (int id = 0; id < 20; id++) {
        assertThat(lookuper.lookup(id).join().orElseThrow().getInt("n")).isEqualTo(180 + id);
      }
    }
    assertHistory(history(), 20, 200);
  }

  @Test
  void lookupsFollowTheOwner() {
    try (TableUpsertWriter writer = connection.upsertWriter("default.t");
        Lookuper lookuper = connection.lookuper("default.t");
        BigIntVector ids = new BigIntVector("id", connection.allocator())) {
      for (int n = 0; n < 20; n++) {
        var unused = writer.upsert(n, n);
        ids.setSafe(n, n);
      }
      ids.setValueCount(20);
      writer.flush().join();
      api.faults().holdLookups();
      List<CompletableFuture<Optional<Row>>> rows = new ArrayList<>();
      for (int n = 0; n < 20; n++) {
        rows.add(lookuper.lookup(n));
      }
      var batch = lookuper.lookup(VectorSchemaRoot.of(ids));
      while (api.faults().lookupSizes().size() < 2) {
        Thread.onSpinWait();
      }
      ownAll("2");
      api.faults().releaseLookups();
      for (int n = 0; n < 20; n++) {
        assertThat(rows.get(n).join().orElseThrow().getInt("n")).isEqualTo(n);
      }
      try (LookupResult found = batch.join()) {
        assertThat(found.rows().getRowCount()).isEqualTo(20);
      }
    }
    assertThat(api.cluster().staleRequests()).isPositive();
  }

  @Test
  void anAddressThatCannotBeUsedIsPassedOver() {
    api.cluster().addServer("3", "nonsense");
    api.cluster().setOwner(1, "3");
    // Long enough for an answer on a busy machine: the last one is told.
    UpsertOptions shortly =
        UpsertOptions.DEFAULT.withWriter(WriterOptions.DEFAULT.withTimeout(Duration.ofSeconds(2)));
    try (TableUpsertWriter writer = connection.upsertWriter(TABLE, shortly)) {
      List<CompletableFuture<AppendAck>> acks = new ArrayList<>();
      for (int n = 0; n < 20; n++) {
        acks.add(writer.upsert(n, n));
      }
      fails(
          ErrorCode.UNKNOWN_OUTCOME,
          "STALE_OWNER",
          CompletableFuture.allOf(acks.toArray(CompletableFuture[]::new))::join);
    }
  }
}
