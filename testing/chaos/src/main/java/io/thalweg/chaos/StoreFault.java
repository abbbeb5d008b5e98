package io.thalweg.chaos;

/** What the proxy may do to a request for the object store. */
enum StoreFault {
  /** The connection is reset, and the request never passes. */
  RESET_BEFORE,
  /** The request passes and takes effect; the connection is reset instead of an answer. */
  ANSWER_DROPPED,
  /** Answered 503 SlowDown; the request never passes. */
  SLOW_DOWN,
  /** Passes late, at times later than its sender waits for. */
  SLOW,
  /** An object's bytes end halfway. */
  TORN,
  /** One bit of an object's bytes is another. */
  FLIPPED;

  /** Whether it happens only to reads of objects. */
  boolean needsObject() {
    return this == TORN || this == FLIPPED;
  }
}
