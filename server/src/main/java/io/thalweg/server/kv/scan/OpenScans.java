package io.thalweg.server.kv.scan;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.EventLoop;
import io.thalweg.runtime.meter.Gauge;
import io.thalweg.server.api.Principal;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.function.Predicate;

/**
 * Keeps the scans of rows that are under way, and for a while those whose stream broke, so that
 * they can be resumed. Their number is limited. Owned by the server's loop.
 */
public final class OpenScans {
  /** How long a scan is kept after everything was sent. */
  private static final long SENT_NANOS = 10_000_000_000L;

  private final EventLoop loop;
  private final Clock clock;
  private final RowReadConfig config;
  private final Gauge shown;
  private final Map<Long, OpenScan> scans = new TreeMap<>();
  private long nextId = 1;
  private EventLoop.Cancellable watch;

  /**
   * No scan is open.
   *
   * @param shown how many are open
   */
  public OpenScans(EventLoop loop, Clock clock, RowReadConfig config, Gauge shown) {
    this.loop = loop;
    this.clock = clock;
    this.config = config;
    this.shown = shown;
  }

  /**
   * A new scan, which the caller reads. Past the limit, a scan that waits to be resumed ends: first
   * those that were sent completely, and of equals the one that has waited longest.
   */
  public OpenScan begin(
      long incarnation, Principal who, TableInfo table, List<Integer> buckets, Executor executor) {
    loop.assertInLoop();
    if (scans.size() >= config.scanMax()) {
      OpenScan oldest =
          scans.values().stream()
              .filter(each -> each.state() != OpenScan.State.READ)
              .min(
                  Comparator.comparing((OpenScan each) -> each.state() != OpenScan.State.SENT)
                      .thenComparingLong(each -> each.lastUsedNanos() - clock.nanoTime()))
              .orElseThrow(
                  () ->
                      new ThalwegException(
                          ErrorCode.OVERLOADED,
                          "this server reads the rows of "
                              + config.scanMax()
                              + " scans at a time (server.kv.scan.max); try again shortly"));
      end(
          oldest,
          expired(
              "its stream broke off, and it was evicted to make room for other scans"
                  + " (server.kv.scan.max)"));
    }
    OpenScan scan = new OpenScan(incarnation, nextId++, who, table, buckets, clock, executor);
    scans.put(scan.id, scan);
    shown.set(scans.size());
    watch();
    return scan;
  }

  /** The scan of a token, for the caller to read; SCAN_EXPIRED when it is gone. */
  public OpenScan resume(ScanToken token, Principal who, TableInfo table) {
    OpenScan scan =
        find(token, who, table)
            .orElseThrow(
                () ->
                    expired(
                        "it ended, or all of it was sent more than "
                            + SENT_NANOS / 1_000_000_000
                            + " s ago, or it was not read from for "
                            + config.scanIdle()
                            + " (server.kv.scan.idle), or the server was replaced"));
    if (!scan.buckets.contains(token.bucket())) {
      throw ScanToken.invalid();
    }
    if (scan.state() == OpenScan.State.READ) {
      throw new ThalwegException(
          ErrorCode.UNAVAILABLE,
          "another stream reads this scan; end that one, or try again shortly");
    }
    scan.enter(OpenScan.State.READ);
    return scan;
  }

  /** Ends the scan of a token, if there is one. */
  public void end(ScanToken token, Principal who, TableInfo table) {
    find(token, who, table).ifPresent(scan -> end(scan, expired("it was ended")));
  }

  private Optional<OpenScan> find(ScanToken token, Principal who, TableInfo table) {
    loop.assertInLoop();
    return Optional.ofNullable(scans.get(token.scan()))
        .filter(
            scan ->
                scan.incarnation == token.incarnation()
                    && scan.who.equals(who)
                    && scan.table().tableId() == table.tableId());
  }

  /** A bucket's rows will be asked for. Fails when the scan has ended. */
  public void begins(OpenScan scan, int bucket) {
    loop.assertInLoop();
    if (scans.get(scan.id) != scan) {
      throw expired("it ended");
    }
    scan.begun.add(bucket);
  }

  /** No stream reads the scan any more; it may be resumed. */
  public void left(OpenScan scan) {
    loop.assertInLoop();
    scan.enter(OpenScan.State.LEFT);
  }

  /**
   * All of the scan was sent. If the connection breaks now, the last rows are lost on their way, so
   * the scan may be resumed; only for a short while, since this is rare.
   */
  public void finished(OpenScan scan) {
    loop.assertInLoop();
    scan.enter(OpenScan.State.SENT);
    if (watch != null) {
      watch.cancel();
      watch = null;
    }
    watch();
  }

  /** The scan is over and will not be resumed. */
  public void end(OpenScan scan) {
    loop.assertInLoop();
    end(scan, expired("it was ended"));
  }

  /**
   * This server lost a bucket, whose local rows must be closed: ends the scans that read it.
   *
   * @param dropped whether its partition was dropped, but not its table
   */
  public void lost(TableBucket bucket, boolean dropped) {
    endAll(
        scan ->
            scan.table().numberOf(bucket).stream().anyMatch(number -> scan.begun.contains(number)),
        dropped
            ? new ThalwegException(
                ErrorCode.PARTITION_NOT_FOUND,
                "a partition that the scan reads was dropped; begin the scan anew")
            : expired("a bucket of it was taken from this server, or dropped"));
  }

  /** Ends all. */
  public void close() {
    endAll(scan -> true, expired("the server left the cluster"));
  }

  private void endAll(Predicate<OpenScan> which, ThalwegException why) {
    loop.assertInLoop();
    scans.values().stream().filter(which).toList().forEach(scan -> end(scan, why));
  }

  private void end(OpenScan scan, ThalwegException why) {
    scans.remove(scan.id);
    shown.set(scans.size());
    scan.close(why);
  }

  private static ThalwegException expired(String why) {
    return new ThalwegException(
        ErrorCode.SCAN_EXPIRED,
        "the rows that the scan read are no longer kept: " + why + "; begin the scan anew");
  }

  private void watch() {
    if (watch == null && !scans.isEmpty()) {
      long now = clock.nanoTime();
      long least =
          scans.values().stream().mapToLong(scan -> nanosLeft(scan, now)).min().orElseThrow();
      watch =
          loop.schedule(
              Math.max(0, least),
              () -> {
                watch = null;
                expire();
                watch();
              });
    }
  }

  /** Nanoseconds until the scan ends if nothing reads it. */
  private long nanosLeft(OpenScan scan, long now) {
    long idle = config.scanIdle().toNanos();
    return (scan.state() == OpenScan.State.SENT ? Math.min(idle, SENT_NANOS) : idle)
        - (now - scan.lastUsedNanos());
  }

  private void expire() {
    long now = clock.nanoTime();
    endAll(
        scan -> scan.state() == OpenScan.State.SENT && nanosLeft(scan, now) <= 0,
        expired("all of it was sent more than " + SENT_NANOS / 1_000_000_000 + " s ago"));
    endAll(
        scan -> nanosLeft(scan, now) <= 0,
        expired("it was not read from for " + config.scanIdle() + " (server.kv.scan.idle)"));
  }
}
