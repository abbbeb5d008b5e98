package io.thalweg.frontend.flight;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.server.api.Principal;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;

/**
 * The running calls of a door, so that it can close in an orderly way: first it admits no new calls
 * and lets running ones finish, then it cuts off the rest. Any thread.
 */
final class OpenCalls {
  private final int maxStreams;
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  // Guarded by this object's monitor, as are the calls' states.
  private final Set<Open> calls = new LinkedHashSet<>();
  private final Map<String, Integer> streamsOf = new HashMap<>();
  private int streams;
  private boolean closing;
  private boolean cut;

  /** Ends a running call. Both methods may be called more than once, on any thread. */
  interface Call {
    /** Takes nothing new, finishes what has begun, then ends with CLOSING. */
    void drain();

    /** Ends now, with that reason or the outcome of what has begun as far as it is known. */
    void cutOff(ThalwegException why);
  }

  /** A call's place; closed once, when the call has ended. */
  final class Open implements AutoCloseable {
    private final Principal who;
    private final boolean stream;
    private Call call;

    private Open(Principal who, boolean stream) {
      this.who = who;
      this.stream = stream;
    }

    /** Sets how to end the call early. */
    void endsBy(Call how) {
      boolean drainNow;
      boolean cutNow;
      synchronized (OpenCalls.this) {
        call = how;
        drainNow = closing;
        cutNow = cut;
      }
      if (drainNow) {
        how.drain();
      }
      if (cutNow) {
        how.cutOff(closing());
      }
    }

    @Override
    public void close() {
      synchronized (OpenCalls.this) {
        if (calls.remove(this)) {
          if (stream) {
            streams--;
            streamsOf.merge(who.name(), -1, (now, less) -> now == 1 ? null : now + less);
          }
        }
      }
      endIfNone();
    }
  }

  OpenCalls(int maxStreams) {
    this.maxStreams = maxStreams;
  }

  /** The failure of a call that comes too late. */
  static ThalwegException closing() {
    return new ThalwegException(
        ErrorCode.CLOSING, "this server is shutting down; continue at another one, or try again");
  }

  /** A place for a stream. */
  Open stream(Principal who) {
    return open(who, true);
  }

  /** A place for a call with one answer. */
  Open answer(Principal who) {
    return open(who, false);
  }

  private synchronized Open open(Principal who, boolean stream) {
    if (closing) {
      throw closing();
    }
    if (stream && streams >= maxStreams) {
      throw new ThalwegException(
          ErrorCode.OVERLOADED,
          "this server has " + maxStreams + " streams open, its limit; try again shortly");
    }
    if (stream) {
      checkShare(who);
      streams++;
      streamsOf.merge(who.name(), 1, Integer::sum);
    }
    Open open = new Open(who, stream);
    calls.add(open);
    return open;
  }

  /** Keeps some streams for others; clients that did not log in are all the same user. */
  private void checkShare(Principal who) {
    int most = (maxStreams + 1) / 2;
    if (!who.name().equals(Principal.ANONYMOUS.name())
        && streamsOf.getOrDefault(who.name(), 0) >= most) {
      throw new ThalwegException(
          ErrorCode.OVERLOADED,
          "user '%s' has %d streams open, half of this server's limit; end some, or try again shortly"
              .formatted(who.name(), most));
    }
  }

  /** Streams open now. */
  synchronized int streams() {
    return streams;
  }

  /** Admits no more calls, and tells the running ones to finish. */
  void drain() {
    for (Call call : begin(false)) {
      call.drain();
    }
    endIfNone();
  }

  private void endIfNone() {
    boolean none;
    synchronized (this) {
      none = closing && calls.isEmpty();
    }
    if (none) {
      ended.complete(null);
    }
  }

  /** Ends the calls that still run. */
  void cut() {
    for (Call call : begin(true)) {
      call.cutOff(closing());
    }
  }

  /** Ends the streams of those who are not welcome any more. */
  void cutUnless(Predicate<Principal> isWelcome) {
    for (Open each : streamsUnless(isWelcome)) {
      each.call.cutOff(
          new ThalwegException(
              ErrorCode.UNAUTHENTICATED,
              "user '" + each.who.name() + "' is not there any more, so its streams end"));
    }
  }

  private synchronized List<Open> streamsUnless(Predicate<Principal> isWelcome) {
    return calls.stream()
        .filter(open -> open.stream && open.call != null && !isWelcome.test(open.who))
        .toList();
  }

  private synchronized List<Call> begin(boolean alsoCut) {
    closing = true;
    cut |= alsoCut;
    return calls.stream().map(open -> open.call).filter(call -> call != null).toList();
  }

  /** Completes once no call runs after {@link #drain}. */
  CompletableFuture<Void> ended() {
    return ended;
  }
}
