package io.thalweg.benchmark.peers;

import java.io.File;
import java.nio.file.Path;

/** What all systems have alike, so that none has an advantage. */
public final class PeerHeap {
  /** Heap of the process that holds the data; {@code bin/thalweg} gives itself as much. */
  public static final String SERVER = "2g";

  /** Heap of each driver. */
  public static final String DRIVER = DriverProcess.HEAP;

  private PeerHeap() {}

  /** The class path of a peer's driver: the work to do, the driver, and its client's jars. */
  static String drivers(Path home) {
    return String.join(
        File.pathSeparator,
        "testing/benchmark/target/classes",
        home.resolve("classes").toString(),
        JavaProcess.jars(home.resolve("client")));
  }
}
