package io.thalweg.coordinator.ratis.remote;

import io.thalweg.coordinator.api.CoordinatorApi;
import io.thalweg.coordinator.api.EntryForm;
import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.ReplyCodec;
import io.thalweg.coordinator.ratis.EntryRefusedException;
import io.thalweg.coordinator.ratis.RatisProperties;
import io.thalweg.coordinator.state.LogPosition;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.io.BytesReader;
import io.thalweg.runtime.EventLoop;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.apache.ratis.client.RaftClient;
import org.apache.ratis.client.RaftClientConfigKeys;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.exceptions.StateMachineException;
import org.apache.ratis.retry.RetryPolicies;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.apache.ratis.util.SizeInBytes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The coordinators for a server in another process. Any thread; futures complete on the given loop.
 *
 * <p>Proposals go through one ordered connection and reads through another one without order, so
 * that a wait for the feed delays no other call. A failed ordered connection is useless: everything
 * under way on it is unknown, and the client opens a new one.
 */
public final class RatisCoordinatorClient implements CoordinatorApi {
  private static final Logger log = LoggerFactory.getLogger(RatisCoordinatorClient.class);
  private static final Duration RETRY_PAUSE = Duration.ofMillis(100);
  private static final Duration MOST_PER_ATTEMPT = Duration.ofSeconds(3);
  private static final SizeInBytes MAX_MESSAGE = SizeInBytes.valueOf("1GB");

  private final RatisClientConfig config;
  private final EventLoop loop;
  private final RaftClient reads;
  private final AtomicReference<RaftClient> proposals;
  private final AtomicInteger underWay = new AtomicInteger();
  private volatile boolean closed;

  /** Connects to the group that {@code config} names at the first call. */
  public RatisCoordinatorClient(RatisClientConfig config, EventLoop loop) {
    this.config = config;
    this.loop = loop;
    this.reads = newClient(config.maxFeedWait().plus(MOST_PER_ATTEMPT));
    this.proposals = new AtomicReference<>(newProposals());
  }

  private RaftClient newProposals() {
    Duration attempt =
        config.timeout().compareTo(MOST_PER_ATTEMPT) < 0 ? config.timeout() : MOST_PER_ATTEMPT;
    return newClient(attempt);
  }

  private RaftClient newClient(Duration attempt) {
    RaftProperties properties = new RaftProperties();
    RaftClientConfigKeys.Rpc.setRequestTimeout(properties, RatisProperties.time(attempt));
    RaftClientConfigKeys.Async.setOutstandingRequestsMax(properties, config.maxUnderWay() + 1);
    GrpcConfigKeys.setMessageSizeMax(properties, MAX_MESSAGE);
    int attempts = (int) Math.max(1, config.timeout().toMillis() / RETRY_PAUSE.toMillis());
    return RaftClient.newBuilder()
        .setRaftGroup(config.group().toRaft())
        .setProperties(properties)
        .setRetryPolicy(
            RetryPolicies.retryUpToMaximumCountWithFixedSleep(
                attempts, RatisProperties.time(RETRY_PAUSE)))
        .build();
  }

  private static ByteString bytes(byte[] bytes) {
    return UnsafeByteOperations.unsafeWrap(bytes);
  }

  // ---- proposals

  @Override
  public CompletableFuture<Proposed> propose(Command command, List<ByteBuffer> inlinePayload) {
    CompletableFuture<Proposed> answer = new CompletableFuture<>();
    byte[] head = EntryForm.head(command);
    long payload = inlinePayload.stream().mapToLong(ByteBuffer::remaining).sum();
    if (closed) {
      loop.execute(() -> answer.complete(new Rejected("this connection is closed")));
      return answer;
    }
    Optional<Unfit> unfit = EntryForm.whyNot(command, head, payload);
    if (unfit.isPresent()) {
      loop.execute(() -> answer.complete(unfit.get()));
      return answer;
    }
    if (underWay.incrementAndGet() > config.maxUnderWay()) {
      underWay.decrementAndGet();
      loop.execute(
          () ->
              answer.complete(
                  new Rejected(config.maxUnderWay() + " proposals are under way already")));
      return answer;
    }
    // Copied, because a retry may still be on its way when the caller learns that the outcome is
    // unknown.
    ByteBuffer entry = ByteBuffer.allocate((int) (head.length + payload)).put(head);
    inlinePayload.forEach(part -> entry.put(part.duplicate()));
    send(Message.valueOf(bytes(entry.array())), answer);
    return answer;
  }

  private void send(Message entry, CompletableFuture<Proposed> answer) {
    RaftClient through = proposals.get();
    CompletableFuture<RaftClientReply> reply;
    try {
      reply = through.async().send(entry);
    } catch (RuntimeException failure) {
      reply = CompletableFuture.failedFuture(failure);
    }
    EventLoop.Cancellable timer =
        loop.schedule(
            config.timeout().toNanos(),
            () -> {
              if (answer.complete(
                  new Unknown("no answer within " + config.timeout().toMillis() + " ms"))) {
                replace(through);
              }
            });
    loop.handle(
        reply,
        (value, failure) -> {
          timer.cancel();
          underWay.decrementAndGet();
          answer.complete(proposed(through, value, failure));
        });
  }

