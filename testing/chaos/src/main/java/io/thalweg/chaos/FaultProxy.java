package io.thalweg.chaos;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/**
 * A proxy between the cluster and its object store. It passes requests on one by one, and injects
 * the faults of the current {@link Mix} into some of them. A thread for each connection; any thread
 * may call.
 */
final class FaultProxy implements AutoCloseable {
  private static final int BACKLOG = 200;
  private static final String DONE =
      "HTTP/1.1 200 OK\r\nETag: \"00000000000000000000000000000000\"\r\nContent-Length: 0\r\n\r\n";

  private final ServerSocket listener;
  private final int target;
  private final Random random;
  private final FaultCounts counts;
  private final Set<Socket> open = new HashSet<>();
  private Mix mix = Mix.NONE;

  /**
   * How faulty the store is.
   *
   * @param probability that a request gets a fault
   * @param faults to draw one from
   * @param longestMillis longest delay of a slow request
   */
  record Mix(double probability, List<StoreFault> faults, int longestMillis) {
    static final Mix NONE = new Mix(0, List.of(), 0);
  }

  /** A proxy on a free loopback port for the server at {@code target}. */
  FaultProxy(int target, long seed, FaultCounts counts) throws IOException {
    this.target = target;
    this.random = new Random(seed);
    this.counts = counts;
    this.listener = new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress());
    start(this::accept);
  }

  int port() {
    return listener.getLocalPort();
  }

  /** From now on, requests get faults of {@code next}. */
  synchronized void become(Mix next) {
    mix = next;
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "fault-proxy");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        if (keep(client)) {
          start(() -> serve(client));
        }
      } catch (IOException closed) {
        return;
      }
    }
  }

  private synchronized boolean keep(Socket socket) throws IOException {
    if (listener.isClosed()) {
      socket.close();
      return false;
    }
    return open.add(socket);
  }

  private void serve(Socket client) {
    try (client;
        Socket server = new Socket(InetAddress.getLoopbackAddress(), target)) {
      if (!keep(server)) {
        return;
      }
      InputStream in = new BufferedInputStream(client.getInputStream());
      InputStream answers = new BufferedInputStream(server.getInputStream());
      for (HttpMessage request = HttpMessage.readRequest(in);
          request != null && pass(request, client, server, answers);
          request = HttpMessage.readRequest(in)) {
        counts.add("store requests");
      }
    } catch (IOException cut) {
      // One side gave the connection up, as both may; so the proxy closes the other side's socket
      // too.
      counts.add("store connections cut");
    } finally {
      synchronized (this) {
        open.removeIf(Socket::isClosed);
      }
    }
  }

  /** Passes one request on; false ends the connection. */
  private boolean pass(HttpMessage request, Socket client, Socket server, InputStream answers)
      throws IOException {
    if (request.expectsContinue()) {
      throw new IOException("Expect: 100-continue is not passed on");
    }
    Optional<StoreFault> fault = draw(request);
    fault.ifPresent(each -> counts.add("store fault " + each));
    if (fault.isPresent()) {
      switch (fault.get()) {
        case RESET_BEFORE -> {
          return reset(client);
        }
        case SLOW_DOWN -> {
          write(client.getOutputStream(), slowDown());
          return true;
        }
        case LIE -> {
          write(client.getOutputStream(), DONE.getBytes(StandardCharsets.US_ASCII));
          return true;
        }
        case SLOW -> LockSupport.parkNanos(delayNanos());
        case ANSWER_DROPPED, TORN, FLIPPED -> {}
      }
    }
    write(server.getOutputStream(), request.head(), request.body());
    HttpMessage answer = HttpMessage.readAnswer(answers, request.firstLine().startsWith("HEAD "));
    if (fault.isPresent() && fault.get() == StoreFault.ANSWER_DROPPED) {
      return reset(client);
    }
    return answer(answer, fault, client);
  }

  private boolean answer(HttpMessage answer, Optional<StoreFault> fault, Socket client)
      throws IOException {
    byte[] body = answer.body();
    boolean hasObject = answer.firstLine().contains(" 206") && body.length > 0;
    if (hasObject && fault.isPresent() && fault.get() == StoreFault.TORN) {
      OutputStream out = client.getOutputStream();
      out.write(answer.head());
      out.write(body, 0, body.length / 2);
      out.flush();
      return false;
    }
    if (hasObject && fault.isPresent() && fault.get() == StoreFault.FLIPPED) {
      flip(body);
    }
    write(client.getOutputStream(), answer.head(), body);
    return true;
  }

  private synchronized void flip(byte[] body) {
    body[random.nextInt(body.length)] ^= (byte) (1 << random.nextInt(Byte.SIZE));
  }

  private synchronized Optional<StoreFault> draw(HttpMessage request) {
    if (mix.faults.isEmpty() || random.nextDouble() >= mix.probability) {
      return Optional.empty();
    }
    StoreFault fault = mix.faults.get(random.nextInt(mix.faults.size()));
    String line = request.firstLine();
    String method = line.substring(0, line.indexOf(' '));
    return fault.fits(method, !request.header("range").isEmpty())
        ? Optional.of(fault)
        : Optional.empty();
  }

  private synchronized long delayNanos() {
    return (1 + random.nextInt(Math.max(1, mix.longestMillis))) * 1_000_000L;
  }

  /** Closes the connection with a reset. */
  private static boolean reset(Socket client) throws IOException {
    client.setSoLinger(true, 0);
    client.close();
    return false;
  }

  private static byte[] slowDown() {
    String body =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
            + "<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>";
    return ("HTTP/1.1 503 Slow Down\r\nContent-Type: application/xml\r\nContent-Length: "
            + body.length()
            + "\r\n\r\n"
            + body)
        .getBytes(StandardCharsets.US_ASCII);
  }

  private static void write(OutputStream out, byte[]... parts) throws IOException {
    for (byte[] part : parts) {
      out.write(part);
    }
    out.flush();
  }

  @Override
  public synchronized void close() throws IOException {
    listener.close();
    for (Socket socket : open) {
      socket.close();
    }
  }
}
