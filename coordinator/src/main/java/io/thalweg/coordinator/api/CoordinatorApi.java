package io.thalweg.coordinator.api;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.state.LogPosition;
import io.thalweg.format.error.ErrorCode;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The coordinator as servers see it. Any thread may call. Futures complete on any thread and never
 * exceptionally; callers switch to their own loop.
 */
public interface CoordinatorApi extends AutoCloseable {

  /**
   * Proposes a command. Proposals of one caller keep their order as long as none is rejected or
   * unknown.
   *
   * @param inlinePayload the batches in the entry, concatenated, only with a {@link Command.Commit}
   *     that names no object; the caller leaves them untouched until the future completes
   */
  CompletableFuture<Proposed> propose(Command command, List<ByteBuffer> inlinePayload);

  /** An index that covers every command applied anywhere before the call. */
  CompletableFuture<ReadIndex> readIndex();

  /**
   * The commands applied after {@code after}, or the whole state if they are no longer kept. If
   * there is none, waits for one up to {@code waitNanos}.
   *
   * @param after the place up to which the caller has followed; {@link Foreign} if that is no place
   *     in this log
   * @param maxBytes about the most bytes of commands to return; one command at least
   */
  CompletableFuture<FeedPage> feed(LogPosition after, int maxBytes, long waitNanos);

  /**
   * Reads {@code length} bytes from byte {@code position} of the inline payload of entry {@code
   * index}.
   */
  CompletableFuture<InlineRead> readInline(long index, int position, int length);

  @Override
  void close();

  /** How a proposal ended. */
  sealed interface Proposed {}

  /** It was applied at {@code index}. */
  record Applied(long index, Reply reply) implements Proposed {}

  /** It is certain that it was not applied and never will be. */
  record Rejected(String reason) implements Proposed {}

  /**
   * It was not applied and never will be, and the same proposal again does not help: no coordinator
   * could apply it, or (NO_SPACE) there is no room for it.
   */
  record Unfit(ErrorCode code, String reason) implements Proposed {}

  /** It may or may not be applied, now or later. */
  record Unknown(String reason) implements Proposed {}

  /** How a read index request ended. */
  sealed interface ReadIndex {}

  /** The index. */
  record Index(long index) implements ReadIndex {}

  /** The coordinator cannot tell now. */
  record NoIndex(String reason) implements ReadIndex {}

  /** A part of the feed. */
  sealed interface FeedPage {}

  /** Commands in log order, possibly none. */
  record Entries(List<FeedEntry> entries) implements FeedPage {
    /** Copies the list. */
    public Entries {
      entries = List.copyOf(entries);
    }
  }

  /** The whole state, in the form of {@code ClusterState.snapshot}. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record StateSnapshot(byte[] state) implements FeedPage {}

  /**
   * The caller has followed another log, or a part of this one that is lost. It cannot rely on
   * anything that it knows, and must not continue with any of it.
   */
  record Foreign(String reason) implements FeedPage {}

  /** The coordinator cannot be reached now. */
  record NoFeed(String reason) implements FeedPage {}

  /**
   * One applied command.
   *
   * @param command in the form of {@code CommandCodec}
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record FeedEntry(long index, byte[] command) {}

  /** How a read of an inline payload ended. */
  sealed interface InlineRead {}

  /** The bytes. */
  record InlineBytes(ByteBuffer bytes) implements InlineRead {}

  /**
   * Nothing lives there any more; a replica that has applied up to {@code appliedIndex} knows the
   * new home.
   */
  record InlineGone(long appliedIndex) implements InlineRead {}

  /** The coordinator cannot be reached now. */
  record NoInline(String reason) implements InlineRead {}
}
