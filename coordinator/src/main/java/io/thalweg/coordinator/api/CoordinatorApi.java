package io.thalweg.coordinator.api;

import io.thalweg.coordinator.state.Command;
import io.thalweg.coordinator.state.LogPosition;
import io.thalweg.coordinator.state.Reply;
import io.thalweg.format.error.ErrorCode;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The coordinator as servers see it. Any thread may call. Futures complete on any thread and never
 * exceptionally; callers hop to their own loop.
 */
public interface CoordinatorApi extends AutoCloseable {

  /**
   * Proposes a command. Proposals of one caller are ordered as they were made, as long as none is
   * rejected or unknown.
   *
   * @param inlinePayload the batches that ride along, concatenated, only with a {@link
   *     Command.Commit} that names no object; untouched until the future completes
   */
  CompletableFuture<Proposed> propose(Command command, List<ByteBuffer> inlinePayload);

  /** An index at which everything that was applied anywhere before the call is included. */
  CompletableFuture<ReadIndex> readIndex();

  /**
   * The commands applied after {@code after}, or the whole state where they are no longer kept.
   * Waits up to {@code waitNanos} while there is nothing.
   *
   * @param after up to where the caller has followed; {@link Foreign} where that is no place in
   *     this log
   * @param maxBytes stop after about as many bytes of commands; at least one command is given
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
   * It was not applied and never will be, and trying it again as it is does not help: no
   * coordinator could apply it, or (NO_SPACE) there is no room for it.
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
   * The caller has followed another log, or a part of this one that is lost: nothing it knows can
   * be relied on, and nothing of it may go on.
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
   * Nothing lives there any more; whoever has applied up to {@code appliedIndex} knows where to.
   */
  record InlineGone(long appliedIndex) implements InlineRead {}

  /** The coordinator cannot be reached now. */
  record NoInline(String reason) implements InlineRead {}
}
