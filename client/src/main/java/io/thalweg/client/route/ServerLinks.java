package io.thalweg.client.route;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.apache.arrow.flight.FlightGrpcUtils;
import org.apache.arrow.flight.Location;
import org.apache.arrow.flight.grpc.NettyClientBuilder;
import org.apache.arrow.memory.BufferAllocator;

/** A connection's links to servers, one per address, opened when first asked for. Any thread. */
public final class ServerLinks {
  private static final int MAX_LINKS = 1_000;
  private static final int FLOW_CONTROL_WINDOW = 8 << 20;
  private static final int CONNECT_MILLIS = 3_000;
  // The client notices a silent server after both together. gRPC accepts no less than 10 seconds
  // for the first.
  private static final int KEEP_ALIVE_SECONDS = 10;
  private static final int KEEP_ALIVE_ANSWER_SECONDS = 3;

  private final BufferAllocator allocator;
  private final Executor callbacks;
  private final EventLoopGroup sockets;
  private final LinkSecurity security;
  private final ServerLink own;
  // Guarded by this object's monitor.
  private final Map<Location, Link> links = new LinkedHashMap<>();
  private boolean closed;

  private record Link(ManagedChannel channel, ServerLink server) {}

  /**
   * Connects at once for a call that finds the connection lost. gRPC alone waits longer after each
   * failure, up to minutes, and fails all calls meanwhile; our callers already wait between their
   * calls.
   */
  private static final class Impatience implements ClientInterceptor {
    private volatile ManagedChannel channel;

    @Override
    public <Q, A> ClientCall<Q, A> interceptCall(
        MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
      if (channel.getState(false) == ConnectivityState.TRANSIENT_FAILURE) {
        channel.resetConnectBackoff();
      }
      return next.newCall(method, options);
    }
  }

  /**
   * Links that begin with the server that the user named.
   *
   * @throws ThalwegException INVALID_REQUEST where {@code security} does not go with the address
   */
  public ServerLinks(
      BufferAllocator allocator,
      Executor callbacks,
      EventLoopGroup sockets,
      LinkSecurity security,
      Location own) {
    this.allocator = allocator;
    this.callbacks = callbacks;
    this.sockets = sockets;
    this.security = security;
    this.own = to(own);
  }

  /** The server that the user named. */
  public ServerLink own() {
    return own;
  }

  /** The server at an address. Nothing is sent yet. */
  public final synchronized ServerLink to(Location location) {
    if (closed) {
      throw new ThalwegException(ErrorCode.CLOSING, "the connection is closed");
    }
    Link link = links.get(location);
    if (link == null) {
      if (links.size() >= MAX_LINKS) {
        throw new ThalwegException(
            ErrorCode.LIMIT_REACHED,
            "the cluster named more than "
                + MAX_LINKS
                + " addresses of servers; open a new connection");
      }
      Impatience impatience = new Impatience();
      NettyClientBuilder to = new NettyClientBuilder(allocator, location);
      security.prepare(to, location);
      ManagedChannel channel =
          to.build()
              .intercept(interceptors(impatience))
              .executor(callbacks)
              .eventLoopGroup(sockets)
              .channelType(NioSocketChannel.class)
              .flowControlWindow(FLOW_CONTROL_WINDOW)
              .withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS)
              .keepAliveTime(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
              .keepAliveTimeout(KEEP_ALIVE_ANSWER_SECONDS, TimeUnit.SECONDS)
              .keepAliveWithoutCalls(true)
              // The caller tries again; gRPC's retries would read messages after their release.
              .disableRetry()
              .build();
      impatience.channel = channel;
      link =
          new Link(
              channel,
              new ServerLink(channel, FlightGrpcUtils.createFlightClient(allocator, channel)));
      links.put(location, link);
    }
    return link.server;
  }

  private List<ClientInterceptor> interceptors(Impatience impatience) {
    List<ClientInterceptor> all = new ArrayList<>(List.of(impatience));
    security.interceptor().ifPresent(all::add);
    return all;
  }

  /** Whether nothing more can arrive. */
  public synchronized boolean isTerminated() {
    return links.values().stream().allMatch(link -> link.channel.isTerminated());
  }

  /** Opens no more links, and waits at most this long for each until nothing arrives any more. */
  public void shutdown(int seconds) throws InterruptedException {
    for (Link link : closing()) {
      link.channel.shutdown();
    }
    for (Link link : closing()) {
      link.channel.awaitTermination(seconds, TimeUnit.SECONDS);
    }
  }

  private synchronized Iterable<Link> closing() {
    closed = true;
    return List.copyOf(links.values());
  }

  /** Releases the memory. */
  public void close() throws InterruptedException {
    for (Link link : closing()) {
      link.server.flight().close();
    }
  }
}
