package io.thalweg.frontend.kafka.network;

import io.thalweg.frontend.kafka.login.Logins;
import io.thalweg.server.api.Principal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.UnknownServerException;
import org.apache.kafka.common.message.ApiMessageType.ListenerType;
import org.apache.kafka.common.network.ClientInformation;
import org.apache.kafka.common.network.KafkaChannel;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.network.NetworkReceive;
import org.apache.kafka.common.network.NetworkSend;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.RequestContext;
import org.apache.kafka.common.requests.RequestHeader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection: requests are handled as they come, several at a time, and answered in
 * their order. Belongs to its {@link NetworkThread}.
 */
final class Connection {
  private static final Logger log = LoggerFactory.getLogger(Connection.class);

  private final String id;
  private final NetworkThread thread;
  private final RequestHandler handler;
  private final ConnectionState state;
  private final Logins logins;
  private final Throttle throttle;
  private final int maxInFlight;
  private final ArrayDeque<Pending> pending = new ArrayDeque<>();
  private Pending sending;
  private boolean muted;
  private boolean closed;

  /** A request without its answer yet. */
  private static final class Pending {
    final NetworkReceive receive;
    final ClientRequest request;
    final RequestContext context;
    final AbstractRequest body;
    final Handling handling;
    final long nanos;
    private Answer answer;
    private boolean released;

    Pending(NetworkReceive receive, ClientRequest request, Handling handling, long nanos) {
      this.receive = receive;
      this.request = request;
      this.context = request.context();
      this.body = request.body();
      this.handling = handling;
      this.nanos = nanos;
    }

    boolean isAnswered() {
      return handling.answer().isDone();
    }

    /** The answer; the same each time. */
    Answer answer() {
      if (answer == null) {
        answer = handling.answer().handle(this::answerOr).join();
      }
      return answer;
    }

    private Answer answerOr(Answer given, Throwable failure) {
      if (failure == null) {
        return given;
      }
      log.error("a bug: {} of {} failed", context.header.apiKey(), context.clientId(), failure);
      try {
        AbstractResponse unknown =
            body.getErrorResponse(new UnknownServerException("see the server's log"));
        return unknown == null ? Answer.close() : Answer.of(unknown);
      } catch (RuntimeException none) {
        log.error("and has no form for an error", none);
        return Answer.close();
      }
    }

    void release() {
      if (!released) {
        released = true;
        giveBack(receive);
        answer().release().run();
      }
    }
  }

  Connection(
      String id,
      NetworkThread thread,
      RequestHandler handler,
      ConnectionState state,
      Logins logins,
      Throttle throttle,
      int maxInFlight) {
    this.id = id;
    this.thread = thread;
    this.handler = handler;
    this.state = state;
    this.logins = logins;
    this.throttle = throttle;
    this.maxInFlight = maxInFlight;
  }

  /** Handles a request; closes the connection where there is no request in what came. */
  void received(NetworkReceive receive, KafkaChannel channel) {
    Pending begun;
    try {
      begun = begin(receive, channel);
    } catch (RuntimeException notOurs) {
      log.info(
          "the connection {} is closed: what it sent is no request that is known here: {}",
          id,
          notOurs.toString());
      giveBack(receive);
      thread.close(this);
      return;
    }
    pending.addLast(begun);
    if (begun.isAnswered()) {
      flush();
    } else {
      var unused = begun.handling.answer().whenComplete((a, f) -> thread.execute(this::flush));
    }
    if (!begun.handling.admitted().isDone()) {
      var unused = begun.handling.admitted().whenComplete((a, f) -> thread.execute(this::listen));
    }
    listen();
  }

