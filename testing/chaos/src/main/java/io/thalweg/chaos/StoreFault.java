package io.thalweg.chaos;

import java.util.List;

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
  FLIPPED,
  /**
   * A put is answered as done and thrown away. No system survives that; it is there to prove that
   * the checks notice.
   */
  LIE;

  /** Those that a correct system survives. */
  static final List<StoreFault> SURVIVABLE =
      List.of(RESET_BEFORE, ANSWER_DROPPED, SLOW_DOWN, SLOW, TORN, FLIPPED);

  /** Whether it can happen to a request, known by its method and whether it reads a range. */
  boolean fits(String method, boolean range) {
    return switch (this) {
      case TORN, FLIPPED -> method.equals("GET") && range;
      case LIE -> method.equals("PUT");
      case RESET_BEFORE, ANSWER_DROPPED, SLOW_DOWN, SLOW -> true;
    };
  }
}
