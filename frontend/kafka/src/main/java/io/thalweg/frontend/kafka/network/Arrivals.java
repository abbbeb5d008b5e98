package io.thalweg.frontend.kafka.network;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Requests that have begun to come while memory is short. Their memory is set aside from the first
 * byte on, so one that does not go on coming keeps others out. One thread.
 */
final class Arrivals {
  /** Less than this within {@link #PACE_NANOS} is a stall. */
  static final int PACE_BYTES = 64 << 10;

  static final long PACE_NANOS = TimeUnit.SECONDS.toNanos(5);

  /** A request that takes longer than this while memory is short is too slow, whatever its pace. */
  static final long MOST_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final Map<String, Arrival> known = new HashMap<>();

  private record Arrival(Object request, long beganNanos, long nanos, int bytes) {}

  /**
   * Looks at a connection.
   *
   * @param request that has begun to come, and is not there in full; null for none
   * @param bytes of it that are there
   * @return whether it stalls
   */
  boolean isStalled(String id, Object request, int bytes, long nowNanos) {
    Arrival before = known.get(id);
    if (request == null) {
      known.remove(id);
      return false;
    }
    if (before == null || before.request != request) {
      known.put(id, new Arrival(request, nowNanos, nowNanos, bytes));
      return false;
    }
    if (nowNanos - before.beganNanos >= MOST_NANOS) {
      return true;
    }
    if (nowNanos - before.nanos < PACE_NANOS) {
      return false;
    }
    known.put(id, new Arrival(request, before.beganNanos, nowNanos, bytes));
    return bytes - before.bytes < PACE_BYTES;
  }

  /** Knows no others any more. */
  void retain(Collection<String> ids) {
    known.keySet().retainAll(ids);
  }
}
