package io.thalweg.client;

import static org.assertj.core.api.Assertions.assertThatCode;

import io.thalweg.frontend.flight.FlightConfig;
import io.thalweg.frontend.flight.FlightFrontDoor;
import io.thalweg.frontend.flight.MemoryServerApi;
import io.thalweg.runtime.EventLoop;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.apache.arrow.flight.Location;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A connection is closed while a thread of gRPC still holds an acknowledgement. */
@Timeout(60)
class ConnectionCloseTest {

  private static final StackWalker STACK = StackWalker.getInstance();

  /**
   * Passes on each task at once, but blocks a thread that delivers a message until {@code letGo}.
   */
  private record HoldingLoop(EventLoop loop, CountDownLatch letGo) implements EventLoop {
    @Override
    public void execute(Runnable task) {
      loop.execute(task);
      if (STACK.walk(frames -> frames.anyMatch(frame -> frame.getMethodName().equals("onNext")))) {
        try {
          letGo.await();
        } catch (InterruptedException interrupted) {
          throw new IllegalStateException(interrupted);
        }
      }
    }

    @Override
    public Cancellable schedule(long delayNanos, Runnable task) {
      return loop.schedule(delayNanos, task);
    }

    @Override
    public boolean inLoop() {
      return loop.inLoop();
    }
  }

  @Test
  void closingWaitsForTheMemoryThatACallbackHolds() throws Exception {
    CountDownLatch letGo = new CountDownLatch(1);
    try (MemoryServerApi api = new MemoryServerApi();
        FlightFrontDoor door =
            new FlightFrontDoor(new FlightConfig("127.0.0.1", 0, 8 << 20, 100, 4 << 20), api)) {
      int port = door.start();
      ThalwegConnection connection =
          new ThalwegConnection(
              Location.forGrpcInsecure("127.0.0.1", port), loop -> new HoldingLoop(loop, letGo));
      connection.admin().createTable("default.t", "id BIGINT NOT NULL", 1);
      try (TableWriter writer = connection.writer("default.t")) {
        writer.append(1L).join();
      }
      CompletableFuture<Void> closed = CompletableFuture.runAsync(connection::close);
      while (!connection.isDisconnected() && !closed.isDone()) {
        Thread.onSpinWait();
      }
      letGo.countDown();
      assertThatCode(closed::join).doesNotThrowAnyException();
    }
  }
}
