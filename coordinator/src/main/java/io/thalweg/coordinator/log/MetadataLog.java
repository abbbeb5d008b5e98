package io.thalweg.coordinator.log;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * A replicated, totally ordered log of small entries. It applies committed entries to one {@link
 * ReplicatedState} per member, takes snapshots of it and drops entries that a snapshot covers. On a
 * restart it restores the last snapshot and applies the entries after it.
 *
 * <p>Any thread may call. Futures of appends complete on the event loop that the log was given;
 * none completes exceptionally.
 */
public interface MetadataLog extends AutoCloseable {

  /** Largest entry, in bytes. */
  int MAX_ENTRY = 4 << 20;

  /**
   * Appends an entry; entries appended one after the other by one caller keep their order as long
   * as none is rejected or unknown.
   *
   * @param entry concatenated, each buffer from position to limit; unchanged until the future
   *     completes
   */
  CompletableFuture<Outcome> append(List<ByteBuffer> entry);

  /**
   * Waits until this member applies everything that was committed anywhere before the call. A task
   * that is given to its loop after the future completes finds all of it applied. Completes on any
   * thread; on the caller's if no other member has to be asked.
   *
   * @return the index of the last entry that this member applies before that, or {@link Rejected}
   *     if there is no leader to ask
   */
  CompletableFuture<Outcome> linearizableRead();

  /** Stops this member; appends under way end as {@link Unknown} or {@link Rejected}. */
  @Override
  void close();

  /** How a call ended. */
  sealed interface Outcome {}

  /**
   * The entry is committed and applied here (or, for a read, everything up to {@code index} is).
   *
   * @param reply the state's reply; empty for a read
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Committed(long index, byte[] reply) implements Outcome {}

  /**
   * It is certain that the entry is not in the log and never will be.
   *
   * @param full whether there is no room for it; otherwise the caller may try again at once
   */
  record Rejected(boolean full, String reason) implements Outcome {
    /** Rejected, but the caller may try again. */
    public Rejected(String reason) {
      this(false, reason);
    }
  }

  /** The entry may or may not be committed, now or later. */
  record Unknown(String reason) implements Outcome {}
}
