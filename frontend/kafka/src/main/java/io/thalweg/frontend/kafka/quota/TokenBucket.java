package io.thalweg.frontend.kafka.quota;

import java.util.concurrent.TimeUnit;

/**
 * A bucket of tokens (KIP-599): it holds what comes in within {@link SlidingRate#SAMPLES} seconds.
 * As long as there is no debt anybody may take any number, and thereby run into debt.
 */
final class TokenBucket implements Account {
  private static final double SECOND = TimeUnit.SECONDS.toNanos(1);

  private double tokens;
  private double perSecond;
  private long atNanos;

  /** A full one. */
  TokenBucket(double perSecond, long nowNanos) {
    this.perSecond = perSecond;
    this.atNanos = nowNanos;
    this.tokens = most();
  }

  private double most() {
    return perSecond * SlidingRate.SAMPLES;
  }

  /** From now on as many tokens as {@code perSecond} come in. */
  private void fill(double nowPerSecond, long nowNanos) {
    double came = perSecond * Math.max(0, nowNanos - atNanos) / SECOND;
    perSecond = nowPerSecond;
    atNanos = Math.max(atNanos, nowNanos);
    tokens = Math.min(most(), tokens + came);
  }

  /** Takes tokens; a negative number gives some back. */
  void take(double wanted, double nowPerSecond, long nowNanos) {
    fill(nowPerSecond, nowNanos);
    tokens = Math.min(most(), tokens - wanted);
  }

  /** Until there is no debt; at most {@code most}. */
  long delayNanos(double nowPerSecond, long most, long nowNanos) {
    fill(nowPerSecond, nowNanos);
    return tokens >= 0
        ? 0
        : (long) Math.min((double) most, Math.ceil(-tokens / perSecond * SECOND));
  }

  @Override
  public boolean isForgettable(long nowNanos) {
    fill(perSecond, nowNanos);
    return tokens >= most();
  }
}
