package io.thalweg.server.kv.restore;

import io.thalweg.format.kv.KvObject;

/** A snapshot of a bucket's rows could not be restored. */
public final class RestoreFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient KvObject manifest;
  private final boolean damaged;

  /** The snapshot of {@code manifest} could not be restored because of {@code cause}. */
  RestoreFailedException(KvObject manifest, boolean damaged, Throwable cause) {
    super(cause.toString(), cause);
    this.manifest = manifest;
    this.damaged = damaged;
  }

  /** The manifest of the snapshot. */
  public KvObject manifest() {
    return manifest;
  }

  /** Whether the failure says that the snapshot is damaged or incomplete. */
  public boolean damaged() {
    return damaged;
  }
}
