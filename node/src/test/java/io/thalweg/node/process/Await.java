package io.thalweg.node.process;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for a condition that another process makes true, until a deadline. Stateless. */
public final class Await {
  private static final long POLL_NANOS = Duration.ofMillis(10).toNanos();

  private Await() {}

  /** Returns once {@code condition} holds; fails with {@code what} when it takes too long. */
  public static void until(Duration limit, Supplier<String> what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + limit.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("not within " + limit + ": " + what.get());
      }
      pause();
    }
  }

  /** Sleeps a moment before the next check. */
  public static void pause() {
    LockSupport.parkNanos(POLL_NANOS);
  }

  /**
   * Whether a process listens on {@code port} of this machine; takes a moment if none does. For
   * clients that reconnect: this costs far less than a Flight client without a server.
   */
  public static boolean listening(int port) {
    try (Socket probe = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return probe.isConnected();
    } catch (IOException nobody) {
      LockSupport.parkNanos(5 * POLL_NANOS);
      return false;
    }
  }
}
