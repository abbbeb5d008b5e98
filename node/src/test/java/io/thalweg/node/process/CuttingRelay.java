package io.thalweg.node.process;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** Relays one connection to a server and cuts it both ways after some bytes to the server. */
public final class CuttingRelay implements AutoCloseable {
  private final ServerSocket listener;
  private final int target;
  private final long bytes;
  private volatile boolean cut;

  public CuttingRelay(int target, long bytes) throws IOException {
    this.target = target;
    this.bytes = bytes;
    this.listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    start(this::relay);
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "relay");
    thread.setDaemon(true);
    thread.start();
  }

  public int port() {
    return listener.getLocalPort();
  }

  /** Whether it has cut the connection. */
  public boolean cut() {
    return cut;
  }

  private void relay() {
    try (Socket client = listener.accept();
        Socket server = new Socket(InetAddress.getLoopbackAddress(), target)) {
      start(() -> copy(server, client, Long.MAX_VALUE));
      copy(client, server, bytes);
      cut = true;
    } catch (IOException closed) {
      // The test is over.
      return;
    }
  }

  private static void copy(Socket from, Socket to, long limit) {
    byte[] chunk = new byte[4_096];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (long left = limit; left > 0; ) {
        int read = in.read(chunk, 0, (int) Math.min(left, chunk.length));
        if (read < 0) {
          return;
        }
        out.write(chunk, 0, read);
        left -= read;
      }
    } catch (IOException closed) {
      // The other direction was cut.
      return;
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
