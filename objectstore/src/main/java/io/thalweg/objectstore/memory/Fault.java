package io.thalweg.objectstore.memory;

import java.util.EnumSet;
import java.util.Set;

/** What can go wrong with a call. */
public enum Fault {
  /** Answers {@code UNAVAILABLE}; nothing happened. */
  ERROR_BEFORE_EFFECT,
  /** Answers {@code UNKNOWN_OUTCOME}; the call never has its effect. */
  TIMEOUT_WITHOUT_EFFECT,
  /** Answers {@code UNKNOWN_OUTCOME}; the call had its effect. */
  TIMEOUT_AFTER_EFFECT,
  /**
   * Answers {@code UNKNOWN_OUTCOME}; the call has its effect later than the answer, by the rule's
   * delay.
   */
  LATE_EFFECT,
  /**
   * Takes longer by the rule's delay, before or after the effect. Combines with any other fault.
   */
  SLOW,
  /** Answers {@code THROTTLED}; nothing happened. */
  THROTTLED,
  /** Answers {@code NO_SPACE}; nothing was stored. */
  NO_SPACE,
  /** Returns only the first bytes of the range, against the interface's promise. */
  TORN_READ,
  /** Returns the range with one bit changed. */
  FLIPPED_BIT;

  /** The operations that it can happen to. */
  public Set<Operation> operations() {
    return switch (this) {
      case ERROR_BEFORE_EFFECT, SLOW, THROTTLED -> EnumSet.allOf(Operation.class);
      case TIMEOUT_WITHOUT_EFFECT, TIMEOUT_AFTER_EFFECT, LATE_EFFECT ->
          EnumSet.of(
              Operation.PUT,
              Operation.PUT_IF_ABSENT,
              Operation.DELETE,
              Operation.PART,
              Operation.COMPLETE,
              Operation.ABORT);
      case NO_SPACE ->
          EnumSet.of(Operation.PUT, Operation.PUT_IF_ABSENT, Operation.PART, Operation.COMPLETE);
      case TORN_READ, FLIPPED_BIT -> EnumSet.of(Operation.GET);
    };
  }
}
