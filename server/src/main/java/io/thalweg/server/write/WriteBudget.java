package io.thalweg.server.write;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.api.WritePermit;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bounds the memory of appends under way. Any thread may reserve and give back; waiting appends are
 * in a queue that the server's loop owns.
 */
public final class WriteBudget {
  private static final int MAX_WAITING = 10_000;

  private final EventLoop loop;
  private final long limit;
  private final AtomicLong used = new AtomicLong();
  private final AtomicInteger waitingCount = new AtomicInteger();
  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();

  private record Waiting(long bytes, CompletableFuture<WritePermit> permit) {}

  /** A budget of {@code limit} bytes. */
  public WriteBudget(EventLoop loop, long limit) {
    this.loop = loop;
    this.limit = limit;
  }

  /** Bytes reserved now. */
  public long used() {
    return used.get();
  }

  /** The number of appends that wait for memory. */
  public int waiting() {
    return waitingCount.get();
  }

  /** Reserves {@code bytes}, and waits until there are enough. */
  public CompletableFuture<WritePermit> reserve(long bytes) {
    if (bytes > limit / 2) {
      return CompletableFuture.failedFuture(
          new ThalwegException(
              ErrorCode.TOO_LARGE,
              "an append of "
                  + bytes
                  + " bytes is over half the memory for writes, "
                  + limit
                  + " bytes; send smaller batches"));
    }
    if (waitingCount.get() == 0 && take(bytes)) {
      return CompletableFuture.completedFuture(new Permit(bytes));
    }
    if (waitingCount.incrementAndGet() > MAX_WAITING) {
      waitingCount.decrementAndGet();
      return CompletableFuture.failedFuture(
          new ThalwegException(
              ErrorCode.OVERLOADED, "too many appends wait for memory; try again shortly"));
    }
    CompletableFuture<WritePermit> permit = new CompletableFuture<>();
    loop.execute(
        () -> {
          waiting.addLast(new Waiting(bytes, permit));
          serve();
        });
    return permit;
  }

  private boolean take(long bytes) {
    long before = used.get();
    while (before + bytes <= limit) {
      if (used.compareAndSet(before, before + bytes)) {
        return true;
      }
      before = used.get();
    }
    return false;
  }

  private void serve() {
    while (!waiting.isEmpty() && take(waiting.peekFirst().bytes)) {
      Waiting first = waiting.removeFirst();
      waitingCount.decrementAndGet();
      Permit permit = new Permit(first.bytes);
      if (!first.permit.complete(permit)) {
        permit.close();
      }
    }
  }

  private final class Permit implements WritePermit {
    private final long bytes;
    private final AtomicBoolean open = new AtomicBoolean(true);

    Permit(long bytes) {
      this.bytes = bytes;
    }

    @Override
    public long bytes() {
      return bytes;
    }

    @Override
    public void close() {
      if (open.compareAndSet(true, false)) {
        used.addAndGet(-bytes);
        if (waitingCount.get() > 0) {
          loop.execute(WriteBudget.this::serve);
        }
      }
    }
  }
}
