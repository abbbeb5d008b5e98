package io.thalweg.benchmark.peers;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** Java processes that serve together, with one directory. One thread. */
final class PeerProcesses implements PeerServers {
  private static final int READY_SECONDS = 60;

  private final Path directory;
  private final String address;
  private final List<Running> running = new ArrayList<>();

  PeerProcesses(Path directory, String address) {
    this.directory = directory;
    this.address = address;
  }

  private record Running(JavaProcess process, JavaProcess.Program program, int port) {}

  /** A port that nobody has at the moment. */
  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** Starts one more, and waits until it listens. If it does not, all are ended. */
  void start(JavaProcess.Program program, int port) throws IOException {
    JavaProcess process = JavaProcess.start(program, directory);
    running.add(new Running(process, program, port));
    long begin = System.nanoTime();
    while (!listens(port)) {
      if (!process.isAlive() || System.nanoTime() - begin > READY_SECONDS * 1_000_000_000L) {
        String words = process.lastWords();
        close();
        throw new IOException(program.name() + " does not serve:\n" + words);
      }
      LockSupport.parkNanos(50_000_000L);
    }
  }

  /** Runs a program to its end. */
  void run(JavaProcess.Program program) throws IOException {
    try (JavaProcess process = JavaProcess.start(program, directory)) {
      if (process.process().waitFor() != 0) {
        String words = process.lastWords();
        close();
        throw new IOException(program.name() + " failed:\n" + words);
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", interrupted);
    }
  }

  private static boolean listens(int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
      return true;
    } catch (IOException notYet) {
      return false;
    }
  }

  Path directory() {
    return directory;
  }

  @Override
  public String address() {
    return address;
  }

  @Override
  public double cpuSeconds() {
    return running.stream().mapToDouble(each -> each.process().cpuSeconds()).sum();
  }

  @Override
  public void restartCold() throws IOException {
    List<Running> before = List.copyOf(running);
    for (int i = before.size() - 1; i >= 0; i--) {
      before.get(i).process().stop();
    }
    running.clear();
    PageCache.drop(directory);
    for (Running each : before) {
      start(each.program(), each.port());
    }
  }

  @Override
  public void close() throws IOException {
    for (int i = running.size() - 1; i >= 0; i--) {
      running.get(i).process().close();
    }
    running.clear();
    RunningPeer.delete(directory);
  }
}
