package io.thalweg.node.cli.terminal;

import java.util.concurrent.CountDownLatch;

/**
 * Keeps a process running until it is told to end (SIGTERM, SIGINT), then ends its parts in order.
 */
public final class UntilSignalled {
  private final CountDownLatch ended = new CountDownLatch(1);

  /** From now on, {@code close} runs when the process is told to end. */
  public UntilSignalled(Runnable close) {
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  close.run();
                  ended.countDown();
                },
                "thalweg-shutdown"));
  }

  /** Waits until the parts have ended. */
  public void await() throws InterruptedException {
    ended.await();
  }
}
