package io.thalweg.frontend.kafka.network;

import io.thalweg.frontend.kafka.login.Attempt;
import io.thalweg.frontend.kafka.login.Logins;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.apache.kafka.common.memory.MemoryPool;
import org.apache.kafka.common.network.ChannelState;
import org.apache.kafka.common.network.KafkaChannel;
import org.apache.kafka.common.network.NetworkReceive;
import org.apache.kafka.common.network.NetworkSend;
import org.apache.kafka.common.network.Selector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread that reads and writes some of the connections. Everything of a connection happens on it;
 * {@link #accept}, {@link #execute} and {@link #drain} are for any thread.
 */
final class NetworkThread {
  private static final Logger log = LoggerFactory.getLogger(NetworkThread.class);
  private static final long POLL_MILLIS = 300;
  private static final long LOGINS_NANOS = 200_000_000;
  private static final long ARRIVALS_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final String name;
  private final Selector selector;
  private final BiFunction<String, NetworkThread, Connection> connections;
  private final Thread thread;
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean woken = new AtomicBoolean();
  private final Map<String, Connection> open = new HashMap<>();
  private final Logins logins;

  /** Who connections say that they are, by their ids. */
  private final Map<String, Attempt> attempts = new HashMap<>();

  /** Connections whose clients have not logged in yet, by id; the oldest first. */
  private final Map<String, Newcomer> loggingIn = new LinkedHashMap<>();

  private final Muted muted = new Muted();
  private final MemoryPool inbound;
  private final Arrivals arrivals = new Arrivals();
  private long lookAtArrivals;
  private long lookAtLogins;
  private long accepted;
  private volatile boolean draining;
  private volatile boolean idle;
  private volatile boolean ended;
  private volatile int count;

  /** Whose time to log in ends, and its address. */
  private record Newcomer(long deadlineNanos, String from) {}

  /**
   * A thread that does not run yet.
   *
   * @param inbound memory of all connections' requests
   * @param selectors makes its selector, which tells what connections say of who they are
   * @param connections makes the state of a connection from its id
   */
  NetworkThread(
      String name,
      Logins logins,
      MemoryPool inbound,
      Function<BiConsumer<String, Attempt>, Selector> selectors,
      BiFunction<String, NetworkThread, Connection> connections) {
    this.name = name;
    this.logins = logins;
    this.inbound = inbound;
    this.selector = selectors.apply(attempts::put);
    this.connections = connections;
    this.thread = new Thread(this::run, name);
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** Takes a connection over. */
  void accept(SocketChannel socket) {
    execute(() -> register(socket));
  }

  /** Runs a task on this thread; drops it once the thread has ended. */
  void execute(Runnable task) {
    tasks.add(task);
    if (Thread.currentThread() != thread && woken.compareAndSet(false, true)) {
      selector.wakeup();
    }
  }

  /** How many connections there are. */
  int count() {
    return count;
  }

  private void register(SocketChannel socket) {
    try {
      if (draining) {
        socket.close();
        return;
      }
      String id = name + "-" + ++accepted;
      selector.register(id, socket);
      open.put(id, connections.apply(id, this));
      if (logins.takesTime()) {
        long deadline = logins.clock().nanoTime() + logins.config().loginTimeout().toNanos();
        loggingIn.put(id, new Newcomer(deadline, String.valueOf(socket.getRemoteAddress())));
      }
      count = open.size();
    } catch (IOException | RuntimeException gone) {
      log.debug("a connection ended before it began", gone);
      try {
        socket.close();
      } catch (IOException closed) {
        log.debug("and could not be closed", closed);
      }
    }
  }

  private void run() {
    while (!ended) {
      try {
        runOnce();
      } catch (IOException | RuntimeException failure) {
        log.error("a bug: a thread of Kafka's connections failed, and goes on", failure);
      }
    }
    for (Connection each : List.copyOf(open.values())) {
      close(each);
    }
    selector.close();
    // What the last connections hold is given back by tasks.
    runTasks();
  }

  private void runOnce() throws IOException {
    runTasks();
    long now = logins.clock().nanoTime();
    muted.due(now).forEach(id -> open.get(id).listen());
    selector.poll(tasks.isEmpty() ? muted.wait(POLL_MILLIS, now) : 0);
    for (NetworkReceive receive : selector.completedReceives()) {
      KafkaChannel channel = selector.channel(receive.source());
      Connection connection = open.get(receive.source());
      if (channel == null || connection == null || draining) {
        Connection.giveBack(receive);
      } else {
        received(connection, receive, channel);
      }
    }
    List<NetworkSend> sent = new ArrayList<>(selector.completedSends());
    selector.clearCompletedReceives();
    selector.clearCompletedSends();
    for (NetworkSend each : sent) {
      Connection connection = open.get(each.destinationId());
      if (connection != null) {
        connection.sent();
      }
    }
    selector.disconnected().forEach(this::disconnected);
    endLateLogins();
    endStalledRequests();
    idle = draining && open.values().stream().allMatch(Connection::isIdle);
  }

  private void disconnected(String id, ChannelState state) {
    if (state.state() == ChannelState.State.AUTHENTICATION_FAILED) {
      String why = state.exception() == null ? "refused" : state.exception().getMessage();
      Newcomer client = loggingIn.get(id);
      logins.refused(client == null ? "unknown" : client.from, attempts.get(id), why);
    }
    forget(id);
  }

  /** A client that says nothing does not keep its connection. */
  private void endLateLogins() {
    long now = logins.clock().nanoTime();
    if (loggingIn.isEmpty() || now - lookAtLogins < 0) {
      return;
    }
    lookAtLogins = now + LOGINS_NANOS;
    loggingIn.keySet().removeIf(this::isIn);
    Map<String, Newcomer> late = new LinkedHashMap<>(loggingIn);
    late.values().removeIf(each -> now - each.deadlineNanos < 0);
    late.forEach(
        (id, client) -> {
          logins.refused(client.from, attempts.get(id), "no login in time (kafka.login.timeout)");
          close(open.get(id));
        });
  }

  /** While memory is short, a request that does not go on coming ends with its connection. */
  private void endStalledRequests() {
    long now = logins.clock().nanoTime();
    if (now - lookAtArrivals < 0) {
      return;
    }
    lookAtArrivals = now + ARRIVALS_NANOS;
    if (!inbound.isOutOfMemory()) {
      arrivals.retain(Set.of());
      return;
    }
    for (Connection each : List.copyOf(open.values())) {
      KafkaChannel channel = selector.channel(each.id());
      NetworkReceive begun = isReceiving(each.id()) ? channel.currentReceive() : null;
      int bytes = begun == null ? 0 : begun.payload().position();
      if (arrivals.isStalled(each.id(), begun, bytes, now)) {
        log.warn(
            "the memory for requests is taken (kafka.inbound.memory), and a request from {} does"
                + " not go on coming: its connection is closed",
            channel.socketDescription());
        close(each);
      }
    }
    arrivals.retain(open.keySet());
  }

  /** Whether the connection's client has logged in, or is gone. */
  private boolean isIn(String id) {
    KafkaChannel channel = selector.channel(id);
    return !open.containsKey(id) || (channel != null && channel.ready());
  }

  /** A bug in one connection's request ends that connection alone. */
  private void received(Connection connection, NetworkReceive receive, KafkaChannel channel) {
    try {
      Attempt login = attempts.get(connection.id());
      if (login != null && !logins.isStillWelcome(login)) {
        Connection.giveBack(receive);
        logins.refused(channel.socketDescription(), login, login.whyNotGood());
        close(connection);
        return;
      }
      connection.received(receive, channel);
    } catch (RuntimeException bug) {
      log.error("a bug: connection {} is closed", connection.id(), bug);
      close(connection);
    }
  }

  private void runTasks() {
    woken.set(false);
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      try {
        task.run();
      } catch (RuntimeException bug) {
        log.error("a bug: a task of Kafka's connections failed", bug);
      }
    }
  }

  private void forget(String id) {
    Connection gone = open.remove(id);
    attempts.remove(id);
    muted.remove(id);
    loggingIn.remove(id);
    count = open.size();
    if (gone != null) {
      gone.closed();
    }
  }

  void send(NetworkSend send) {
    selector.send(send);
  }

  /** Reads from a connection, or stops to. */
  void listen(String id, boolean on) {
    if (selector.channel(id) == null) {
      return;
    }
    if (on) {
      selector.unmute(id);
    } else {
      selector.mute(id);
    }
  }

  /** Reads no more requests of a connection for that time. */
  void mute(String id, int millis) {
    if (open.containsKey(id)) {
      muted.add(id, logins.clock().nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis));
    }
  }

  /** Whether the time has not come yet. */
  boolean isMuted(String id) {
    return muted.has(id);
  }

  /** Whether a part of a connection's next request is there. */
  boolean isReceiving(String id) {
    KafkaChannel channel = selector.channel(id);
    NetworkReceive begun = channel == null ? null : channel.currentReceive();
    return begun != null && begun.memoryAllocated();
  }

  void close(Connection connection) {
    selector.close(connection.id());
    forget(connection.id());
  }

  /** Takes no more requests; those under way are answered. */
  void drain() {
    draining = true;
    selector.wakeup();
  }

  /** Whether nothing was under way when it last looked, since {@link #drain}. */
  boolean isIdle() {
    return idle;
  }

  /** Ends the thread and its connections. */
  void end(long millis) throws InterruptedException {
    ended = true;
    selector.wakeup();
    thread.join(millis);
  }
}
