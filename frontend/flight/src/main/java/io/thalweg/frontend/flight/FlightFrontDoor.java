package io.thalweg.frontend.flight;

import com.google.common.util.concurrent.MoreExecutors;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.thalweg.frontend.flight.inbound.InboundMemory;
import io.thalweg.frontend.flight.inbound.InboundSockets;
import io.thalweg.frontend.flight.login.Callers;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.SystemClock;
import io.thalweg.server.api.ServerApi;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.arrow.flight.impl.FlightServiceGrpc;
import org.apache.arrow.memory.BufferAllocator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listener of the native protocol. Owns its threads: a few for gRPC's calls and a few for the
 * streams that move data; lookups run on the threads of the sockets. One thread calls {@link
 * #start} and {@link #close}, once each.
 */
public final class FlightFrontDoor implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(FlightFrontDoor.class);
  private static final int MAX_CALLS_PER_CONNECTION = 1_000;
  private static final int MAX_HEADER_BYTES = 16 << 10;
  private static final int FLOW_CONTROL_WINDOW = 8 << 20;
  private static final int KEEP_ALIVE_SECONDS = 20;
  private static final int KEEP_ALIVE_ANSWER_SECONDS = 10;
  private static final int DRAIN_MILLIS = 5_000;
  private static final int CUT_MILLIS = 2_000;
  private static final int CLOSE_SECONDS = 10;

  private static final int CHECK_MILLIS = 200;

  private final FlightConfig config;
  private final BufferAllocator allocator;
  private final ExecutorService callThreads;
  private final ExecutorService streamThreads;
  private final NioEventLoopGroup listener;
  private final InboundSockets sockets;
  private final InboundMemory inbound;
  private final FlightService service;
  private final Callers callers;
  private Server server;

  /** A door to {@code api} that is not open yet. */
  public FlightFrontDoor(FlightConfig config, ServerApi api) {
    this(config, api, new SystemClock());
  }

  /** As above; {@code clock} measures for how long calls stall, and tokens last. */
  public FlightFrontDoor(FlightConfig config, ServerApi api, Clock clock) {
    new QuietLog(clock, FlightFrontDoor::shortOfMemory).attach();
    this.config = config;
    int threads = Math.max(2, Runtime.getRuntime().availableProcessors());
    this.allocator = api.allocator().newChildAllocator("flight", 0, Long.MAX_VALUE);
    this.callThreads = Executors.newFixedThreadPool(threads, named("flight-call-"));
    this.streamThreads = Executors.newFixedThreadPool(threads, named("flight-stream-"));
    this.listener = new NioEventLoopGroup(1, new DefaultThreadFactory("flight-listen", true));
    this.sockets = new InboundSockets(threads);
    this.inbound = new InboundMemory(config.inboundBytes(), clock, sockets);
    this.callers = new Callers(config.security(), api.security(), clock, FlightErrors::status);
    this.service = new FlightService(api, config, allocator, streamThreads, sockets);
  }

  private static void shortOfMemory(Throwable cause) {
    log.warn(
        "no memory was left for incoming messages, so a connection was refused or lost;"
            + " choose flight.inbound.memory smaller, or -Xmx (or -XX:MaxDirectMemorySize) larger",
        cause);
  }

  private static ThreadFactory named(String prefix) {
    AtomicInteger number = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, prefix + number.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }

  /** Listens; returns the port. */
  public int start() throws IOException {
    InboundCalls inboundCalls = new InboundCalls(inbound);
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(new InetSocketAddress(config.host(), config.port()))
            .bossEventLoopGroup(listener)
            .workerEventLoopGroup(sockets)
            .channelType(NioServerSocketChannel.class)
            .executor(callThreads)
            .callExecutor(FlightFrontDoor::executor)
            // Without a fixed window gRPC measures how large it should be, with a ping for every
            // few messages.
            .flowControlWindow(FLOW_CONTROL_WINDOW)
            // A message over our limit reaches InboundFrame, which refuses it with a code. Only
            // messages far over it are left to gRPC, whose refusal has no code.
            .maxInboundMessageSize((int) Math.min(Integer.MAX_VALUE, 2L * config.maxMessageBytes()))
            .maxInboundMetadataSize(MAX_HEADER_BYTES)
            .maxConcurrentCallsPerConnection(MAX_CALLS_PER_CONNECTION)
            // Clients ping every 10 s (docs/protocol-flight.md), and some a little earlier.
            .permitKeepAliveTime(5, TimeUnit.SECONDS)
            .permitKeepAliveWithoutCalls(true)
            // Ends the streams of a client that has vanished, and so frees their memory.
            .keepAliveTime(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
            .keepAliveTimeout(KEEP_ALIVE_ANSWER_SECONDS, TimeUnit.SECONDS)
            .addStreamTracerFactory(inboundCalls)
            .intercept(inboundCalls)
            // The last one is asked first.
            .intercept(callers)
            .addService(service.definition());
    config.security().context().ifPresent(builder::sslContext);
    server = builder.build().start();
    var unused =
        listener.scheduleWithFixedDelay(
            this::check, CHECK_MILLIS, CHECK_MILLIS, TimeUnit.MILLISECONDS);
    log.info("Flight listens on {}:{}", config.host(), server.getPort());
    return server.getPort();
  }

  /** Ends calls that stall while memory is short, and those of users who were removed. */
  private void check() {
    inbound.check();
    service.calls().cutUnless(callers::isStillWelcome);
  }

  /**
   * Somebody waits for each lookup, so lookups stay on the thread of the client's socket, which
   * they never block.
   */
  private static Executor executor(ServerCall<?, ?> call, Metadata headers) {
    return call.getMethodDescriptor()
            .getFullMethodName()
            .equals(FlightServiceGrpc.getDoExchangeMethod().getFullMethodName())
        ? MoreExecutors.directExecutor()
        : null;
  }

  /** The number of open streams. */
  public int openStreams() {
    return service.calls().streams();
  }

  /** Bytes of incoming messages now. */
  public long inboundBytes() {
    return inbound.total();
  }

  private boolean ended(long millis) throws InterruptedException {
    try {
      service.calls().ended().get(millis, TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException late) {
      return false;
    } catch (ExecutionException never) {
      throw new IllegalStateException(never);
    }
  }

  /**
   * Closes in an orderly way: new calls fail with CLOSING, running calls have a while to finish,
   * and every call gets an answer. Then releases all memory.
   */
  @Override
  public void close() {
    try {
      if (server != null) {
        service.calls().drain();
        if (!ended(DRAIN_MILLIS)) {
          log.info("Flight cuts off calls that did not end within {} ms", DRAIN_MILLIS);
          service.calls().cut();
          if (!ended(CUT_MILLIS)) {
            log.warn("Flight has calls that do not end");
          }
        }
        server.shutdown();
        if (!server.awaitTermination(CUT_MILLIS, TimeUnit.MILLISECONDS)) {
          server.shutdownNow();
        }
        if (!server.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
          log.warn("Flight did not end within {} s", CLOSE_SECONDS);
        }
      }
      // A message being written holds its rows' memory a little longer than its call lives.
      listener.shutdownGracefully(0, CLOSE_SECONDS, TimeUnit.SECONDS).await();
      sockets.shutdownGracefully(0, CLOSE_SECONDS, TimeUnit.SECONDS).await();
      for (ExecutorService threads : new ExecutorService[] {callThreads, streamThreads}) {
        threads.shutdown();
        if (!threads.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
          log.warn("Flight's threads did not end within {} s", CLOSE_SECONDS);
        }
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    allocator.close();
  }
}
