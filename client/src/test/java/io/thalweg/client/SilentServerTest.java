package io.thalweg.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.json.AppendAck;
import io.thalweg.format.json.Position;
import io.thalweg.format.schema.TablePath;
import io.thalweg.frontend.flight.FlightConfig;
import io.thalweg.frontend.flight.FlightFrontDoor;
import io.thalweg.frontend.flight.MemoryServerApi;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A server stops answering without a reset, as after a loss of power or a cut network. */
@Timeout(90)
class SilentServerTest {
  private static final int BACK_SECONDS = 15;

  private final MemoryServerApi api = new MemoryServerApi();
  private FlightFrontDoor named;
  private FlightFrontDoor other;
  private SilentRelay relay;
  private ThalwegConnection connection;

  @BeforeEach
  void open() throws Exception {
    named = door("1");
    relay = new SilentRelay(named.start());
    api.cluster().addServer("1", "grpc://127.0.0.1:" + relay.port());
    connection = ThalwegConnection.connect("127.0.0.1:" + relay.port());
    connection.admin().createTable("default.t", "id BIGINT NOT NULL", 1);
    OverServerInMemory.createKeyed(
        connection, TablePath.parse("default.k"), "id BIGINT, n INT", 1, "id");
  }

  private FlightFrontDoor door(String id) {
    return new FlightFrontDoor(new FlightConfig("127.0.0.1", 0, 8 << 20, 100, 4 << 20), api.as(id));
  }

  @AfterEach
  void everythingIsGivenBack() throws Exception {
    connection.close();
    relay.close();
    named.close();
    if (other != null) {
      other.close();
    }
    assertThat(api.reservedBytes()).isZero();
    api.close();
  }

  @Test
  void writesLookupsScansAndRequestsAreBackSoonAfterItsReturn() throws Exception {
    try (TableWriter writer = connection.writer("default.t");
        TableUpsertWriter upserts = connection.upsertWriter("default.k");
        Lookuper lookuper = connection.lookuper("default.k");
        LogScanner scanner =
            connection.scanner(ScanOptions.subscribe("default.t", Position.Named.EARLIEST))) {
      writer.append(1L).join();
      upserts.upsert(1L, 1).join();
      assertThat(lookuper.lookup(1L).join()).isPresent();
      assertThat(scanner.poll(Duration.ofSeconds(20)).list()).hasSize(1);
      relay.silence();
      CompletableFuture<AppendAck> append = writer.append(2L);
      CompletableFuture<AppendAck> upsert = upserts.upsert(1L, 2);
      var lookup = lookuper.lookup(1L);
      relay.heal();
      assertThat(append.get(BACK_SECONDS, TimeUnit.SECONDS).parts()).hasSize(1);
      assertThat(upsert).succeedsWithin(Duration.ofSeconds(2));
      assertThat(lookup).succeedsWithin(Duration.ofSeconds(2));
      assertThat(scanner.poll(Duration.ofSeconds(5)).list()).hasSize(1);
      assertThat(connection.admin().databases()).isNotEmpty();
    }
    assertThat(api.rows(TablePath.parse("default.t"))).isEqualTo(2);
  }

  @Test
  void writingGoesOnElsewhere() throws Exception {
    other = door("2");
    api.cluster().addServer("2", "grpc://127.0.0.1:" + other.start());
    try (TableWriter writer = connection.writer("default.t");
        TableUpsertWriter upserts = connection.upsertWriter("default.k")) {
      writer.append(1L).join();
      upserts.upsert(1L, 1).join();
      relay.silence();
      api.cluster().setOwner(0, "2");
      CompletableFuture<AppendAck> append = writer.append(2L);
      CompletableFuture<AppendAck> upsert = upserts.upsert(1L, 2);
      assertThat(append.get(BACK_SECONDS, TimeUnit.SECONDS).parts()).hasSize(1);
      assertThat(upsert).succeedsWithin(Duration.ofSeconds(2));
    }
    assertThat(api.rows(TablePath.parse("default.t"))).isEqualTo(2);
  }
}
