package io.thalweg.server.meter;

import io.thalweg.runtime.meter.Counter;
import io.thalweg.runtime.meter.Gauge;
import io.thalweg.runtime.meter.Meters;

/** The instruments of one cache. The thread that owns the cache. */
public final class CacheMeters {
  private final Counter hits;
  private final Counter misses;
  private final Counter evictions;
  private final Gauge bytes;

  /** Of the cache called {@code cache}. */
  public CacheMeters(Meters meters, String cache) {
    this.hits = meters.counter(ServerMeters.CACHE_HITS, cache);
    this.misses = meters.counter(ServerMeters.CACHE_MISSES, cache);
    this.evictions = meters.counter(ServerMeters.CACHE_EVICTIONS, cache);
    this.bytes = meters.gauge(ServerMeters.CACHE_BYTES, cache);
  }

  /** Somebody asked; gives {@code found} back, null for a miss. */
  public <T> T asked(T found) {
    (found == null ? misses : hits).increment();
    return found;
  }

  /** Somebody asked {@code found + missing} questions at once. */
  public void asked(long found, long missing) {
    hits.add(found);
    misses.add(missing);
  }

  /** An entry was pushed out. */
  public void evicted() {
    evictions.increment();
  }

  /** The cache holds that many bytes now. */
  public void holds(long now) {
    bytes.set(now);
  }
}
