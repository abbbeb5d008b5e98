package io.thalweg.runtime;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lines about who, or what, was refused, in the log under a name of its own. At most {@value
 * #PER_SECOND} in a second, so that nobody fills the disk by being refused; a line then says how
 * many are missing. Any thread.
 */
public final class AuditLog {
  /** The name of the log about who was refused. */
  public static final String NAME = "io.thalweg.audit";

  private static final int PER_SECOND = 20;
  private static final int MAX_SHOWN = 200;
  private static final long SECOND_NANOS = Duration.ofSeconds(1).toNanos();

  private final Logger log;
  private final Clock clock;
  private long since;
  private int written;
  private long missing;

  /** Lines about who was refused, by the time of {@code clock}. */
  public AuditLog(Clock clock) {
    this(clock, NAME);
  }

  /** Lines in the log called {@code name}. */
  public AuditLog(Clock clock, String name) {
    this.log = LoggerFactory.getLogger(name);
    this.clock = clock;
    this.since = clock.nanoTime();
  }

  /** Notes a refusal; the text has no secret in it. */
  public void refused(String text) {
    if (mayWrite()) {
      log.warn("refused: {}", text);
    }
  }

  private synchronized boolean mayWrite() {
    long now = clock.nanoTime();
    if (now - since >= SECOND_NANOS) {
      if (missing > 0) {
        log.warn("and {} refusals more, which are not listed", missing);
      }
      since = now;
      written = 0;
      missing = 0;
    }
    if (written < PER_SECOND) {
      written++;
      return true;
    }
    missing++;
    return false;
  }

  /** A text from a client, short and on one line. */
  public static String shown(String text) {
    String visible = text.replaceAll("\\p{Cntrl}", "?");
    return visible.length() > MAX_SHOWN ? visible.substring(0, MAX_SHOWN) + "…" : visible;
  }
}
