package io.thalweg.frontend.flight.inbound;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.runtime.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Accounts for the incoming messages of all connections, from their first byte until another part
 * accounts for them or they are dropped, and decides which calls to close when they take too much
 * memory.
 *
 * <p>While there is room, it closes no call for lack of memory. Beyond the limit it closes the call
 * that has made no progress for longest, if that is at least {@link #STALLED_NANOS}, so a client
 * that keeps sending may continue. Beyond twice the limit it closes the slowest call in any case,
 * and stops all reading until there is room again, that is until a call has ended. It cuts off a
 * call that does not end in time. Even with room, it gives up a message of which nothing more
 * arrives for {@link #GIVEN_UP_NANOS}.
 *
 * <p>Any thread; it makes no outside call while it holds its monitor.
 */
public final class InboundMemory {
  /** A call without progress for this long may be closed when memory is short. */
  public static final long STALLED_NANOS = 1_000_000_000L;

  /** A message of which nothing more arrived for this long is given up. */
  public static final long GIVEN_UP_NANOS = 60_000_000_000L;

  /** This many bytes of a message count as progress; a few bytes now and then do not. */
  static final long PROGRESS_BYTES = 64 << 10;

  private static final long END_NANOS = 10 * STALLED_NANOS;

  /** The time between two searches for a call to close, which take a while with many calls. */
  private static final long SHORT_EVERY_NANOS = 10_000_000L;

  private static final long FULL_EVERY_NANOS = 1_000_000L;

  private final long limit;
  private final Clock clock;
  private final Sockets sockets;
  // Guarded by this object's monitor, as are the shares.
  private final Set<Share> shares = new LinkedHashSet<>();
  private long total;
  private long nextChoice;
  private boolean paused;

  /** The sockets, from which the bytes come. */
  @FunctionalInterface
  public interface Sockets {
    /** Stops all reading, or lets it continue. A repeated call does nothing. */
    void pause(boolean pause);
  }

  /** Ends a call early. Both methods may be called at any time, on any thread. */
  public interface Call {
    /** Takes nothing more, answers what was taken, then ends with this failure. */
    void shed(ThalwegException why);

    /** Ends now, because an orderly end took too long. */
    void cutOff(ThalwegException why);
  }

  private enum Stage {
    OPEN,
    SHED,
    CUT,
    CLOSED
  }

  /** A notice to a call, sent after the monitor is released. */
  private record Verdict(Call call, Stage stage, ThalwegException why) {
    void tell() {
      if (stage == Stage.CUT) {
        call.cutOff(why);
      } else {
        call.shed(why);
      }
    }
  }

  /**
   * Holds nothing yet.
   *
   * @param limit bytes beyond which stalled calls are closed
   */
  public InboundMemory(long limit, Clock clock, Sockets sockets) {
    this.limit = limit;
    this.clock = clock;
    this.sockets = sockets;
    this.nextChoice = clock.nanoTime();
  }

  /** One call's messages. */
  public final class Share implements AutoCloseable {
    private final ArrayDeque<Long> unread = new ArrayDeque<>();
    private final ArrayDeque<Long> whole = new ArrayDeque<>();
    private long partial;
    private long held;
    private long sinceProgress;
    private long progressAt = clock.nanoTime();
    private long bytesAt = progressAt;
    private long toldAt;
    private Stage stage = Stage.OPEN;
    private ThalwegException why;
    private Call call;

    private Share() {}

    /** Sets how to end the call early. */
    public void endsBy(Call how) {
      Verdict late;
      synchronized (InboundMemory.this) {
        call = how;
        late = why == null ? null : new Verdict(how, stage, why);
      }
      if (late != null) {
        late.tell();
      }
    }

    /** Notes that more of a message arrived, which takes this much memory. */
    public void arrived(long bytes) {
      List<Verdict> verdicts = List.of();
      synchronized (InboundMemory.this) {
        if (stage == Stage.CLOSED || bytes == 0) {
          return;
        }
        long now = clock.nanoTime();
        bytesAt = now;
        sinceProgress += bytes;
        if (partial == 0 || sinceProgress >= PROGRESS_BYTES) {
          progressed(now);
        }
        partial += bytes;
        held += bytes;
        total += bytes;
        if (total > limit && (now - nextChoice >= 0 || mustTurn())) {
          verdicts = choose(now);
        }
      }
      turn();
      verdicts.forEach(Verdict::tell);
    }

    /** Notes that the arriving message is whole; its bytes count until {@link #read}. */
    public void complete() {
      synchronized (InboundMemory.this) {
        if (stage != Stage.CLOSED) {
          unread.add(partial);
          partial = 0;
          progressed(clock.nanoTime());
        }
      }
    }

    /** Notes that the oldest whole message was read, and takes this much until {@link #taken}. */
    public void read(long bytes) {
      synchronized (InboundMemory.this) {
        if (unread.isEmpty()) {
          return;
        }
        long more = bytes - unread.remove();
        whole.add(bytes);
        held += more;
        total += more;
      }
      turn();
    }

    /**
     * Notes that the oldest read message was dropped, or that another part accounts for its memory.
     */
    public void taken() {
      synchronized (InboundMemory.this) {
        if (!whole.isEmpty()) {
          long bytes = whole.remove();
          held -= bytes;
          total -= bytes;
          progressed(clock.nanoTime());
        }
      }
      turn();
    }

    private void progressed(long now) {
      progressAt = now;
      sinceProgress = 0;
    }

    /** Notes that the call has ended, and holds nothing. */
    @Override
    public void close() {
      synchronized (InboundMemory.this) {
        stage = Stage.CLOSED;
        shares.remove(this);
        total -= held;
        held = 0;
        partial = 0;
        unread.clear();
        whole.clear();
      }
      turn();
    }
  }

  private boolean mustTurn() {
    return paused != total > 2 * limit;
  }

  /** Stops the sockets, or lets them continue. */
  private void turn() {
    boolean pause;
    synchronized (this) {
      if (!mustTurn()) {
        return;
      }
      paused = !paused;
      pause = paused;
    }
    sockets.pause(pause);
  }

  /** A call that holds nothing yet. */
  public synchronized Share open() {
    Share share = new Share();
    shares.add(share);
    return share;
  }

  /** Bytes held now. */
  public synchronized long total() {
    return total;
  }

  /** Checks calls that are silent. Called several times a second. */
  public void check() {
    List<Verdict> verdicts = new ArrayList<>();
    synchronized (this) {
      long now = clock.nanoTime();
      for (Share share : shares) {
        if (share.stage == Stage.SHED && now - share.toldAt >= timeToEnd()) {
          verdicts.addAll(tell(share, Stage.CUT, share.why, now));
        } else if (share.stage == Stage.OPEN
            && share.partial > 0
            && now - share.bytesAt >= GIVEN_UP_NANOS) {
          verdicts.addAll(tell(share, Stage.SHED, givenUp(share, now), now));
        }
      }
      verdicts.addAll(choose(now));
    }
    verdicts.forEach(Verdict::tell);
    turn();
    // Two threads that switched at the same time may have told the sockets in the other order.
    sockets.pause(isPaused());
  }

  private synchronized boolean isPaused() {
    return paused;
  }

  /** How long a closed call may take to finish what it has begun. */
  private long timeToEnd() {
    return total > limit ? STALLED_NANOS : END_NANOS;
  }

  /** Chooses calls to close until their ends free enough memory. */
  private List<Verdict> choose(long now) {
    List<Verdict> verdicts = new ArrayList<>();
    long staying = total;
    for (Share share : shares) {
      staying -= isLeaving(share, now) ? share.held : 0;
    }
    while (staying > limit) {
      Share slowest = slowest(now, staying > 2 * limit);
      if (slowest == null) {
        break;
      }
      verdicts.addAll(tell(slowest, Stage.SHED, overloaded(slowest, now), now));
      staying -= slowest.held;
    }
    nextChoice = now + (staying > 2 * limit ? FULL_EVERY_NANOS : SHORT_EVERY_NANOS);
    return verdicts;
  }

  private static boolean isLeaving(Share share, long now) {
    return share.stage != Stage.OPEN && now - share.toldAt < STALLED_NANOS;
  }

  /**
   * The call that has made no progress for longest, among those whose end frees memory; null for
   * none.
   */
  private Share slowest(long now, boolean full) {
    Share slowest = null;
    for (Share share : shares) {
      if (share.stage == Stage.OPEN
          && share.held > 0
          && (full || (isLarge(share) && now - share.progressAt >= STALLED_NANOS))
          && (slowest == null || isSlower(share, slowest))) {
        slowest = share;
      }
    }
    return slowest;
  }

  private static boolean isSlower(Share one, Share other) {
    return isLarge(one) == isLarge(other) ? one.progressAt - other.progressAt < 0 : isLarge(one);
  }

  /** Ending a call with few bytes makes no room. */
  private static boolean isLarge(Share share) {
    return share.held >= PROGRESS_BYTES;
  }

  private static List<Verdict> tell(Share share, Stage stage, ThalwegException why, long now) {
    share.stage = stage;
    share.why = why;
    share.toldAt = now;
    return share.call == null ? List.of() : List.of(new Verdict(share.call, stage, why));
  }

  private ThalwegException overloaded(Share share, long now) {
    return new ThalwegException(
        ErrorCode.OVERLOADED,
        "incoming messages at this server take "
            + total
            + " bytes, over the limit of "
            + limit
            + " (flight.inbound.memory); "
            + share.held
            + " of them are of this call, which made no progress for "
            + (now - share.progressAt) / 1_000_000
            + " ms, longer than others; try again shortly, with smaller messages if this comes"
            + " again");
  }

  private static ThalwegException givenUp(Share share, long now) {
    return new ThalwegException(
        ErrorCode.UNAVAILABLE,
        "a message stopped midway, and nothing more came for "
            + (now - share.bytesAt) / 1_000_000_000
            + " s; send it again");
  }
}
