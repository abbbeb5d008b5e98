package io.thalweg.simulation.world;

import io.thalweg.runtime.EventLoop;
import io.thalweg.runtime.RandomSource;
import io.thalweg.runtime.sim.SimEventLoop;
import io.thalweg.runtime.sim.SimScheduler;
import io.thalweg.simulation.check.Findings;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Carries requests and their answers between processes: late, out of order, twice, or not at all.
 * Messages are bytes or immutable. Every request gets an answer in the end, if only from the
 * network itself, as with a transport that has timeouts.
 */
public final class SimNetwork {
  private static final long LATE_NANOS = Duration.ofSeconds(5).toNanos();

  private final SimScheduler scheduler;
  private final RandomSource random;
  private final Trace trace;
  private final Findings findings;
  private final SimEventLoop loop;
  private final Map<String, Integer> cuts = new HashMap<>();
  private final Map<String, Long> feedLagsUntil = new HashMap<>();
  private final Map<String, Long> lastArrival = new HashMap<>();
  private final Map<Fault, Long> counts = new EnumMap<>(Fault.class);
  private Quality quality = Quality.PERFECT;

  /** The faults of the network. */
  public enum Fault {
    /** A request does not arrive. */
    REQUEST_LOST,
    /** A request arrives long after its sender stopped waiting for the answer. */
    REQUEST_LATE,
    /** A request arrives a second time, later. */
    REQUEST_REPEATED,
    /** An answer does not arrive. */
    ANSWER_LOST,
    /** A message takes long. */
    SLOW,
    /** A request ran into a cut. */
    REQUEST_CUT,
    /** An answer ran into a cut. */
    ANSWER_CUT,
    /** A server's feed came later than all other answers. */
    FEED_LAGGED,
    /** The receiver was not there. */
    REFUSED
  }

  /** How often each fault happens, per ten thousand messages. */
  public record Quality(int lost, int late, int repeated, int slow) {
    /** Nothing is late, lost or doubled. */
    public static final Quality PERFECT = new Quality(0, 0, 0, 0);
  }

  /** How an exchange is carried. */
  public enum Manner {
    /** Requests of one caller overtake each other. */
    PLAIN,
    /** Like PLAIN, and answers are held back while the caller's feed lags. */
    FEED,
    /** Requests of one caller arrive in order, as long as none is lost. */
    ORDERED,
    /** Like ORDERED, and a request may arrive again later. */
    REPEATABLE
  }

  /**
   * The network's own answers.
   *
   * @param lost if no answer came in time
   * @param refused if the receiver was down
   * @param repeatable replaces an answer if the request may still arrive again
   */
  public record Fallback<T>(T lost, T refused, UnaryOperator<T> repeatable) {}

  /** A network that is perfect until {@link #use}. */
  public SimNetwork(SimScheduler scheduler, Trace trace, Findings findings) {
    this.scheduler = scheduler;
    this.random = scheduler.random();
    this.trace = trace;
    this.findings = findings;
    this.loop = scheduler.newLoop("network");
  }

  /** How good the network is from now on. */
  public void use(Quality newQuality) {
    quality = newQuality;
  }

  /** Cuts one direction; each cut takes a {@link #heal} of its own. */
  public void cut(String from, String to) {
    cuts.merge(from + ">" + to, 1, Integer::sum);
  }

  /** Heals one cut of one direction. */
  public void heal(String from, String to) {
    cuts.computeIfPresent(from + ">" + to, (link, n) -> n == 1 ? null : n - 1);
  }

  /** From now on a server's feed comes {@code nanos} from now at the earliest. */
  public void lagFeed(SimProcess server, long nanos) {
    feedLagsUntil.merge(server.name(), scheduler.nanoTime() + nanos, Math::max);
  }

  private long feedLag(Exchange<?> exchange) {
    long lag =
        exchange.manner == Manner.FEED
            ? feedLagsUntil.getOrDefault(exchange.from.name(), 0L) - scheduler.nanoTime()
            : 0;
    if (lag <= 0) {
      return 0;
    }
    count(Fault.FEED_LAGGED);
    return lag;
  }

  /** Heals everything. */
  public void healAll() {
    feedLagsUntil.clear();
    cuts.clear();
  }

  private boolean isCut(SimProcess from, SimProcess to, Fault as) {
    boolean cut = cuts.containsKey(from.place() + ">" + to.place());
    if (cut) {
      count(as);
    }
    return cut;
  }

  /** How often each fault happened. */
  public Map<Fault, Long> counts() {
    return counts;
  }

  private void count(Fault fault) {
    counts.merge(fault, 1L, Long::sum);
  }

  private boolean happens(Fault fault, int perTenThousand) {
    if (perTenThousand == 0 || random.nextInt(10_000) >= perTenThousand) {
      return false;
    }
    count(fault);
    return true;
  }

