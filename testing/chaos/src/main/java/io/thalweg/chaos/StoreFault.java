package io.thalweg.chaos;

import java.util.List;

/** The faults that the proxy may inject into a request for the object store. */
enum StoreFault {
  /** The connection is reset, and the request never passes. */
  RESET_BEFORE,
  /** The request passes and takes effect; the connection is reset instead of an answer. */
  ANSWER_DROPPED,
  /** Answered 503 SlowDown; the request never passes. */
  SLOW_DOWN,
  /** Passes late, sometimes after its sender has stopped waiting. */
  SLOW,
  /** An object's bytes end halfway. */
  TORN,
  /** One bit of an object's bytes is flipped. */
  FLIPPED,
  /**
   * A put gets the answer that it is done, and is thrown away. No system survives this fault; it
   * proves that the checks work.
   */
  LIE;

  /** The faults that a correct system survives. */
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
