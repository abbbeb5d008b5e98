package io.thalweg.coordinator.wal;

import io.thalweg.runtime.SystemClock;
import io.thalweg.runtime.meter.Meters;
import java.nio.file.Path;
import java.time.Duration;

/** Settings of logs for tests. */
final class WalConfigs {
  static final WalMeters UNMEASURED = new WalMeters(new SystemClock(), Meters.NONE);

  private WalConfigs() {}

  static WalConfig of(Path directory) {
    return of(directory, 50_000, 64L << 20);
  }

  static WalConfig of(Path directory, long snapshotEntries, long snapshotBytes) {
    return new WalConfig(
        "test",
        "c1",
        directory,
        8L << 20,
        snapshotEntries,
        snapshotBytes,
        2,
        4_096,
        64L << 20,
        Duration.ofSeconds(10),
        false,
        1L << 20);
  }

  static WalConfig repairing(WalConfig like) {
    return like(like, like.group(), true, like.reserveBytes());
  }

  static WalConfig ofGroup(String group, WalConfig like) {
    return like(like, group, like.repair(), like.reserveBytes());
  }

  static WalConfig withReserve(WalConfig like, long reserve) {
    return like(like, like.group(), like.repair(), reserve);
  }

  private static WalConfig like(WalConfig like, String group, boolean repair, long reserve) {
    return new WalConfig(
        group,
        like.member(),
        like.directory(),
        like.fileBytes(),
        like.snapshotEntries(),
        like.snapshotBytes(),
        like.snapshotsKept(),
        like.pendingEntries(),
        like.pendingBytes(),
        like.appendTimeout(),
        repair,
        reserve);
  }
}
