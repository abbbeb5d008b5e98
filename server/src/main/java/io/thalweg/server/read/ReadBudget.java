package io.thalweg.server.read;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.api.ReadPermit;
import io.thalweg.server.api.ReadShare;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bounds the memory that all streams of readers hold. A stream that holds nothing may use all of
 * it. What a stream reads ahead stays within its share of half of it, so streams that read ahead
 * never keep out those that hold nothing. Waiting streams are served in turn, those first that were
 * given the fewest bytes. One piece at a time may exceed the limit, however large it is: so the
 * first in turn continues even if others, slow or waiting for this one, hold everything.
 *
 * <p>Any thread may reserve and give back; the server's loop owns the queues of what waits.
 */
public final class ReadBudget {
  private static final int SMALLEST_PIECE = 64 << 10;
  private static final int PIECES = 8;

  private final EventLoop loop;
  private final long limit;
  private final AtomicLong used = new AtomicLong();
  private final AtomicInteger shares = new AtomicInteger();
  private final AtomicInteger waitingCount = new AtomicInteger();
  private final AtomicBoolean beyondOut = new AtomicBoolean();

  /** The shares with something in their queues. */
  private final Set<Share> waiting = new LinkedHashSet<>();

  private record Waiting(long bytes, CompletableFuture<ReadPermit> permit) {}

  /** A budget of {@code limit} bytes. */
  public ReadBudget(EventLoop loop, long limit) {
    this.loop = loop;
    this.limit = limit;
  }

  /** Bytes set aside now. */
  public long used() {
    return used.get();
  }

  /** How many pieces wait for memory. */
  public int waiting() {
    return waitingCount.get();
  }

  /** A share for one more stream. */
  public ReadShare open() {
    shares.incrementAndGet();
    return new Share();
  }

  /** Serves the shares that wait, on the loop. */
  private void serve() {
    boolean served = true;
    while (served && !waiting.isEmpty()) {
      served = false;
      // A share that holds nothing goes first; while it finds no room, no other share overtakes it.
      Optional<Share> empty =
          waiting.stream().filter(share -> share.held.get() == 0).min(byBytesGiven());
      Optional<Share> next =
          empty.isPresent()
              ? empty
              : waiting.stream().filter(Share::mayReadAhead).min(byBytesGiven());
      if (next.isPresent()) {
        served = next.get().serveFirst();
      }
    }
  }

  private static Comparator<Share> byBytesGiven() {
    return Comparator.comparingLong(share -> share.given);
  }

  private boolean take(long bytes, long most) {
    long before = used.get();
    while (before + bytes <= most) {
      if (used.compareAndSet(before, before + bytes)) {
        return true;
      }
      before = used.get();
    }
    return false;
  }

  private void giveBack(long bytes) {
    used.addAndGet(-bytes);
    if (waitingCount.get() > 0) {
      loop.execute(this::serve);
    }
  }

  /** The queue belongs to the loop. */
  private final class Share implements ReadShare {
    private final AtomicLong held = new AtomicLong();
    private final AtomicLong usual = new AtomicLong();
    private final AtomicBoolean open = new AtomicBoolean(true);
    private final ArrayDeque<Waiting> queue = new ArrayDeque<>();

    /** Bytes given to it after it had to wait. */
    private long given;

    @Override
    public int piece() {
      long even = limit / PIECES / Math.max(1, shares.get());
      return (int) Math.min(Integer.MAX_VALUE, Math.max(SMALLEST_PIECE, even));
    }

    @Override
    public long usual() {
      return usual.get();
    }

    @Override
    public CompletableFuture<ReadPermit> reserve(long bytes) {
      if (waitingCount.get() == 0 && open.get()) {
        ReadPermit now = take(bytes);
        if (now != null) {
          return CompletableFuture.completedFuture(now);
        }
      }
      CompletableFuture<ReadPermit> permit = new CompletableFuture<>();
      waitingCount.incrementAndGet();
      loop.execute(
          () -> {
            if (!open.get()) {
              waitingCount.decrementAndGet();
              permit.completeExceptionally(ended());
              return;
            }
            if (queue.isEmpty()) {
              // A share that comes back gets no credit for the time when it asked for nothing.
              given =
                  Math.max(given, waiting.stream().mapToLong(each -> each.given).min().orElse(0));
              waiting.add(this);
            }
            queue.addLast(new Waiting(bytes, permit));
            serve();
          });
      return permit;
    }

    private ThalwegException ended() {
      return new ThalwegException(ErrorCode.CLOSING, "the stream has ended");
    }

    boolean mayReadAhead() {
      return fitsAhead(queue.peekFirst().bytes);
    }

    private boolean fitsAhead(long bytes) {
      return held.get() + bytes <= limit / 2 / Math.max(1, shares.get())
          && used.get() + bytes <= limit / 2;
    }

    /** Takes memory; null where there is no room. */
    private ReadPermit take(long bytes) {
      boolean first = held.get() == 0;
      boolean beyond = false;
      if (first ? !ReadBudget.this.take(bytes, limit) : !takeAhead(bytes)) {
        beyond = first && beyondOut.compareAndSet(false, true);
        if (!beyond) {
          return null;
        }
        used.addAndGet(bytes);
      }
      held.addAndGet(bytes);
      return new Permit(this, bytes, beyond);
    }

    private boolean takeAhead(long bytes) {
      return fitsAhead(bytes) && ReadBudget.this.take(bytes, limit / 2);
    }

    /** Serves the first request that waits; returns false where there is no room. */
    boolean serveFirst() {
      Waiting first = queue.peekFirst();
      ReadPermit permit = take(first.bytes);
      if (permit == null) {
        return false;
      }
      given += first.bytes;
      queue.removeFirst();
      waitingCount.decrementAndGet();
      if (queue.isEmpty()) {
        waiting.remove(this);
      }
      if (!first.permit.complete(permit)) {
        permit.close();
      }
      return true;
    }

    @Override
    public void close() {
      if (!open.compareAndSet(true, false)) {
        return;
      }
      shares.decrementAndGet();
      loop.execute(
          () -> {
            waiting.remove(this);
            for (Iterator<Waiting> each = queue.iterator(); each.hasNext(); ) {
              Waiting ended = each.next();
              each.remove();
              waitingCount.decrementAndGet();
              ended.permit.completeExceptionally(ended());
            }
            serve();
          });
    }
  }

  private final class Permit implements ReadPermit {
    private static final long CLOSED = -1;

    private final Share share;
    private final boolean beyond;
    private final AtomicLong size;

    Permit(Share share, long bytes, boolean beyond) {
      this.share = share;
      this.beyond = beyond;
      this.size = new AtomicLong(bytes);
    }

    @Override
    public long bytes() {
      return Math.max(0, size.get());
    }

    @Override
    public void resize(long bytes) {
      long before = size.get();
      while (before != CLOSED) {
        if (size.compareAndSet(before, bytes)) {
          share.held.addAndGet(bytes - before);
          share.usual.set(bytes);
          giveBack(before - bytes);
          return;
        }
        before = size.get();
      }
    }

    @Override
    public void close() {
      long before = size.getAndSet(CLOSED);
      if (before != CLOSED) {
        share.held.addAndGet(-before);
        if (beyond) {
          beyondOut.set(false);
        }
        giveBack(before);
      }
    }
  }
}
