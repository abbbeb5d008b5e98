package io.thalweg.server.read;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.EventLoop;
import io.thalweg.runtime.meter.Gauge;
import io.thalweg.server.api.ScanPin;
import io.thalweg.server.context.ServerContext;
import io.thalweg.server.meter.ServerMeters;
import io.thalweg.server.owner.Ticker;
import io.thalweg.server.replica.Proposer;
import io.thalweg.server.replica.Replica;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds the pins of this server's scans. It closes a pin when its scan ends, or when its time is
 * up. It also closes stray pins of this server, which no scan knows because the answer to the
 * proposal was lost or the pin was opened twice. Owned by the server's loop.
 */
public final class ScanPins {
  private static final Logger log = LoggerFactory.getLogger(ScanPins.class);

  private final EventLoop loop;
  private final Clock clock;
  private final Replica replica;
  private final Proposer proposer;
  private final Duration max;
  private final Duration strayAfter;
  private final Ticker ticker;
  private final Gauge shown;
  private final Map<Long, Long> held = new TreeMap<>();
  private final Map<Long, Long> strays = new TreeMap<>();

  /**
   * Pins that rest until {@link #open}.
   *
   * @param max how long a scan may hold one
   * @param interval how often it looks for pins whose time is up
   * @param strayAfter how long a pin may be unknown; longer than a proposal may take
   */
  public ScanPins(ServerContext context, Duration max, Duration interval, Duration strayAfter) {
    this.loop = context.loop();
    this.clock = context.clock();
    this.replica = context.replica();
    this.proposer = context.proposer();
    this.max = max;
    this.strayAfter = strayAfter;
    this.ticker = new Ticker(loop, interval, this::check);
    this.shown = context.meters().gauge(ServerMeters.PINS_HELD);
  }

  /** Begins for {@code newIncarnation}; the pins of an earlier one ended with it. */
  public void open(long newIncarnation) {
    held.clear();
    shown.set(0);
    strays.clear();
    ticker.open(newIncarnation);
  }

  /** Rests. */
  public void close() {
    ticker.close();
  }

  /** Takes a pin; see {@code ServerApi.pin}. */
  public CompletableFuture<ScanPin> pin(TableInfo table, Map<Integer, Long> from) {
    if (ticker.incarnation() == 0) {
      throw new ThalwegException(
          ErrorCode.UNAVAILABLE, "the server is joining the cluster; try again shortly");
    }
    Map<TableBucket, Long> offsets = new TreeMap<>();
    from.forEach((bucket, offset) -> offsets.put(table.bucket(bucket), offset));
    return proposer
        .propose(new Command.OpenPin(ticker.incarnation(), offsets))
        .thenApply(
            reply -> {
              long number = ((Reply.PinOpened) reply).pin();
              held.put(number, clock.nanoTime());
              shown.set(held.size());
              return () -> loop.execute(() -> letGo(number));
            });
  }

  private void letGo(long number) {
    if (held.remove(number) != null) {
      shown.set(held.size());
      propose(number);
    }
  }

  /** A pin that could not be closed becomes a stray, and is closed again as one. */
  private void propose(long number) {
    loop.handle(
        proposer.propose(new Command.ClosePin(number)),
        (reply, failure) -> {
          if (failure != null) {
            log.info("pin {} was not let go, it is tried again: {}", number, failure.toString());
          }
        });
  }

  private void check() {
    long now = clock.nanoTime();
    strays.keySet().retainAll(replica.state().pins().open().keySet());
    replica
        .state()
        .pins()
        .open()
        .forEach(
            (number, pin) -> {
              if (pin.incarnation() != ticker.incarnation()) {
                return;
              }
              Long since = held.get(number);
              if (since != null && now - since >= max.toNanos()) {
                letGo(number);
              } else if (since == null
                  && now - strays.computeIfAbsent(number, added -> now) >= strayAfter.toNanos()) {
                strays.put(number, now);
                propose(number);
              }
            });
  }
}
