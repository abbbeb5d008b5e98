package io.thalweg.frontend.kafka.network;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;
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

  private final String name;
  private final Selector selector;
  private final BiFunction<String, NetworkThread, Connection> connections;
  private final Thread thread;
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean woken = new AtomicBoolean();
  private final Map<String, Connection> open = new HashMap<>();
  private long accepted;
  private volatile boolean draining;
  private volatile boolean idle;
  private volatile boolean ended;
  private volatile int count;

  /**
   * A thread that does not run yet.
   *
   * @param selector its own from now on
   * @param connections makes the state of a connection from its id
   */
  NetworkThread(
      String name, Selector selector, BiFunction<String, NetworkThread, Connection> connections) {
    this.name = name;
    this.selector = selector;
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
    selector.poll(tasks.isEmpty() ? POLL_MILLIS : 0);
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
    for (String id : selector.disconnected().keySet()) {
      forget(id);
    }
    idle = draining && open.values().stream().allMatch(Connection::isIdle);
  }

  /** A bug in one connection's request ends that connection alone. */
  private void received(Connection connection, NetworkReceive receive, KafkaChannel channel) {
    try {
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
