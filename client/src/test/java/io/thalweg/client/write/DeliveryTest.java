package io.thalweg.client.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.nio.NioEventLoopGroup;
import io.thalweg.client.route.LinkSecurity;
import io.thalweg.client.route.Routing;
import io.thalweg.client.route.ServerActions;
import io.thalweg.client.route.ServerLink;
import io.thalweg.client.route.ServerLinks;
import io.thalweg.client.route.TableAccess;
import io.thalweg.client.route.TablePartitions;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.AppendAck;
import io.thalweg.format.json.TableJson;
import io.thalweg.format.json.WriterId;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.frontend.flight.FlightConfig;
import io.thalweg.frontend.flight.FlightFrontDoor;
import io.thalweg.frontend.flight.MemoryServerApi;
import io.thalweg.runtime.SystemClock;
import io.thalweg.runtime.ThreadEventLoop;
import io.thalweg.wire.OwnRows;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.arrow.flight.Location;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What happens to batches that the client itself cannot send. */
@Timeout(60)
class DeliveryTest {
  private static final TablePath TABLE = TablePath.parse("default.t");

  private final RootAllocator allocator = new RootAllocator();
  private final SystemClock clock = new SystemClock();
  private final Budget budget = new Budget(clock, 1 << 20);

  /** One row of {@code columns} columns that claims to have the table's schema. */
  private SealedBatch batch(TableInfo table, int columns) {
    BigIntVector first = new BigIntVector("a", allocator);
    BigIntVector second = new BigIntVector("b", allocator);
    first.setSafe(0, 1);
    second.setSafe(0, 2);
    try (VectorSchemaRoot both = VectorSchemaRoot.of(first, second)) {
      both.setRowCount(1);
      VectorSchemaRoot rows =
          new VectorSchemaRoot(
              both.getSchema().getFields().subList(0, columns),
              both.getFieldVectors().subList(0, columns),
              1);
      return new SealedBatch(
          OwnRows.copied(rows, allocator),
          table.schema().toArrow(),
          0,
          0,
          new CompletableFuture<>());
    }
  }

  /** Routes all buckets to one server, which has no more writer ids. */
  private static Routing only(ServerLink server) {
    return new Routing() {
      @Override
      public ServerLink server(int bucket) {
        return server;
      }

      @Override
      public void refresh(Runnable then) {
        then.run();
      }

      @Override
      public void openWriter(Consumer<WriterId> then) {
        then.accept(null);
      }
    };
  }

  private static void fails(CompletableFuture<AppendAck> ack, ErrorCode code, String containing) {
    // Well before the writer's own timeout of two minutes.
    assertThatThrownBy(() -> ack.get(20, TimeUnit.SECONDS))
        .cause()
        .isInstanceOfSatisfying(
            ThalwegException.class, error -> assertThat(error.code()).isEqualTo(code))
        .hasMessageContaining(containing);
  }

  @Test
  void whatCannotBeSentFailsAtOnce() throws Exception {
    MemoryServerApi api = new MemoryServerApi();
    FlightFrontDoor door =
        new FlightFrontDoor(new FlightConfig("127.0.0.1", 0, 8 << 20, 100, 4 << 20), api);
    ThreadEventLoop loop = ThreadEventLoop.logging("test");
    ExecutorService callbacks = Executors.newCachedThreadPool();
    NioEventLoopGroup sockets = new NioEventLoopGroup(1);
    ServerLinks links =
        new ServerLinks(
            allocator,
            callbacks,
            sockets,
            LinkSecurity.NONE,
            Location.forGrpcInsecure("127.0.0.1", door.start()));
    ServerActions actions = new ServerActions(links.own().flight(), 60);
    byte[] create =
        TableJson.write(
            new TableJson.CreateTable(TABLE, TableJson.descriptor("a BIGINT, b BIGINT", 1), false));
    TableInfo table = TableJson.readInfo(actions.change("create-table", create).get(0));
    Delivery delivery =
        new Delivery(
            new TableAccess(
                table,
                only(links.own()),
                new TablePartitions(actions, clock, table),
                loop,
                clock,
                allocator),
            Optional.of(actions.openWriter()),
            Duration.ofMinutes(2),
            budget,
            batch -> {});
    SealedBatch stored = batch(table, 2);
    SealedBatch unsendable = batch(table, 1);
    SealedBatch behind = batch(table, 2);
    SealedBatch late = batch(table, 2);

    loop.execute(() -> delivery.add(stored));
    assertThat(stored.ack.get(20, TimeUnit.SECONDS)).isNotNull();
    loop.execute(() -> List.of(unsendable, behind).forEach(delivery::add));
    fails(unsendable.ack, ErrorCode.INTERNAL, "nothing of it is stored");
    fails(behind.ack, ErrorCode.UNAVAILABLE, "another batch of this writer could not be sent");
    loop.execute(() -> delivery.add(late));
    fails(late.ack, ErrorCode.UNAVAILABLE, "could not be sent");
    CompletableFuture<Void> flushed = new CompletableFuture<>();
    loop.execute(() -> delivery.whenSettled(flushed));
    flushed.get(20, TimeUnit.SECONDS);

    loop.execute(delivery::close);
    links.shutdown(5);
    sockets.shutdownGracefully(0, 5, TimeUnit.SECONDS).await();
    callbacks.shutdown();
    assertThat(callbacks.awaitTermination(5, TimeUnit.SECONDS)).isTrue();
    links.close();
    loop.close();
    door.close();
    api.close();
    allocator.close();
  }
}