  private Pending begin(NetworkReceive receive, KafkaChannel channel) {
    long began = logins.clock().nanoTime();
    int bytes = receive.payload().remaining();
    RequestHeader header = RequestHeader.parse(receive.payload());
    if (!header.apiKey().inScope(ListenerType.BROKER)) {
      throw new InvalidRequestException("a request of kind " + header.apiKey());
    }
    RequestContext context =
        new RequestContext(
            header,
            id,
            channel.socketAddress(),
            channel.principal(),
            ListenerName.forSecurityProtocol(logins.config().protocol()),
            logins.config().protocol(),
            channel.channelMetadataRegistry().clientInformation() == null
                ? ClientInformation.EMPTY
                : channel.channelMetadataRegistry().clientInformation(),
            false);
    AbstractRequest body = context.parseRequest(receive.payload()).request;
    ClientRequest request = new ClientRequest(context, body, bytes, principal(channel), state);
    Handling handling;
    try {
      handling = handler.handle(request);
    } catch (RuntimeException bug) {
      handling = Handling.ofAnswer(CompletableFuture.failedFuture(bug));
    }
    log.trace("{} {} of {}", header.apiKey(), header.apiVersion(), id);
    return new Pending(receive, request, handling, logins.clock().nanoTime() - began);
  }

  /** Gives the memory of what came back to the pool. */
  static void giveBack(NetworkReceive receive) {
    try {
      receive.close();
    } catch (IOException never) {
      throw new UncheckedIOException(never);
    }
  }

  private static Principal principal(KafkaChannel channel) {
    return new Principal(channel.principal().getName(), channel.socketAddress().getHostAddress());
  }

  /** Whether the next request is to be read now. */
  void listen() {
    if (closed) {
      return;
    }
    boolean full = pending.size() + (sending == null ? 0 : 1) >= maxInFlight;
    boolean busy = !pending.isEmpty() && !pending.getLast().handling.admitted().isDone();
    // A request that has begun to come is read to its end: until then it takes memory of all.
    boolean waits = thread.isMuted(id) && !thread.isReceiving(id);
    if ((full || busy || waits) != muted) {
      muted = !muted;
      thread.listen(id, !muted);
    }
  }

  /** Sends the next answer if it is its turn. */
  private void flush() {
    while (!closed && sending == null && !pending.isEmpty() && pending.getFirst().isAnswered()) {
      Pending next = pending.removeFirst();
      count(next);
      if (next.answer().closes()) {
        next.release();
        thread.close(this);
        return;
      }
      if (next.answer().response() == null) {
        next.release();
        continue;
      }
      sending = next;
      try {
        thread.send(new NetworkSend(id, next.context.buildResponseSend(next.answer().response())));
      } catch (RuntimeException bug) {
        log.error("a bug: the answer to {} cannot be written", next.context.header, bug);
        thread.close(this);
        return;
      }
    }
    listen();
  }

  /** Counts what the request used; the client waits afterwards if that is too much. */
  private void count(Pending answered) {
    AbstractResponse response = answered.answer().response();
    int millis = answered.answer().delayMillis();
    try {
      millis = Math.max(millis, throttle.answered(answered.request, answered.nanos, response));
    } catch (RuntimeException bug) {
      log.error("a bug: {} of {} is not counted", answered.context.header.apiKey(), id, bug);
    }
    if (millis > 0) {
      thread.mute(id, millis);
      if (response != null) {
        response.maybeSetThrottleTimeMs(millis);
      }
    }
  }

  /** The answer has left. */
  void sent() {
    if (sending != null) {
      sending.release();
      sending = null;
    }
    flush();
  }

  String id() {
    return id;
  }

  /** Whether nothing is under way. */
  boolean isIdle() {
    return pending.isEmpty() && sending == null;
  }

  /** Gives back what is held, now or when it is there. */
  void closed() {
    if (closed) {
      return;
    }
    closed = true;
    if (sending != null) {
      sending.release();
    }
    for (Pending each : pending) {
      if (each.isAnswered()) {
        each.release();
      } else {
        // On whatever thread: this one may have ended by then, and nobody else looks at it.
        var unused = each.handling.answer().whenComplete((a, f) -> each.release());
      }
    }
    pending.clear();
    state.close();
  }
}
