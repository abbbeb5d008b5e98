package io.thalweg.client;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Relays connections to a server. From {@link #silence} on it drops all bytes, as a lost network
 * does: nothing arrives and nothing is reset. Connections of that time stay silent.
 */
final class SilentRelay implements Closeable {
  private final ServerSocket listener;
  private final int target;
  private final Queue<Closeable> open = new ConcurrentLinkedQueue<>();
  private final AtomicInteger lost = new AtomicInteger();
  private volatile boolean silent;

  SilentRelay(int target) throws IOException {
    this.target = target;
    this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    start(this::accept);
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "relay");
    thread.setDaemon(true);
    thread.start();
  }

  int port() {
    return listener.getLocalPort();
  }

  /** Drops all bytes from now on. */
  void silence() {
    lost.incrementAndGet();
    silent = true;
  }

  /** Relays new connections; those from before stay silent. */
  void heal() {
    silent = false;
  }

  /** Resets the current connections; the server still processes what it received. */
  void cut() throws IOException {
    lost.incrementAndGet();
    for (Closeable each : open) {
      each.close();
    }
  }

  private void accept() {
    try {
      while (true) {
        Socket client = listener.accept();
        Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
        open.add(client);
        open.add(server);
        int born = silent ? -1 : lost.get();
        start(() -> copy(client, server, born));
        start(() -> copy(server, client, born));
      }
    } catch (IOException closed) {
      // The test is over.
      return;
    }
  }

  private void copy(Socket from, Socket to, int born) {
    byte[] chunk = new byte[4_096];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
        if (born == lost.get()) {
          out.write(chunk, 0, read);
        }
      }
      if (born == lost.get()) {
        to.close();
      }
    } catch (IOException closed) {
      // The test is over, or one end has closed.
      return;
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Closeable each : open) {
      each.close();
    }
  }
}
