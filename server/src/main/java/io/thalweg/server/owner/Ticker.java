package io.thalweg.server.owner;

import io.thalweg.runtime.EventLoop;
import java.time.Duration;

/**
 * Calls a check at every interval while an incarnation of this server is open. Owned by the
 * server's loop.
 */
public final class Ticker {
  private final EventLoop loop;
  private final long intervalNanos;
  private final Runnable check;
  private long incarnation;

  /** Idle until {@link #open}. */
  public Ticker(EventLoop loop, Duration interval, Runnable check) {
    this.loop = loop;
    this.intervalNanos = interval.toNanos();
    this.check = check;
  }

  /** Begins for {@code newIncarnation}; the first check comes after one interval. */
  public void open(long newIncarnation) {
    incarnation = newIncarnation;
    checkLater(newIncarnation);
  }

  /** Stops the checks. */
  public void close() {
    incarnation = 0;
  }

  /** The open incarnation; 0 while idle. */
  public long incarnation() {
    return incarnation;
  }

  private void checkLater(long mine) {
    loop.schedule(
        intervalNanos,
        () -> {
          if (incarnation == mine) {
            check.run();
            checkLater(mine);
          }
        });
  }
}
