package io.thalweg.frontend.flight;

import io.thalweg.runtime.Clock;
import java.util.List;
import java.util.function.Consumer;
import java.util.logging.Filter;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * Keeps gRPC's messages about connections out of the log, because a client that vanishes, or a peer
 * that is no client, is no news and would be a stack trace. Lack of memory is news: it is reported,
 * once a minute. Any thread.
 */
final class QuietLog implements Filter {
  private static final long TELL_EVERY_NANOS = 60_000_000_000L;
  private static final int MAX_CAUSES = 20;

  /** The references keep the filter, because the JDK forgets loggers that nobody holds. */
  private static final List<Logger> LOGGERS =
      List.of(
          Logger.getLogger("io.grpc.netty.NettyServerHandler"),
          Logger.getLogger("io.grpc.netty.NettyServerTransport.connections"),
          Logger.getLogger("io.grpc.netty.NettyServerTransport"));

  private final Clock clock;
  private final Consumer<Throwable> shortOfMemory;
  private long nextTime;
  private boolean told;

  QuietLog(Clock clock, Consumer<Throwable> shortOfMemory) {
    this.clock = clock;
    this.shortOfMemory = shortOfMemory;
  }

  /** Begins to listen, in place of the previous listener. */
  void attach() {
    for (Logger logger : LOGGERS) {
      logger.setLevel(Level.FINE);
      logger.setFilter(this);
    }
  }

  @Override
  public boolean isLoggable(LogRecord record) {
    Throwable cause = record.getThrown();
    for (int depth = 0; cause != null && depth < MAX_CAUSES; depth++, cause = cause.getCause()) {
      if (cause instanceof OutOfMemoryError) {
        if (isTime()) {
          shortOfMemory.accept(cause);
        }
        return false;
      }
    }
    return record.getLevel().intValue() >= Level.SEVERE.intValue();
  }

  private synchronized boolean isTime() {
    long now = clock.nanoTime();
    if (told && now - nextTime < 0) {
      return false;
    }
    told = true;
    nextTime = now + TELL_EVERY_NANOS;
    return true;
  }
}
