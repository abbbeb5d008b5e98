package io.thalweg.frontend.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.json.ErrorText;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TablePath;
import io.thalweg.server.api.Principal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.apache.arrow.flight.Action;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.Location;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.RootAllocator;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/**
 * What tests of the door have in common: a server in memory behind it, and Arrow's own client.
 * After each test all memory has been given back.
 */
abstract class OverTheDoor {
  final MemoryServerApi api = new MemoryServerApi();
  final RootAllocator allocator = new RootAllocator();
  final FlightFrontDoor door;
  FlightClient client;

  /** A door that takes {@code streams} at a time, each with so many bytes under way. */
  OverTheDoor(int inFlightBytes, int streams) {
    door =
        new FlightFrontDoor(new FlightConfig("127.0.0.1", 0, inFlightBytes, streams, 4 << 20), api);
  }

  @BeforeEach
  final void connect() throws Exception {
    Location location = Location.forGrpcInsecure("127.0.0.1", door.start());
    client = FlightClient.builder(allocator, location).build();
  }

  @AfterEach
  final void everythingIsGivenBack() throws Exception {
    client.close();
    allocator.close();
    door.close();
    assertThat(api.reservedBytes()).isZero();
    api.close();
  }

  final void create(String name, TableDescriptor table) {
    api.createTable(Principal.ANONYMOUS, TablePath.parse(name), table).join();
  }

  /** Asks for something and waits; what was sent before on the connection has reached the door. */
  final void passTheDoor() {
    client.doAction(new Action("list-databases", new byte[0])).forEachRemaining(each -> {});
  }

  static FlightDescriptor command(String json) {
    return FlightDescriptor.command(json.getBytes(StandardCharsets.UTF_8));
  }

  final List<String> action(String name, String json) {
    List<String> results = new ArrayList<>();
    client
        .doAction(new Action(name, json.getBytes(StandardCharsets.UTF_8)))
        .forEachRemaining(
            result -> results.add(new String(result.getBody(), StandardCharsets.UTF_8)));
    return results;
  }

  final FlightStream scan(String json) {
    return client.getStream(new Ticket(json.getBytes(StandardCharsets.UTF_8)));
  }

  static void fails(ErrorCode code, String containing, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            FlightRuntimeException.class,
            error -> {
              assertThat(error.status().description()).startsWith(code + ": ");
              assertThat(error.status().metadata().get(ErrorText.CODE_KEY)).isEqualTo(code.name());
              assertThat(error.status().metadata().get(ErrorText.RETRYABLE_KEY))
                  .isEqualTo(String.valueOf(code.retryable()));
            })
        .hasMessageContaining(containing);
  }

  static void eventually(BooleanSupplier condition) {
    while (!condition.getAsBoolean()) {
      Thread.onSpinWait();
    }
  }

  static String text(ArrowBuf metadata) {
    byte[] json = new byte[(int) metadata.readableBytes()];
    metadata.getBytes(0, json);
    return new String(json, StandardCharsets.UTF_8);
  }
}
