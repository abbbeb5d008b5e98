package io.thalweg.runtime;

/** Tells time. Monotonic time measures; wall time only labels records and never decides. */
public interface Clock {

  /** Nanoseconds since an arbitrary origin; never goes back. */
  long nanoTime();

  /** Milliseconds since the Unix epoch; may jump either way. */
  long wallMillis();
}
