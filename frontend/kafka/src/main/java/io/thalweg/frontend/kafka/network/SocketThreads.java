package io.thalweg.frontend.kafka.network;

import io.thalweg.frontend.kafka.login.Logins;
import io.thalweg.server.api.ServerApi;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.kafka.common.memory.MemoryPool;
import org.apache.kafka.common.memory.SimpleMemoryPool;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.network.ChannelBuilder;
import org.apache.kafka.common.network.Selector;
import org.apache.kafka.common.requests.ApiVersionsResponse;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.common.utils.internals.LogContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listening socket and the threads of its connections. One thread calls {@link #start} and
 * {@link #close}.
 */
public final class SocketThreads implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SocketThreads.class);
  private static final int BACKLOG = 512;
  private static final int RECEIVE_BUFFER = 1 << 20;
  private static final long IDLE_MILLIS = 600_000;
  private static final int DRAIN_MILLIS = 5_000;
  private static final int END_MILLIS = 2_000;
  private static final int CHECK_MILLIS = 10;

  private final ServerSocketChannel listening;
  private final Limits limits;
  private final Logins logins;
  private final ServerApi api;
  private final Metrics metrics = new Metrics();
  private final MemoryPool inbound;
  private final List<NetworkThread> threads = new ArrayList<>();
  private final Thread acceptor;
  private volatile boolean closing;
  private int turn;

  /**
   * Limits of all connections.
   *
   * @param threads that read and write
   * @param connections most at one time; one more is closed at once
   * @param requestBytes of the largest request
   * @param inboundBytes of all requests under way; past them nothing is read
   * @param inFlight requests of one connection under way
   */
  public record Limits(
      int threads, int connections, int requestBytes, long inboundBytes, int inFlight) {}

  private SocketThreads(
      ServerSocketChannel listening, Limits limits, Logins logins, ServerApi api) {
    this.listening = listening;
    this.limits = limits;
    this.logins = logins;
    this.api = api;
    this.inbound =
        new SimpleMemoryPool(
            limits.inboundBytes, limits.requestBytes, false, metrics.sensor("inbound"));
    this.acceptor = new Thread(this::accept, "kafka-accept");
    acceptor.setDaemon(true);
  }

  /** Takes the port; connections wait until {@link #start}. */
  public static SocketThreads listen(
      String host, int port, Limits limits, Logins logins, ServerApi api) throws IOException {
    ServerSocketChannel socket = ServerSocketChannel.open();
    try {
      socket.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      socket.setOption(StandardSocketOptions.SO_RCVBUF, RECEIVE_BUFFER);
      socket.bind(new InetSocketAddress(host, port), BACKLOG);
      return new SocketThreads(socket, limits, logins, api);
    } catch (IOException | RuntimeException taken) {
      socket.close();
      throw taken;
    }
  }

  /** The port that is listened on. */
  public int port() {
    return listening.socket().getLocalPort();
  }

  /** Bytes of requests now. */
  public long inboundBytes() {
    return inbound.size() - inbound.availableMemory();
  }

  /**
   * Begins to serve connections.
   *
   * @param throttle counts what clients use
   * @param versions what a client that has not logged in yet hears of the requests there are
   */
  public void start(
      RequestHandler handler, Throttle throttle, Function<Short, ApiVersionsResponse> versions) {
    for (int i = 0; i < limits.threads; i++) {
      int number = i;
      threads.add(
          new NetworkThread(
              "kafka-" + i,
              logins,
              inbound,
              attempts -> selector(number, logins.channels(attempts, versions)),
              (id, own) ->
                  new Connection(
                      id,
                      own,
                      handler,
                      new ConnectionState(api),
                      logins,
                      throttle,
                      limits.inFlight)));
    }
    threads.forEach(NetworkThread::start);
    acceptor.start();
  }

  private Selector selector(int number, ChannelBuilder channels) {
    return new Selector(
        limits.requestBytes,
        IDLE_MILLIS,
        Logins.FAILED_DELAY_MILLIS,
        metrics,
        Time.SYSTEM,
        "kafka-door",
        Map.of("thread", Integer.toString(number)),
        false,
        true,
        channels,
        inbound,
        new LogContext("[Kafka door] "));
  }

  private void accept() {
    while (!closing) {
      try {
        SocketChannel socket = listening.accept();
        if (connections() >= limits.connections) {
          log.warn(
              "a connection from {} is closed: there are {} already (kafka.connections.max)",
              socket.getRemoteAddress(),
              limits.connections);
          socket.close();
          continue;
        }
        socket.configureBlocking(false);
        socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
        socket.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
        turn = (turn + 1) % threads.size();
        threads.get(turn).accept(socket);
      } catch (IOException failure) {
        if (!closing) {
          log.warn("a connection could not be accepted", failure);
        }
      }
    }
  }

  private int connections() {
    return threads.stream().mapToInt(NetworkThread::count).sum();
  }

  @Override
  public void close() {
    closing = true;
    try {
      listening.close();
      acceptor.join(END_MILLIS);
      threads.forEach(NetworkThread::drain);
      for (int waited = 0; waited < DRAIN_MILLIS && !isIdle(); waited += CHECK_MILLIS) {
        Thread.sleep(CHECK_MILLIS);
      }
      for (NetworkThread thread : threads) {
        thread.end(END_MILLIS);
      }
    } catch (IOException failure) {
      log.warn("the Kafka door's socket could not be closed", failure);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    metrics.close();
  }

  private boolean isIdle() {
    return threads.stream().allMatch(NetworkThread::isIdle);
  }
}
