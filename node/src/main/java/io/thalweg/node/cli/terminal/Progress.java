package io.thalweg.node.cli.terminal;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;

/** A progress line on standard error, if that is a terminal. One thread. */
public final class Progress {
  private static final int WIDTH = 30;
  private static final long SHOWN_EVERY_NANOS = 100_000_000L;
  private final PrintWriter err;
  private final long total;
  private final boolean shown;
  private final long begin;
  private long lastShown;

  @SuppressWarnings("SystemConsoleNull") // from Java 22 on, at worst one more line in a file
  public Progress(PrintWriter err, long total, boolean quiet, long begin) {
    this.err = err;
    this.total = total;
    this.shown = !quiet && System.console() != null;
    this.begin = begin;
  }

  public void show(long rows) {
    long now = System.nanoTime();
    if (shown && now - lastShown > SHOWN_EVERY_NANOS) {
      lastShown = now;
      print(rows, now);
    }
  }

  /** Waits for {@code done} and updates the line meanwhile. */
  public void showUntil(CompletableFuture<?> done, LongSupplier rows) throws InterruptedException {
    while (true) {
      try {
        done.get(SHOWN_EVERY_NANOS, TimeUnit.NANOSECONDS);
        return;
      } catch (TimeoutException notYet) {
        show(rows.getAsLong());
      } catch (ExecutionException failure) {
        throw new CompletionException(failure.getCause());
      }
    }
  }

  private void print(long rows, long now) {
    double rate = rows / Math.max(1e-9, (now - begin) / 1e9);
    if (total > 0) {
      int done = (int) (WIDTH * Math.min(rows, total) / total);
      err.printf(
          Locale.ROOT,
          "\r[%s%s] %3d %%  %,d rows, %,.0f rows/s ",
          "#".repeat(done),
          ".".repeat(WIDTH - done),
          100 * rows / total,
          rows,
          rate);
    } else {
      err.printf(Locale.ROOT, "\r%,d rows, %,.0f rows/s ", rows, rate);
    }
    err.flush();
  }

  public void end(long rows) {
    if (shown) {
      print(rows, System.nanoTime());
      err.println();
    }
  }
}
