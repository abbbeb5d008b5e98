package io.thalweg.server.kv.restore;

import io.thalweg.format.kv.KvObject;

/**
 * How often a bucket's last snapshot was found damaged. A snapshot that fails once may have met a
 * fault of the network or of the disk; one that fails three times is bad. Immutable.
 *
 * @param manifest of the snapshot that was found damaged last; null for none
 * @param count how often in a row
 */
public record SnapshotSuspicion(KvObject manifest, int count) {
  private static final int MOST = 3;

  /** No snapshot was found damaged. */
  public static final SnapshotSuspicion NONE = new SnapshotSuspicion(null, 0);

  /** The suspicion after the snapshot of {@code damaged} did not give readable rows. */
  public SnapshotSuspicion with(KvObject damaged) {
    return new SnapshotSuspicion(damaged, damaged.equals(manifest) ? count + 1 : 1);
  }

  /** Whether that snapshot was found damaged three times, so that no rows are expected from it. */
  public boolean isBad(KvObject other) {
    return count >= MOST && other.equals(manifest);
  }
}
