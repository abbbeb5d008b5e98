package io.thalweg.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.Position;
import io.thalweg.format.schema.TablePath;
import io.thalweg.frontend.flight.FlightFrontDoor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.apache.arrow.flight.FlightStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A table is dropped and another of the same name made: what is open never uses the other one. */
@Timeout(60)
class SameNameTest extends OverServerInMemory {
  private static final TablePath TABLE = TablePath.parse("default.t");
  private static final Duration LONG = Duration.ofSeconds(30);

  private static void createKeyed(ThalwegConnection by) {
    createKeyed(by, TABLE, "name STRING, id BIGINT", 1, "id");
  }

  /** Makes the other table while {@link #connection} cannot reach the server. */
  private void makeAnew(Consumer<ThalwegConnection> create) throws Exception {
    door.close();
    try (FlightFrontDoor aside = door(0)) {
      try (ThalwegConnection other = ThalwegConnection.connect("127.0.0.1:" + aside.start())) {
        other.admin().dropTable(TABLE, false);
        create.accept(other);
      }
    }
    openDoor();
  }

  private static void dropped(ThrowingCallable call) {
    Throwable thrown = catchThrowable(call);
    Throwable root = thrown instanceof CompletionException ? thrown.getCause() : thrown;
    assertThat(root)
        .isInstanceOfSatisfying(
            ThalwegException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.TABLE_NOT_FOUND))
        .hasMessageContaining("another has its name");
  }

  private static void write(ThalwegConnection by, int from, int to) {
    try (TableWriter writer = by.writer("default.t")) {
      for (int id = from; id < to; id++) {
        var unused = writer.append((long) id, "v");
      }
    }
  }

  @Test
  void aScannerThatLostItsConnection() throws Exception {
    Consumer<ThalwegConnection> create =
        by -> by.admin().createTable("default.t", "id BIGINT, v STRING", 1);
    create.accept(connection);
    write(connection, 0, 5);
    try (LogScanner scanner =
            connection.scanner(ScanOptions.subscribe("default.t", Position.Named.EARLIEST));
        TableWriter writer = connection.writer("default.t")) {
      List<Object> seen = new ArrayList<>();
      while (seen.size() < 5) {
        scanner.poll(LONG).forEach(record -> seen.add(record.row().getLong("id")));
      }
      makeAnew(
          by -> {
            create.accept(by);
            write(by, 100, 110);
          });
      dropped(
          () -> {
            while (true) {
              scanner.poll(LONG).forEach(record -> seen.add(record.row().getLong("id")));
            }
          });
      assertThat(seen).containsExactly(0L, 1L, 2L, 3L, 4L);
      // A batch with the writer's first number: only its table shows that it is wrong.
      CompletableFuture<?> late = writer.append(7L, "late");
      dropped(late::join);
    }
    assertThat(api.rows(TABLE)).isEqualTo(10);
  }

  @Test
  void lookupsAndScansOfRows() throws Exception {
    createKeyed(connection);
    try (TableUpsertWriter writer = connection.upsertWriter("default.t")) {
      var unused = writer.upsert("old", 1L);
    }
    try (Lookuper lookuper = connection.lookuper("default.t")) {
      assertThat(lookuper.lookup(1L).join()).isPresent();
      try (RowScanner scanner = connection.rows(ScanOptions.all("default.t"))) {
        makeAnew(SameNameTest::createKeyed);
        dropped(scanner::next);
      }
      dropped(() -> lookuper.lookup(1L).join());
    }
  }

  @Test
  void ticketsOfAFlight() throws Exception {
    createKeyed(connection);
    var descriptor = org.apache.arrow.flight.FlightDescriptor.path("default", "t");
    try (var allocator = new org.apache.arrow.memory.RootAllocator();
        var flight =
            org.apache.arrow.flight.FlightClient.builder(
                    allocator, org.apache.arrow.flight.Location.forGrpcInsecure("127.0.0.1", port))
                .build()) {
      var ticket = flight.getInfo(descriptor).getEndpoints().get(0).getTicket();
      makeAnew(SameNameTest::createKeyed);
      try (FlightStream stream = flight.getStream(ticket)) {
        assertThat(catchThrowable(stream::next))
            .hasMessageContaining("TABLE_NOT_FOUND")
            .hasMessageContaining("another has its name");
      }
    }
  }
}
