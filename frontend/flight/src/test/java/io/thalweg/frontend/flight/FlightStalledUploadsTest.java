package io.thalweg.frontend.flight;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.json.ErrorText;
import io.thalweg.format.json.TableJson;
import io.thalweg.format.schema.TablePath;
import io.thalweg.frontend.flight.inbound.InboundMemory;
import io.thalweg.server.api.Principal;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.apache.arrow.flight.Action;
import org.apache.arrow.flight.CallOption;
import org.apache.arrow.flight.CallOptions;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.Location;
import org.apache.arrow.flight.PutResult;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Messages that stop midway keep nobody else's out. */
@Timeout(60)
class FlightStalledUploadsTest {
  private static final int KIB = 1 << 10;
  private static final int MESSAGE = 800 * KIB;
  private static final int LET_THROUGH = 700 * KIB;
  private static final int LIMIT = 4_096 * KIB;

  private final SetClock clock = new SetClock();
  private final MemoryServerApi api = new MemoryServerApi();
  private final FlightFrontDoor door =
      new FlightFrontDoor(
          new FlightConfig("127.0.0.1", 0, 1 << 20, 100, 4 << 20).withInboundBytes(LIMIT),
          api,
          clock);
  private final RootAllocator allocator = new RootAllocator();
  private final List<FlightClient> clients = new ArrayList<>();
  private FlightClient direct;
  private StallingRelay relay;

  @BeforeEach
  void open() throws Exception {
    int port = door.start();
    relay = new StallingRelay(port);
    direct = client(port);
    api.createTable(Principal.ANONYMOUS, TablePath.parse("t"), TableJson.descriptor("a BIGINT", 1))
        .join();
  }

  @AfterEach
  void everythingIsGivenBack() throws Exception {
    for (FlightClient client : clients) {
      client.close();
    }
    relay.close();
    door.close();
    allocator.close();
    assertThat(api.reservedBytes()).isZero();
    assertThat(door.inboundBytes()).isZero();
    api.close();
  }

  private FlightClient client(int port) {
    FlightClient client =
        FlightClient.builder(allocator, Location.forGrpcInsecure("127.0.0.1", port)).build();
    clients.add(client);
    return client;
  }

  private static void eventually(BooleanSupplier condition) {
    while (!condition.getAsBoolean()) {
      Thread.onSpinWait();
    }
  }

  /**
   * Whether what the relay lets through has arrived, but for less than counts as progress: bytes
   * that come late, on a busy machine, would make the oldest message the freshest.
   */
  private boolean hasStalled(long before) {
    return door.inboundBytes() > before + 2 * LET_THROUGH - 32 * KIB;
  }

  /** Begins an append of one large message; completes with what it hears. */
  private CompletableFuture<ErrorCode> append(FlightClient client, CallOption... options) {
    CompletableFuture<ErrorCode> heard = new CompletableFuture<>();
    FlightClient.PutListener acks =
        new FlightClient.PutListener() {
          @Override
          public void getResult() {}

          @Override
          public void onCompleted() {}

          @Override
          public void onNext(PutResult ack) {
            heard.complete(null);
          }

          @Override
          public void onError(Throwable failure) {
            heard.complete(code(failure));
          }
        };
    try (BigIntVector column = new BigIntVector("a", allocator);
        VectorSchemaRoot batch = VectorSchemaRoot.of(column)) {
      column.allocateNew(MESSAGE / 8);
      column.setValueCount(MESSAGE / 8);
      batch.setRowCount(MESSAGE / 8);
      var out = client.startPut(FlightDescriptor.path("t"), batch, acks, options);
      out.putNext();
      out.completed();
    }
    return heard;
  }

  private static ErrorCode code(Throwable failure) {
    FlightRuntimeException flight = (FlightRuntimeException) failure;
    assertThat(flight.status().metadata().get(ErrorText.RETRYABLE_KEY)).isEqualTo("true");
    return ErrorCode.valueOf(flight.status().metadata().get(ErrorText.CODE_KEY));
  }

