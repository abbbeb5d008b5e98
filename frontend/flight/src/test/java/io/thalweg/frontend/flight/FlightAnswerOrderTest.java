package io.thalweg.frontend.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.json.TableJson;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableDescriptor;
import java.util.List;
import java.util.Map;
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

/** What is refused is told behind the answers to everything that was accepted before it. */
@Timeout(60)
class FlightAnswerOrderTest extends OverTheDoor {
  private static final long NO_INT = 1L << 40;

  FlightAnswerOrderTest() {
    super(1 << 20, 10);
  }

  @BeforeEach
  void open() throws Exception {
    Schema keyed = Schema.first(TableJson.descriptor("k INT", 1).schema().columns(), List.of("k"));
    create("keyed", new TableDescriptor(keyed, 1, List.of(), Map.of(), ""));
    create("log", TableJson.descriptor("k INT", 1));
  }

  @Test
  void answersToEarlierKeysComeBeforeTheRefusalOfLaterOnes() throws Exception {
    api.faults().holdLookups();
    try (BigIntVector keys = new BigIntVector("k", allocator);
        VectorSchemaRoot batch = VectorSchemaRoot.of(keys);
        FlightClient.ExchangeReaderWriter exchange =
            client.doExchange(command("{\"lookup\":\"default.keyed\"}"))) {
      exchange.getWriter().start(batch);
      for (long key : new long[] {1, 2, 3, 4, 5, NO_INT, 6}) {
        keys.setSafe(0, key);
        batch.setRowCount(1);
        exchange.getWriter().putNext();
      }
      while (api.faults().lookupSizes().size() < 5) {
        Thread.onSpinWait();
      }
      passTheDoor();
      assertThat(door.openStreams()).isEqualTo(1);
      api.faults().releaseLookups();
      FlightStream answers = exchange.getReader();
      for (int i = 0; i < 5; i++) {
        assertThat(answers.next()).isTrue();
      }
      assertThatThrownBy(answers::next).hasMessageContaining("SCHEMA_MISMATCH");
    }
    assertThat(api.faults().lookupSizes()).containsExactly(1, 1, 1, 1, 1);
  }

  @Test
  void acknowledgementsComeBeforeTheRefusalOfALaterBatch() throws Exception {
    api.faults().holdAppends();
    try (BigIntVector keys = new BigIntVector("k", allocator);
        VectorSchemaRoot batch = VectorSchemaRoot.of(keys);
        SyncPutListener acks = new SyncPutListener()) {
      var out = client.startPut(command("{\"table\":\"default.log\"}"), batch, acks);
      for (long key : new long[] {1, 2, 3, NO_INT, 6}) {
        keys.setSafe(0, key);
        batch.setRowCount(1);
        out.putNext();
      }
      while (api.faults().heldAppends() < 3) {
        Thread.onSpinWait();
      }
      passTheDoor();
      assertThat(door.openStreams()).isEqualTo(1);
      api.faults().releaseAppends(false);
      for (int i = 0; i < 3; i++) {
        try (PutResult ack = acks.read()) {
          assertThat(ack).isNotNull();
        }
      }
      assertThatThrownBy(acks::read)
          .isInstanceOf(ExecutionException.class)
          .hasMessageContaining("SCHEMA_MISMATCH");
    }
  }
}
