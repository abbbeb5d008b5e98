package io.thalweg.chaos;

import io.thalweg.chaos.FaultProxy.Mix;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;

/**
 * Injects faults, one after the other, as the given dice decide: one schedule for processes, one
 * for the object store. Each runs on a thread of its own until it is stopped, and heals its faults
 * at the end.
 */
final class Nemesis {
  private static final int CHUNK = 1 << 20;

  private final Cluster cluster;
  private final FaultCounts counts;
  private final BooleanSupplier stopped;
  private final IntConsumer killed;

  /**
   * @param killed hears which server was killed
   */
  Nemesis(Cluster cluster, FaultCounts counts, BooleanSupplier stopped, IntConsumer killed) {
    this.cluster = cluster;
    this.counts = counts;
    this.stopped = stopped;
    this.killed = killed;
  }

  /** Kills and stops processes, and fills their disk. */
  void troubleProcesses(Random random) throws IOException, InterruptedException {
    while (!stopped.getAsBoolean()) {
      pause(300 + random.nextInt(4_000));
      int number = random.nextInt(cluster.serverCount());
      ChaosProcess server = cluster.server(number);
      switch (random.nextInt(10)) {
        case 0, 1, 2, 3 ->
            kill(server, "kill -9 of a server", random.nextInt(1_500), () -> killed.accept(number));
        case 4, 5 ->
            kill(
                cluster.coordinator(),
                "kill -9 of the coordinator",
                random.nextInt(1_500),
                () -> {});
        // Beyond the session's seconds it comes back fenced.
        case 6, 7 -> stop(server, "SIGSTOP of a server", 200 + random.nextInt(6_000));
        case 8 -> stop(cluster.coordinator(), "SIGSTOP of the coordinator", random.nextInt(3_000));
        default -> fillDisk(1_000 + random.nextInt(4_000));
      }
    }
  }

  private void kill(ChaosProcess process, String what, int millisDown, Runnable killed) {
    counts.add(what);
    process.kill();
    killed.run();
    pause(millisDown);
    process.up();
  }

  private void stop(ChaosProcess process, String what, int millis)
      throws IOException, InterruptedException {
    counts.add(what);
    process.signal("STOP");
    try {
      pause(millis);
    } finally {
      process.signal("CONT");
    }
  }

  private void fillDisk(int millis) throws IOException {
    if (cluster.smallDisk().isEmpty()) {
      counts.add("disk full (skipped: not allowed to mount a small disk)");
      return;
    }
    counts.add("disk full under the coordinator");
    Path filler = cluster.smallDisk().get().resolve("filler");
    try {
      fill(filler);
      pause(millis);
    } finally {
      Files.deleteIfExists(filler);
    }
  }

  private static void fill(Path file) throws IOException {
    byte[] chunk = new byte[CHUNK];
    try (OutputStream out = Files.newOutputStream(file)) {
      while (true) {
        out.write(chunk);
      }
    } catch (IOException full) {
      if (!String.valueOf(full.getMessage()).contains("No space left")) {
        throw full;
      }
    }
  }

  /** Changes how faulty the object store is. */
  void troubleStore(Random random) {
    List<StoreFault> all = StoreFault.SURVIVABLE;
    while (!stopped.getAsBoolean()) {
      int die = random.nextInt(10);
      StoreFault one = all.get(random.nextInt(all.size()));
      Mix mix =
          switch (die) {
            case 0, 1, 2 -> Mix.NONE;
            case 3, 4, 5 -> new Mix(0.05, all, 500);
            case 6, 7 -> new Mix(0.5, List.of(one), 2_000);
            case 8 -> new Mix(0.3, all, 5_000);
            default -> new Mix(1, List.of(StoreFault.RESET_BEFORE, StoreFault.SLOW_DOWN), 1);
          };
      cluster.proxy().become(mix);
      pause(500 + random.nextInt(2_500));
    }
    cluster.proxy().become(Mix.NONE);
  }

  /** Makes the object store lie about some puts. */
  void makeStoreLie() {
    cluster.proxy().become(new Mix(0.3, List.of(StoreFault.LIE), 1));
    while (!stopped.getAsBoolean()) {
      Pause.millis(100);
    }
    cluster.proxy().become(Mix.NONE);
  }

  /** Waits; shorter if the schedule is stopped. */
  private void pause(int millis) {
    for (int left = millis; left > 0 && !stopped.getAsBoolean(); left -= 100) {
      Pause.millis(Math.min(100, left));
    }
  }
}
