package io.thalweg.frontend.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.TableJson;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.server.api.Principal;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.PutResult;
import org.apache.arrow.flight.SyncPutListener;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How many streams there may be, and what calls hear that are under way when the door closes. */
@Timeout(60)
class FlightOpenCallsTest extends OverTheDoor {
  private static final Principal ANN = new Principal("ann", "10.0.0.1");
  private static final Principal BOB = new Principal("bob", "10.0.0.2");

  private final OpenCalls calls = new OpenCalls(5);

  FlightOpenCallsTest() {
    super(1 << 20, 10);
  }

  @BeforeEach
  void open() throws Exception {
    Schema keyed =
        Schema.first(TableJson.descriptor("k BIGINT", 1).schema().columns(), List.of("k"));
    create("keyed", new TableDescriptor(keyed, 1, List.of(), Map.of(), ""));
    create("log", TableJson.descriptor("k BIGINT", 1));
  }

  /** Closes the door meanwhile; returns when it takes nothing new any more. */
  private CompletableFuture<Void> beginToClose() {
    CompletableFuture<Void> closed = CompletableFuture.runAsync(door::close);
    Throwable refused = null;
    while (refused == null) {
      refused = catchThrowable(this::passTheDoor);
    }
    assertThat(refused).hasMessageContaining("CLOSING");
    return closed;
  }

  /** Sends batches of one row each, which the server keeps undecided. */
  private FlightClient.ClientStreamListener put(
      BigIntVector keys, VectorSchemaRoot batch, SyncPutListener acks, int count) {
    api.faults().holdAppends();
    var out = client.startPut(command("{\"table\":\"default.log\"}"), batch, acks);
    for (int key = 0; key < count; key++) {
      keys.setSafe(0, key);
      batch.setRowCount(1);
      out.putNext();
    }
    while (api.faults().heldAppends() < count) {
      Thread.onSpinWait();
    }
    return out;
  }

  @Test
  void appendsThatAreTakenAreAcknowledged() throws Exception {
    try (BigIntVector keys = new BigIntVector("k", allocator);
        VectorSchemaRoot batch = VectorSchemaRoot.of(keys);
        SyncPutListener acks = new SyncPutListener()) {
      var unused = put(keys, batch, acks, 3);
      CompletableFuture<Void> closed = beginToClose();
      api.faults().releaseAppends(false);
      for (int i = 0; i < 3; i++) {
        try (PutResult ack = acks.read()) {
          assertThat(ack).isNotNull();
        }
      }
      assertThatThrownBy(acks::read)
          .isInstanceOf(ExecutionException.class)
          .hasMessageContaining("CLOSING");
      closed.join();
    }
  }

  @Test
  void appendsThatStayUndecidedAreSaidToBe() throws Exception {
    try (BigIntVector keys = new BigIntVector("k", allocator);
        VectorSchemaRoot batch = VectorSchemaRoot.of(keys);
        SyncPutListener acks = new SyncPutListener()) {
      var unused = put(keys, batch, acks, 2);
      CompletableFuture<Void> closed = beginToClose();
      assertThatThrownBy(acks::read)
          .isInstanceOf(ExecutionException.class)
          .hasMessageContaining("UNKNOWN_OUTCOME");
      api.faults().releaseAppends(false);
      closed.join();
    }
  }

  @Test
  void lookupsThatAreTakenAreAnswered() throws Exception {
    api.faults().holdLookups();
    try (BigIntVector keys = new BigIntVector("k", allocator);
        VectorSchemaRoot batch = VectorSchemaRoot.of(keys);
        FlightClient.ExchangeReaderWriter exchange =
            client.doExchange(command("{\"lookup\":\"default.keyed\"}"))) {
      exchange.getWriter().start(batch);
      for (int key = 0; key < 3; key++) {
        keys.setSafe(0, key);
        batch.setRowCount(1);
        exchange.getWriter().putNext();
      }
      while (api.faults().lookupSizes().size() < 3) {
        Thread.onSpinWait();
      }
      CompletableFuture<Void> closed = beginToClose();
      api.faults().releaseLookups();
      FlightStream answers = exchange.getReader();
      for (int i = 0; i < 3; i++) {
        assertThat(answers.next()).isTrue();
      }
      assertThatThrownBy(answers::next).hasMessageContaining("CLOSING");
      closed.join();
    }
  }

  private void refused(Principal who, String why) {
    assertThatThrownBy(() -> calls.stream(who))
        .isInstanceOfSatisfying(
            ThalwegException.class,
            refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.OVERLOADED))
        .hasMessageContaining(why);
  }

  @Test
  void oneUserLeavesHalfOfTheStreamsToOthers() {
    OpenCalls.Open first = calls.stream(ANN);
    calls.stream(ANN);
    calls.stream(ANN);
    refused(ANN, "user 'ann' has 3 streams open");
    calls.answer(ANN);
    calls.stream(BOB);
    calls.stream(BOB);
    refused(BOB, "this server has 5 streams open");
    first.close();
    first.close();
    calls.stream(ANN);
    assertThat(calls.streams()).isEqualTo(5);
  }

  @Test
  void clientsThatDidNotLogInShareAll() {
    for (int i = 0; i < 5; i++) {
      calls.stream(Principal.ANONYMOUS);
    }
    refused(Principal.ANONYMOUS, "this server has 5 streams open");
  }
}
