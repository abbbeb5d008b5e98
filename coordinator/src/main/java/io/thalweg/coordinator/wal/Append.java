package io.thalweg.coordinator.wal;

import io.thalweg.coordinator.log.MetadataLog.Outcome;
import io.thalweg.coordinator.log.MetadataLog.Rejected;
import io.thalweg.coordinator.log.MetadataLog.Unknown;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;

/** An append on its way. Any thread. */
final class Append {
  private enum Phase {
    WAITING,
    MAYBE_WRITTEN,
    ENDED
  }

  private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.WAITING);
  private final ByteBuffer entry;
  private final long bornAtTick;
  private final CompletableFuture<Outcome> outcome = new CompletableFuture<>();

  Append(ByteBuffer entry, long bornAtTick) {
    this.entry = entry;
    this.bornAtTick = bornAtTick;
  }

  ByteBuffer entry() {
    return entry.duplicate();
  }

  int size() {
    return entry.remaining();
  }

  long bornAtTick() {
    return bornAtTick;
  }

  CompletableFuture<Outcome> outcome() {
    return outcome;
  }

  /** Called right before the write: false if the appender already knows that it does not happen. */
  boolean mayWrite() {
    return phase.compareAndSet(Phase.WAITING, Phase.MAYBE_WRITTEN);
  }

  /** Takes the entry back after {@link #mayWrite}, as nothing of it was written. */
  void notWritten() {
    phase.compareAndSet(Phase.MAYBE_WRITTEN, Phase.WAITING);
  }

  /** Ends the append with a failure and returns the outcome; null if it had ended before. */
  Outcome failure(boolean full, String reason) {
    return switch (phase.getAndSet(Phase.ENDED)) {
      case WAITING -> new Rejected(full, reason);
      case MAYBE_WRITTEN -> new Unknown(reason);
      case ENDED -> null;
    };
  }

  /** Ends the append with success; false if it had ended before. */
  boolean success() {
    return phase.getAndSet(Phase.ENDED) != Phase.ENDED;
  }
}
