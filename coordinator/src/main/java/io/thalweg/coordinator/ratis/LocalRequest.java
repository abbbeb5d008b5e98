package io.thalweg.coordinator.ratis;

import io.thalweg.coordinator.log.MetadataLog.Outcome;
import io.thalweg.coordinator.log.MetadataLog.Rejected;
import io.thalweg.coordinator.log.MetadataLog.Unknown;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One running call of this process. It knows whether its entry may be in the log, which decides
 * between rejected and unknown. Any thread.
 */
final class LocalRequest {
  private enum Phase {
    BEFORE_APPEND,
    MAYBE_APPENDED,
    ENDED
  }

  private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.BEFORE_APPEND);
  private final long callId;
  private final long bornAtTick;
  private final boolean read;
  private final CompletableFuture<Outcome> outcome = new CompletableFuture<>();

  LocalRequest(long callId, long bornAtTick, boolean read) {
    this.callId = callId;
    this.bornAtTick = bornAtTick;
    this.read = read;
  }

  long callId() {
    return callId;
  }

  long bornAtTick() {
    return bornAtTick;
  }

  boolean read() {
    return read;
  }

  CompletableFuture<Outcome> outcome() {
    return outcome;
  }

  /**
   * Called right before the append: false if the appender already knows that it does not happen.
   */
  boolean mayAppend() {
    return phase.compareAndSet(Phase.BEFORE_APPEND, Phase.MAYBE_APPENDED);
  }

  /** Ends the call with a failure and returns the outcome; null if it had ended before. */
  Outcome failure(boolean full, String reason) {
    return switch (phase.getAndSet(Phase.ENDED)) {
      case BEFORE_APPEND -> new Rejected(full, reason);
      case MAYBE_APPENDED -> new Unknown(reason);
      case ENDED -> null;
    };
  }

  /** Ends the call with success; false if it had ended before. */
  boolean success() {
    return phase.getAndSet(Phase.ENDED) != Phase.ENDED;
  }
}