  private long upTo(long nanos) {
    return Math.floorMod(random.nextLong(), nanos);
  }

  private long latency() {
    return happens(Fault.SLOW, quality.slow)
        ? upTo(Duration.ofMillis(400).toNanos())
        : 50_000 + upTo(1_500_000);
  }

  /**
   * Carries a request to {@code to}, runs {@code work} there on its loop, and carries the answer
   * back.
   *
   * @param what names the request in the trace
   * @param content distinguishes it from similar requests
   * @param waitNanos how long the work may take by itself
   * @return completes on the network's loop, never exceptionally
   */
  public <T> CompletableFuture<T> exchange(
      SimProcess from,
      SimProcess to,
      Manner manner,
      String what,
      long content,
      long waitNanos,
      Supplier<CompletableFuture<T>> work,
      Fallback<T> fallback) {
    Exchange<T> exchange = new Exchange<>(from, to, manner, what, content, work, fallback);
    trace.event("send", exchange.content, exchange::toString);
    long now = scheduler.nanoTime();
    long arrival = now + latency();
    boolean repeatable = manner == Manner.REPEATABLE;
    if (isCut(from, to, Fault.REQUEST_CUT) || happens(Fault.REQUEST_LOST, quality.lost)) {
      if (repeatable && happens(Fault.REQUEST_LATE, quality.late * 20)) {
        exchange.mayRepeat = true;
        arriveAt(exchange, now + upTo(LATE_NANOS));
      }
    } else {
      if (manner == Manner.ORDERED || repeatable) {
        arrival = Math.max(arrival, lastArrival.getOrDefault(from.name() + ">" + to.name(), 0L));
        lastArrival.put(from.name() + ">" + to.name(), arrival);
      }
      if (repeatable && happens(Fault.REQUEST_REPEATED, quality.repeated)) {
        exchange.mayRepeat = true;
        arriveAt(exchange, arrival + upTo(LATE_NANOS));
      }
      arriveAt(exchange, arrival);
    }
    long patience =
        waitNanos + Duration.ofMillis(200).toNanos() + upTo(Duration.ofSeconds(2).toNanos());
    exchange.timer =
        loop.schedule(
            patience,
            () -> {
              if (exchange.answer.complete(fallback.lost)) {
                trace.event("gaveUp", exchange.content, exchange::toString);
              }
            });
    return exchange.answer;
  }

  private <T> void arriveAt(Exchange<T> exchange, long atNanos) {
    loop.schedule(atNanos - scheduler.nanoTime(), () -> arrive(exchange));
  }

  private <T> void arrive(Exchange<T> exchange) {
    trace.event("arrive", exchange.content, exchange::toString);
    if (!exchange.to.isUp()) {
      count(Fault.REFUSED);
      if (!exchange.mayRepeat) {
        loop.schedule(latency(), () -> finish(exchange, exchange.fallback.refused));
      }
      return;
    }
    SimEventLoop there = exchange.to.loop();
    there.execute(
        () ->
            there.handle(
                exchange.work.get(),
                (value, failure) -> {
                  if (failure != null) {
                    findings.add("EXCEPTIONAL_ANSWER", exchange + " failed: " + failure);
                  } else {
                    answer(exchange, value);
                  }
                }));
  }

  private <T> void answer(Exchange<T> exchange, T value) {
    if (isCut(exchange.to, exchange.from, Fault.ANSWER_CUT)
        || happens(Fault.ANSWER_LOST, quality.lost)) {
      return;
    }
    T mapped = exchange.mayRepeat ? exchange.fallback.repeatable.apply(value) : value;
    loop.schedule(latency() + feedLag(exchange), () -> finish(exchange, mapped));
  }

  private <T> void finish(Exchange<T> exchange, T value) {
    exchange.timer.cancel();
    if (exchange.answer.complete(value)) {
      trace.event("answer", exchange.content, exchange::toString);
    }
  }

  private static final class Exchange<T> {
    final SimProcess from;
    final SimProcess to;
    final Manner manner;
    final String what;
    final long content;
    final Supplier<CompletableFuture<T>> work;
    final Fallback<T> fallback;
    final CompletableFuture<T> answer = new CompletableFuture<>();
    EventLoop.Cancellable timer;
    boolean mayRepeat;

    Exchange(
        SimProcess from,
        SimProcess to,
        Manner manner,
        String what,
        long content,
        Supplier<CompletableFuture<T>> work,
        Fallback<T> fallback) {
      this.from = from;
      this.to = to;
      this.manner = manner;
      this.what = what;
      this.content = content;
      this.work = work;
      this.fallback = fallback;
    }

    @Override
    public String toString() {
      return from.name() + " → " + to.name() + " " + what;
    }
  }
}
