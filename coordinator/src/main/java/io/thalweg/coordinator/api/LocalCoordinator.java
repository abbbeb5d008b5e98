package io.thalweg.coordinator.api;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.ReplyCodec;
import io.thalweg.coordinator.log.MetadataLog;
import io.thalweg.coordinator.state.LogPosition;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.io.BytesReader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;

/** The coordinator within this process. Any thread. */
public final class LocalCoordinator implements CoordinatorApi {
  private final CoordinatorNode node;
  private final MetadataLog log;
  private final UnaryOperator<Command> times;

  /**
   * The API of {@code node}, whose entries {@code log} orders, at times that {@code times} allows.
   */
  public LocalCoordinator(CoordinatorNode node, MetadataLog log, UnaryOperator<Command> times) {
    this.node = node;
    this.log = log;
    this.times = times;
  }

  @Override
  public CompletableFuture<Proposed> propose(Command proposed, List<ByteBuffer> inlinePayload) {
    Command command = times.apply(proposed);
    byte[] head = EntryForm.head(command);
    long payload = inlinePayload.stream().mapToLong(ByteBuffer::remaining).sum();
    Optional<Unfit> unfit = EntryForm.whyNot(command, head, payload);
    if (unfit.isPresent()) {
      CompletableFuture<Proposed> refused = new CompletableFuture<>();
      node.loop().execute(() -> refused.complete(unfit.get()));
      return refused;
    }
    List<ByteBuffer> entry = new ArrayList<>(inlinePayload.size() + 1);
    entry.add(ByteBuffer.wrap(head));
    entry.addAll(inlinePayload);
    return log.append(entry).thenApply(LocalCoordinator::proposed);
  }

  /** What the log's outcome means for a proposal. */
  public static Proposed proposed(MetadataLog.Outcome outcome) {
    if (outcome instanceof MetadataLog.Committed committed) {
      return new Applied(committed.index(), ReplyCodec.decode(new BytesReader(committed.reply())));
    }
    if (outcome instanceof MetadataLog.Rejected full && full.full()) {
      return new Unfit(ErrorCode.NO_SPACE, full.reason());
    }
    return outcome instanceof MetadataLog.Rejected rejected
        ? new Rejected(rejected.reason())
        : new Unknown(((MetadataLog.Unknown) outcome).reason());
  }

  @Override
  public CompletableFuture<ReadIndex> readIndex() {
    return log.linearizableRead()
        .thenApply(
            outcome ->
                outcome instanceof MetadataLog.Committed at
                    ? new Index(at.index())
                    : new NoIndex(String.valueOf(outcome)));
  }

  @Override
  public CompletableFuture<FeedPage> feed(LogPosition after, int maxBytes, long waitNanos) {
    CompletableFuture<FeedPage> answer = new CompletableFuture<>();
    node.loop()
        .execute(
            () -> {
              try {
                node.loop()
                    .handle(
                        node.feed(after, maxBytes, waitNanos),
                        (page, failure) ->
                            answer.complete(
                                failure == null ? page : new NoFeed(String.valueOf(failure))));
              } catch (RuntimeException failure) {
                answer.complete(new NoFeed(String.valueOf(failure)));
              }
            });
    return answer;
  }

  @Override
  public CompletableFuture<InlineRead> readInline(long index, int position, int length) {
    CompletableFuture<InlineRead> answer = new CompletableFuture<>();
    node.loop()
        .execute(
            () -> {
              try {
                answer.complete(node.readInline(index, position, length));
              } catch (RuntimeException failure) {
                answer.complete(new NoInline(String.valueOf(failure)));
              }
            });
    return answer;
  }

  /** Does nothing: the process that opened the log and the loop closes them. */
  @Override
  public void close() {}
}
