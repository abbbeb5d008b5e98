package io.thalweg.coordinator.ratis.remote;

import io.thalweg.coordinator.api.CoordinatorApi.NoInline;
import io.thalweg.coordinator.api.CoordinatorNode;
import io.thalweg.coordinator.api.EntryForm;
import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.CommandCodec;
import io.thalweg.coordinator.log.EntryCheck;
import io.thalweg.coordinator.log.MetadataLog;
import io.thalweg.coordinator.ratis.QueryHandler;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * Answers other processes' queries from a {@link CoordinatorNode}, and checks their entries. Any
 * thread; it asks the node on the node's own loop.
 */
public final class CoordinatorQueries implements QueryHandler {
  private static final int MAX_PAGE_BYTES = 16 << 20;
  private static final long MAX_WAIT_NANOS = Duration.ofMinutes(2).toNanos();

  private final CoordinatorNode node;

  /** Answers from {@code node}. */
  public CoordinatorQueries(CoordinatorNode node) {
    this.node = node;
  }

  /**
   * Passes only entries that {@link CoordinatorNode} can apply, with their times within the limits.
   *
   * @param refused gets, on any thread, the commands that were refused for lack of room
   */
  public static EntryCheck entryCheck(UnaryOperator<Command> times, Consumer<Command> refused) {
    return new CommandCheck(times, refused);
  }

  /** The same, without a listener for refused commands. */
  public static EntryCheck entryCheck(UnaryOperator<Command> times) {
    return entryCheck(times, refused -> {});
  }

  private record CommandCheck(UnaryOperator<Command> times, Consumer<Command> refused)
      implements EntryCheck {
    @Override
    public void refused(ByteBuffer entry) {
      refused.accept(command(new BytesReader(entry.duplicate())));
    }

    private static Command command(BytesReader in) {
      return CommandCodec.decode(new BytesReader(in.view(in.int32())));
    }

    @Override
    public Optional<String> whyNot(ByteBuffer entry) {
      return EntryForm.whyNot(entry);
    }

    @Override
    public boolean carriesPayload(ByteBuffer entry) {
      return EntryForm.carriesPayload(entry);
    }

    @Override
    public ByteBuffer admitted(ByteBuffer entry) {
      BytesReader in = new BytesReader(entry.duplicate());
      Command command = command(in);
      Command allowed = times.apply(command);
      if (allowed == command) {
        return entry;
      }
      byte[] head = CoordinatorNode.entryHead(allowed);
      byte[] payload = in.raw(in.remaining());
      return ByteBuffer.allocate(head.length + payload.length).put(head).put(payload).flip();
    }
  }

  @Override
  public CompletableFuture<byte[]> answer(ByteBuffer query) {
    CompletableFuture<byte[]> answer = new CompletableFuture<>();
    Query decoded;
    try {
      decoded = Query.decode(query);
    } catch (ThalwegException malformed) {
      answer.complete(new Answer.Failed(malformed.code(), malformed.getMessage()).encode());
      return answer;
    }
    node.loop()
        .execute(
            () -> {
              try {
                ask(decoded, answer);
              } catch (RuntimeException failure) {
                answer.complete(failed(failure));
              }
            });
    return answer;
  }

  private static byte[] failed(Throwable failure) {
    return new Answer.Failed(ErrorCode.INTERNAL, String.valueOf(failure)).encode();
  }

  private void ask(Query query, CompletableFuture<byte[]> answer) {
    if (query instanceof Query.ReadIndex) {
      answer.complete(new Answer.Index(node.appliedIndex()).encode());
    } else if (query instanceof Query.Feed feed) {
      node.loop()
          .handle(
              node.feed(
                  feed.after(),
                  Math.min(feed.maxBytes(), MAX_PAGE_BYTES),
                  Math.min(feed.waitNanos(), MAX_WAIT_NANOS)),
              (page, failure) ->
                  answer.complete(
                      failure != null ? failed(failure) : new Answer.Page(page).encode()));
    } else if (query instanceof Query.ReadInline read) {
      var found =
          node.readInline(
              read.index(), read.position(), Math.min(read.length(), MetadataLog.MAX_ENTRY));
      answer.complete(
          found instanceof NoInline none
              ? new Answer.Failed(ErrorCode.INVALID_REQUEST, none.reason()).encode()
              : new Answer.Inline(found).encode());
    }
  }
}
