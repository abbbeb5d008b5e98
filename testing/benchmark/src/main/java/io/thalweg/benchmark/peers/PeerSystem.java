package io.thalweg.benchmark.peers;

import java.io.IOException;
import java.util.Map;

/** One system: what to say about it, and how it is started. Stateless. */
public interface PeerSystem {
  /** As in a table of figures. */
  String name();

  /** Whether it has tables with columns and keys, and not only a log of bytes. */
  default boolean hasColumns() {
    return true;
  }

  /** What an acknowledgement promises, in a few words. */
  String durability();

  /** The memory that each of its processes may use. */
  String memory();

  /** Settings beyond the defaults; empty for {@link Tuning#DEFAULTS}. */
  Map<String, String> settings(WorkGroup group, Tuning tuning);

  /** Starts servers on empty directories. */
  PeerServers servers(Map<String, String> settings) throws IOException;

  /**
   * Starts servers and a driver on empty directories.
   *
   * @param settings of the driver if they begin with {@code client.} or {@code table.}, else of the
   *     servers
   */
  RunningPeer start(Map<String, String> settings) throws IOException;
}