  private Proposed proposed(RaftClient through, RaftClientReply reply, Throwable failure) {
    if (failure == null) {
      try {
        ByteBuffer bytes = reply.getMessage().getContent().asReadOnlyByteBuffer();
        return new Applied(reply.getLogIndex(), ReplyCodec.decode(new BytesReader(bytes)));
      } catch (RuntimeException undecodable) {
        return new Unknown("the reply cannot be read: " + undecodable.getMessage());
      }
    }
    if (failure instanceof StateMachineException) {
      if (failure.getCause() instanceof EntryRefusedException full
          && full.code() == ErrorCode.NO_SPACE) {
        return new Unfit(ErrorCode.NO_SPACE, full.reason());
      }
      return failure.getCause() instanceof EntryRefusedException refused
          ? new Rejected(refused.reason())
          : new Unknown(String.valueOf(failure.getMessage()));
    }
    replace(through);
    return new Unknown(String.valueOf(failure.getMessage()));
  }

  private void replace(RaftClient useless) {
    if (closed || proposals.get() != useless) {
      return;
    }
    RaftClient fresh = newProposals();
    if (proposals.compareAndSet(useless, fresh)) {
      closeLater(useless);
    } else {
      closeLater(fresh);
    }
    if (closed) {
      closeLater(proposals.get());
    }
  }

  /** Closing waits for connections, so a thread of its own does it. */
  private static Thread closeLater(RaftClient client) {
    Thread closing =
        new Thread(
            () -> {
              try {
                client.close();
              } catch (IOException failure) {
                log.debug("closing a connection failed", failure);
              }
            },
            "ratis-client-close");
    closing.setDaemon(true);
    closing.start();
    return closing;
  }

  // ---- reads

  @Override
  public CompletableFuture<ReadIndex> readIndex() {
    return ask(
        new Query.ReadIndex(),
        Duration.ZERO,
        answer -> answer instanceof Answer.Index at ? new Index(at.index()) : null,
        NoIndex::new);
  }

  @Override
  public CompletableFuture<FeedPage> feed(LogPosition after, int maxBytes, long waitNanos) {
    long wait = Math.max(0, Math.min(waitNanos, config.maxFeedWait().toNanos()));
    return ask(
        new Query.Feed(after, Math.max(0, maxBytes), wait),
        Duration.ofNanos(wait),
        answer -> answer instanceof Answer.Page page ? page.page() : null,
        NoFeed::new);
  }

  @Override
  public CompletableFuture<InlineRead> readInline(long index, int position, int length) {
    if (position < 0 || length < 0) {
      CompletableFuture<InlineRead> refused = new CompletableFuture<>();
      loop.execute(
          () ->
              refused.complete(
                  new NoInline("position " + position + " or length " + length + " is negative")));
      return refused;
    }
    return ask(
        new Query.ReadInline(index, position, length),
        Duration.ZERO,
        answer -> answer instanceof Answer.Inline inline ? inline.read() : null,
        NoInline::new);
  }

  private <T> CompletableFuture<T> ask(
      Query query, Duration wait, Function<Answer, T> expected, Function<String, T> otherwise) {
    CompletableFuture<T> result = new CompletableFuture<>();
    if (closed) {
      loop.execute(() -> result.complete(otherwise.apply("this connection is closed")));
      return result;
    }
    Duration most = wait.plus(config.timeout());
    EventLoop.Cancellable timer =
        loop.schedule(
            most.toNanos(),
            () -> result.complete(otherwise.apply("no answer within " + most.toMillis() + " ms")));
    CompletableFuture<RaftClientReply> reply;
    try {
      reply = reads.async().sendReadOnlyUnordered(Message.valueOf(bytes(query.encode())));
    } catch (RuntimeException failure) {
      reply = CompletableFuture.failedFuture(failure);
    }
    BiFunction<RaftClientReply, Throwable, T> read =
        (value, failure) -> {
          if (failure != null) {
            return otherwise.apply(String.valueOf(failure.getMessage()));
          }
          Answer answer = Answer.decode(value.getMessage().getContent().asReadOnlyByteBuffer());
          T wanted = expected.apply(answer);
          return wanted != null ? wanted : otherwise.apply(String.valueOf(answer));
        };
    loop.handle(
        reply,
        (value, failure) -> {
          timer.cancel();
          T outcome;
          try {
            outcome = read.apply(value, failure);
          } catch (RuntimeException undecodable) {
            outcome = otherwise.apply("the answer cannot be read: " + undecodable.getMessage());
          }
          result.complete(outcome);
        });
    return result;
  }

  /** Closes both connections; running calls end as unknown or failed. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      Thread first = closeLater(proposals.get());
      Thread second = closeLater(reads);
      first.join(MOST_PER_ATTEMPT.toMillis());
      second.join(MOST_PER_ATTEMPT.toMillis());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
