package io.thalweg.node.cli.terminal;

import java.util.concurrent.CountDownLatch;

/**
 * Keeps a process running until a signal ends it (SIGTERM, SIGINT), then closes its parts in order.
 */
public final class UntilSignalled {
  private final CountDownLatch ended = new CountDownLatch(1);

  /** From now on {@code close} runs when a signal ends the process. */
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

  /** Waits until the parts are closed. */
  public void await() throws InterruptedException {
    ended.await();
  }
}
