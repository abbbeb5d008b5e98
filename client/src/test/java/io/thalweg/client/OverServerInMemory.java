package io.thalweg.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.TableJson;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TablePath;
import io.thalweg.frontend.flight.FlightConfig;
import io.thalweg.frontend.flight.FlightFrontDoor;
import io.thalweg.frontend.flight.MemoryServerApi;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/**
 * The common parts of the client's tests: a server in memory, its front door on a port that stays
 * when the door is opened anew, and a connection. After each test all memory has been freed.
 */
abstract class OverServerInMemory {
  final MemoryServerApi api = new MemoryServerApi();
  FlightFrontDoor door;
  int port;
  ThalwegConnection connection;

  @BeforeEach
  final void connect() throws Exception {
    openDoor();
    connection = connection(port);
  }

  /** The connection that the test uses. */
  ThalwegConnection connection(int to) {
    return ThalwegConnection.connect("127.0.0.1:" + to);
  }

  /** Opens the door again after it was closed, on the same port. */
  final void openDoor() throws Exception {
    door = door(port);
    port = door.start();
  }

  /** A door on a port; 0 for any. */
  final FlightFrontDoor door(int on) {
    return new FlightFrontDoor(new FlightConfig("127.0.0.1", on, 8 << 20, 100, 4 << 20), api);
  }

  @AfterEach
  final void everythingIsGivenBack() {
    connection.close();
    door.close();
    assertThat(api.reservedBytes()).isZero();
    api.close();
  }

  /** Makes a table with a primary key; {@code columns} are written as on the command line. */
  static void createKeyed(
      ThalwegConnection connection, TablePath path, String columns, int buckets, String... key) {
    TableDescriptor plain = TableJson.descriptor(columns, buckets);
    Schema schema = Schema.first(plain.schema().columns(), List.of(key));
    connection
        .admin()
        .createTable(path, new TableDescriptor(schema, buckets, List.of(), Map.of(), ""), false);
  }

  /** Checks that the call, or the future that it joins, fails with that code. */
  static void fails(ErrorCode code, String containing, ThrowingCallable call) {
    assertThatThrownBy(call)
        .satisfies(
            thrown -> {
              Throwable root = thrown instanceof CompletionException ? thrown.getCause() : thrown;
              assertThat(root)
                  .isInstanceOfSatisfying(
                      ThalwegException.class, error -> assertThat(error.code()).isEqualTo(code))
                  .hasMessageContaining(containing);
            });
  }
}
