package io.thalweg.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.AppendAck;
import io.thalweg.format.schema.TablePath;
import io.thalweg.frontend.flight.FlightConfig;
import io.thalweg.frontend.flight.FlightFrontDoor;
import io.thalweg.frontend.flight.MemoryServerApi;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Batches after a refused one, while earlier copies of them may still arrive. */
@Timeout(60)
class RefusedBatchTest {
  private static final TablePath TABLE = TablePath.parse("default.t");

  private final MemoryServerApi api = new MemoryServerApi();
  private final FlightFrontDoor door =
      new FlightFrontDoor(new FlightConfig("127.0.0.1", 0, 8 << 20, 100, 4 << 20), api);
  private SilentRelay relay;
  private ThalwegConnection connection;

  @BeforeEach
  void open() throws Exception {
    relay = new SilentRelay(door.start());
    connection = ThalwegConnection.connect("127.0.0.1:" + relay.port());
    connection.admin().createTable("default.t", "id BIGINT NOT NULL", 1);
  }

  @AfterEach
  void everythingIsGivenBack() throws Exception {
    connection.close();
    relay.close();
    door.close();
    assertThat(api.reservedBytes()).isZero();
    api.close();
  }

  private TableWriter writer() {
    return connection.writer(TABLE, WriterOptions.DEFAULT.withBatchBytes(1));
  }

  private List<CompletableFuture<AppendAck>> appendHeld(TableWriter writer, int count) {
    api.faults().holdAppends();
    List<CompletableFuture<AppendAck>> acks = new ArrayList<>();
    for (long id = 0; id < count; id++) {
      acks.add(writer.append(id));
    }
    while (api.faults().heldAppends() < count) {
      Thread.onSpinWait();
    }
    api.faults().holdNoMore();
    return acks;
  }

  private static ErrorCode outcome(CompletableFuture<AppendAck> ack) {
    return ack.handle((done, failure) -> failure instanceof ThalwegException e ? e.code() : null)
        .join();
  }

  private List<Long> stored() {
    List<Long> ids = new ArrayList<>();
    try (LogScanner scanner = connection.scanner(ScanOptions.all("default.t"))) {
      while (!scanner.finished()) {
        scanner.poll(Duration.ofSeconds(20)).forEach(each -> ids.add(each.row().getLong("id")));
      }
    }
    return ids;
  }

  @Test
  void thoseBehindItAreStoredOnceThoughCopiesComeLate() {
    try (TableWriter writer = writer()) {
      List<CompletableFuture<AppendAck>> acks = appendHeld(writer, 4);
      api.faults().failNextAppend(ErrorCode.NULL_VALUE, false);
      api.faults().releaseFirstAppend();
      assertThat(outcome(acks.get(0))).isEqualTo(ErrorCode.NULL_VALUE);
      // The next batch is stored while its first copy still waits.
      acks.get(1).join();
      api.faults().releaseAppends(false);
      writer.append(4L).join();
      for (CompletableFuture<AppendAck> ack : acks.subList(1, 4)) {
        assertThat(outcome(ack)).isNull();
      }
    }
    assertThat(stored()).containsExactly(1L, 2L, 3L, 4L);
  }

  @Test
  void nothingIsSaidOfARefusedBatchOfWhichACopyIsAbout() throws Exception {
    try (TableWriter writer = writer()) {
      List<CompletableFuture<AppendAck>> acks = appendHeld(writer, 3);
      api.faults().failNextAppend(ErrorCode.NULL_VALUE, false);
      relay.cut();
      for (CompletableFuture<AppendAck> ack : acks) {
        assertThat(outcome(ack)).isEqualTo(ErrorCode.UNKNOWN_OUTCOME);
      }
      api.faults().releaseAppends(false);
    }
    assertThat(stored()).containsExactly(0L, 1L, 2L);
  }

  @Test
  void whatWasNeverSentIsNotStored() {
    try (TableWriter writer = writer()) {
      List<CompletableFuture<AppendAck>> acks = appendHeld(writer, 16);
      // Beyond the window that servers recognise, batches wait.
      CompletableFuture<AppendAck> unsent = writer.append(16L);
      api.faults().failNextAppend(ErrorCode.WRITER_FENCED, false);
      api.faults().releaseFirstAppend();
      assertThat(outcome(unsent)).isEqualTo(ErrorCode.WRITER_FENCED);
      assertThat(outcome(acks.get(0))).isEqualTo(ErrorCode.WRITER_FENCED);
      for (CompletableFuture<AppendAck> ack : acks.subList(1, 16)) {
        assertThat(outcome(ack)).isEqualTo(ErrorCode.UNKNOWN_OUTCOME);
      }
      api.faults().releaseAppends(false);
    }
    assertThat(stored()).isEmpty();
  }
}
