package io.thalweg.server.kv.store;

/** Local state could not be read or written: the disk is full, gone or damaged. */
public final class KvStoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final boolean damaged;

  /** What failed, with which bucket and file, and why. The local state may be undamaged. */
  public KvStoreException(String message, Throwable cause) {
    this(message, cause, false);
  }

  /**
   * What failed, with which bucket and file, and why.
   *
   * @param damaged whether the local state cannot be read any more and must be thrown away
   */
  public KvStoreException(String message, Throwable cause, boolean damaged) {
    super(message, cause);
    this.damaged = damaged;
  }

  /** Whether the local state cannot be read any more and must be thrown away. */
  public boolean damaged() {
    return damaged;
  }
}
