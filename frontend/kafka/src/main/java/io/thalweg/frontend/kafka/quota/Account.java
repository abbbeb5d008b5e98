package io.thalweg.frontend.kafka.quota;

/** What somebody used lately. Not safe for several threads. */
interface Account {
  /** Whether it is as a new one would be. */
  boolean isForgettable(long nowNanos);
}
