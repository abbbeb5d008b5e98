package io.thalweg.coordinator.log;

import java.util.concurrent.CompletableFuture;

/** The log of one coordinator, with what its start found. Any thread. */
public interface MemberLog extends MetadataLog {

  /** The last entry that the log had at the start. */
  long found();

  /** Whether a start cut off entries that may have been acknowledged, and nobody knows it yet. */
  boolean lostEntries();

  /** Called once what {@link #lostEntries} says is durable elsewhere. */
  default void lossIsKnown() {}

  /** Completes when this member first leads and takes entries; soon where it is alone. */
  CompletableFuture<Void> leading();

  /** Completes when this member first follows a leader and has all entries committed by then. */
  CompletableFuture<Void> following();
}
