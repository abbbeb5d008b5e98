package io.thalweg.frontend.kafka.quota;

import java.util.concurrent.TimeUnit;

/**
 * A rate over the last seconds: sums of {@link #SAMPLES} samples of a second each, of which the
 * last one has only begun. As in Kafka, a client that has just come is judged as if it had been
 * there and silent for the whole time, so it may begin with a burst.
 */
final class SlidingRate implements Account {
  /** How many samples count, as Kafka's {@code quota.window.num}. */
  static final int SAMPLES = 11;

  /** For how long a value counts at most. */
  static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(SAMPLES);

  private static final double SECOND = TimeUnit.SECONDS.toNanos(1);

  private final long beganNanos;
  private final double[] sums = new double[SAMPLES];

  /** Number of the sample that has begun; of those before, {@code SAMPLES - 1} count. */
  private long latest;

  SlidingRate(long nowNanos) {
    this.beganNanos = nowNanos;
  }

  /** Counts {@code value}. */
  void add(double value, long nowNanos) {
    move(nowNanos);
    sums[(int) (latest % SAMPLES)] += value;
  }

  /** Of the time that counts, per second. */
  double perSecond(long nowNanos) {
    move(nowNanos);
    return total() / seconds(nowNanos);
  }

  /** How much more may be counted now within {@code bound}; negative if it is past. */
  double room(double bound, long nowNanos) {
    move(nowNanos);
    return bound * seconds(nowNanos) - total();
  }

  /**
   * For how long nothing may be counted until what was counted is within {@code bound}; at most
   * {@code most}.
   */
  long delayNanos(double bound, long most, long nowNanos) {
    double over = -room(bound, nowNanos);
    return over <= 0 ? 0 : (long) Math.min((double) most, Math.ceil(over / bound * SECOND));
  }

  @Override
  public boolean isForgettable(long nowNanos) {
    move(nowNanos);
    return total() == 0;
  }

  private double total() {
    double total = 0;
    for (double each : sums) {
      total += each;
    }
    return total;
  }

  private double seconds(long nowNanos) {
    double begun = Math.max(0, nowNanos - beganNanos - latest * SECOND) / SECOND;
    return SAMPLES - 1 + Math.min(1, begun);
  }

  /** Threads read the clock one after another and come here in another order: never back. */
  private void move(long nowNanos) {
    long now = Math.max(latest, (long) ((nowNanos - beganNanos) / SECOND));
    for (long next = Math.max(latest + 1, now - SAMPLES + 1); next <= now; next++) {
      sums[(int) (next % SAMPLES)] = 0;
    }
    latest = now;
  }
}
