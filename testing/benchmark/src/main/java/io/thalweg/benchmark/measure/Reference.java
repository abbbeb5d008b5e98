package io.thalweg.benchmark.measure;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;

/** What this machine can do at most, measured in the same run. Stateless. */
public final class Reference {
  private Reference() {}

  /** Sequential writes of {@code groupBytes} to one file, each with fdatasync; MB/s. */
  public static double syncedWrites(Path directory, long totalBytes, int groupBytes)
      throws IOException {
    Path file = Files.createTempFile(directory, "reference", ".bin");
    byte[] noise = new byte[groupBytes];
    new Random(1).nextBytes(noise);
    ByteBuffer group = ByteBuffer.allocateDirect(groupBytes).put(noise).flip();
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      long begin = System.nanoTime();
      long written = 0;
      while (written < totalBytes) {
        ByteBuffer next = group.duplicate();
        while (next.hasRemaining()) {
          written += channel.write(next);
        }
        channel.force(false);
      }
      return written * 1e3 / (System.nanoTime() - begin);
    } finally {
      Files.delete(file);
    }
  }

  /** Copies of a buffer much larger than the caches; MB/s. */
  public static double memoryCopy() {
    int size = 256 << 20;
    ByteBuffer from = ByteBuffer.allocateDirect(size);
    ByteBuffer to = ByteBuffer.allocateDirect(size);
    to.put(0, from, 0, size);
    long begin = System.nanoTime();
    int rounds = 8;
    for (int i = 0; i < rounds; i++) {
      to.put(0, from, 0, size);
    }
    return (double) size * rounds * 1e3 / (System.nanoTime() - begin);
  }

  /** One small write after the other to one file, each with fdatasync. */
  public static Latencies syncs(Path directory, int count, int bytes) throws IOException {
    Path file = Files.createTempFile(directory, "reference", ".bin");
    ByteBuffer write = ByteBuffer.allocateDirect(bytes);
    Latencies latencies = new Latencies();
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      for (int i = 0; i < count; i++) {
        long begin = System.nanoTime();
        for (ByteBuffer next = write.duplicate(); next.hasRemaining(); ) {
          channel.write(next);
        }
        channel.force(false);
        latencies.record(System.nanoTime() - begin);
      }
      return latencies;
    } finally {
      Files.delete(file);
    }
  }

  /**
   * Sends some bytes to another thread over the loopback and waits for as many back, one after the
   * other, for a second; then counts one more second.
   */
  public static Latencies roundTrips(int bytes) throws IOException, InterruptedException {
    try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket near = new Socket(listening.getInetAddress(), listening.getLocalPort());
        Socket far = listening.accept()) {
      Thread echo = new Thread(() -> echo(far, bytes), "echo");
      echo.start();
      near.setTcpNoDelay(true);
      Latencies latencies = new Latencies();
      byte[] sent = new byte[bytes];
      long warm = System.nanoTime() + 1_000_000_000L;
      for (long begin = System.nanoTime(); begin < warm + 1_000_000_000L; ) {
        begin = System.nanoTime();
        near.getOutputStream().write(sent);
        near.getInputStream().readNBytes(sent, 0, bytes);
        if (begin >= warm) {
          latencies.record(System.nanoTime() - begin);
        }
      }
      near.shutdownOutput();
      echo.join();
      return latencies;
    }
  }

  private static void echo(Socket socket, int bytes) {
    byte[] received = new byte[bytes];
    try {
      socket.setTcpNoDelay(true);
      while (socket.getInputStream().readNBytes(received, 0, bytes) == bytes) {
        socket.getOutputStream().write(received);
      }
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    }
  }
}