  private List<CompletableFuture<ErrorCode>> stalled(int count) throws Exception {
    List<CompletableFuture<ErrorCode>> appends = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long before = door.inboundBytes();
      appends.add(append(client(relay.port())));
      eventually(() -> hasStalled(before));
      clock.advance(1_000_000);
    }
    return appends;
  }

  @Test
  void othersAppendWhileStalledOnesAreClosedForRoom() throws Exception {
    List<CompletableFuture<ErrorCode>> stalled = stalled(4);
    assertThat(door.inboundBytes()).isGreaterThan(LIMIT);
    // Nobody has stood still for a second: this one goes through as it is.
    assertThat(append(direct, within(10)).join()).isNull();
    stalled.forEach(append -> assertThat(append).isNotDone());
    clock.advance(InboundMemory.STALLED_NANOS);
    assertThat(stalled.get(0).get(10, TimeUnit.SECONDS)).isEqualTo(ErrorCode.OVERLOADED);
    eventually(() -> door.inboundBytes() <= LIMIT);
    assertThat(append(direct, within(10)).join()).isNull();
    assertThat(stalled.get(3)).isNotDone();
    assertThat(afterSilence(stalled.get(3))).isEqualTo(ErrorCode.UNAVAILABLE);
    eventually(() -> door.openStreams() == 0 && door.inboundBytes() == 0);
    assertThat(append(direct, within(10)).join()).isNull();
    assertThat(api.rows(TablePath.parse("default.t"))).isEqualTo(3 * MESSAGE / 8);
  }

  @Test
  void callsOfOneMessageCountAsWell() throws Exception {
    Action large =
        new Action("no-such-action", "x".repeat(MESSAGE).getBytes(StandardCharsets.UTF_8));
    List<CompletableFuture<ErrorCode>> actions = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      FlightClient client = client(relay.port());
      long before = door.inboundBytes();
      actions.add(
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  client.doAction(large).forEachRemaining(result -> {});
                  return null;
                } catch (FlightRuntimeException failure) {
                  return code(failure);
                }
              },
              task -> new Thread(task, "stalled-action").start()));
      eventually(() -> hasStalled(before));
      clock.advance(1_000_000);
    }
    clock.advance(InboundMemory.STALLED_NANOS);
    assertThat(actions.get(0).get(10, TimeUnit.SECONDS)).isEqualTo(ErrorCode.OVERLOADED);
    assertThat(actions.get(3)).isNotDone();
    assertThat(afterSilence(actions.get(3))).isEqualTo(ErrorCode.UNAVAILABLE);
    eventually(() -> door.inboundBytes() == 0);
  }

  /**
   * What the call hears once nothing has come of its message for long. The last bytes that the
   * relay lets through may arrive after time has passed here: then more of it passes.
   */
  private ErrorCode afterSilence(CompletableFuture<ErrorCode> call) throws Exception {
    while (true) {
      clock.advance(InboundMemory.GIVEN_UP_NANOS);
      try {
        return call.get(1, TimeUnit.SECONDS);
      } catch (TimeoutException lateBytes) {
        // JUnit's timeout ends this if no silence ends the call.
      }
    }
  }

  private static CallOption within(int seconds) {
    return CallOptions.timeout(seconds, TimeUnit.SECONDS);
  }

  /** Lets the first bytes of each client through, and holds back the rest for ever. */
  private static final class StallingRelay implements Closeable {
    private final ServerSocket listener;
    private final int target;
    private final Queue<Closeable> open = new ConcurrentLinkedQueue<>();

    StallingRelay(int target) throws IOException {
      this.target = target;
      this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
      start(
          () -> {
            while (true) {
              Socket client = listener.accept();
              Socket server = new Socket(InetAddress.getLoopbackAddress(), this.target);
              open.add(client);
              open.add(server);
              start(() -> pump(client, server, LET_THROUGH));
              start(() -> pump(server, client, Integer.MAX_VALUE));
            }
          });
    }

    int port() {
      return listener.getLocalPort();
    }

    private interface Work {
      void run() throws IOException;
    }

    private static void start(Work work) {
      Thread thread =
          new Thread(
              () -> {
                try {
                  work.run();
                } catch (IOException closed) {
                  // The test is at its end.
                }
              },
              "relay");
      thread.setDaemon(true);
      thread.start();
    }

    private static void pump(Socket from, Socket to, int limit) throws IOException {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] buffer = new byte[16 * KIB];
      int left = limit;
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        int passed = Math.min(read, left);
        out.write(buffer, 0, passed);
        left -= passed;
      }
    }

    @Override
    public void close() throws IOException {
      listener.close();
      for (Closeable socket : open) {
        socket.close();
      }
    }
  }
}
