package io.thalweg.coordinator.ratis;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Configs of members on loopback. */
public final class TestConfigs {
  static final QueryHandler NO_QUERIES =
      query -> CompletableFuture.failedFuture(new IOException("no queries here"));

  private TestConfigs() {}

  static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  public static RatisConfig alone(Path directory) {
    return alone(directory, 50_000, 64L << 20);
  }

  /** The same, keeping {@code reserve} bytes of its disk free. */
  static RatisConfig withReserve(RatisConfig like, long reserve) {
    return of(like, like.repair(), reserve);
  }

  /** The same, started with {@code --repair}. */
  static RatisConfig repairing(RatisConfig like) {
    return of(like, true, like.reserveBytes());
  }

  /** The same, started with {@code --accept-loss}. */
  static RatisConfig acceptingLoss(RatisConfig like) {
    return of(like, like.repair(), true, like.reserveBytes());
  }

  private static RatisConfig of(RatisConfig like, boolean repair, long reserve) {
    return of(like, repair, like.lossAccepted(), reserve);
  }

  private static RatisConfig of(RatisConfig like, boolean repair, boolean loss, long reserve) {
    return new RatisConfig(
        like.group(),
        like.self(),
        like.directory(),
        like.segmentBytes(),
        like.snapshotEntries(),
        like.snapshotBytes(),
        like.snapshotsKept(),
        like.writeBufferBytes(),
        like.pendingEntries(),
        like.pendingBytes(),
        like.appendTimeout(),
        like.electionTimeout(),
        repair,
        loss,
        reserve,
        like.bindHost());
  }

  public static RatisConfig alone(Path directory, int port) {
    return of(group("test", port), "c1", directory, 50_000, 64L << 20);
  }

  public static RatisConfig alone(Path directory, long snapshotEntries, long snapshotBytes) {
    return of(group("test", freePort()), "c1", directory, snapshotEntries, snapshotBytes);
  }

  public static RatisConfig inGroup(String name, RatisConfig like) {
    return of(
        new RatisGroup(name, like.group().members()),
        like.self(),
        like.directory(),
        like.snapshotEntries(),
        like.snapshotBytes());
  }

  private static RatisGroup group(String name, int port) {
    return new RatisGroup(name, List.of(new RatisMember("c1", "127.0.0.1", port)));
  }

  static RatisConfig of(
      RatisGroup group, String self, Path directory, long snapshotEntries, long snapshotBytes) {
    return new RatisConfig(
        group,
        self,
        directory,
        8L << 20,
        snapshotEntries,
        snapshotBytes,
        2,
        8L << 20,
        4_096,
        64L << 20,
        Duration.ofSeconds(10),
        Duration.ofSeconds(1),
        false,
        false,
        1L << 20,
        "127.0.0.1");
  }
}
