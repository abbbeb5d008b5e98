package io.thalweg.frontend.flight;

import java.util.concurrent.CountDownLatch;

/** Runs the door before a server in memory, to try clients by hand. */
final class MemoryServerMain {
  private MemoryServerMain() {}

  /** The one argument is the port. */
  public static void main(String[] arguments) throws Exception {
    FlightConfig config =
        new FlightConfig("127.0.0.1", Integer.parseInt(arguments[0]), 64 << 20, 1000, 16 << 20);
    try (MemoryServerApi api = new MemoryServerApi();
        FlightFrontDoor door = new FlightFrontDoor(config, api)) {
      int port = door.start();
      System.out.println("grpc://127.0.0.1:" + port);
      new CountDownLatch(1).await();
    }
  }
}
