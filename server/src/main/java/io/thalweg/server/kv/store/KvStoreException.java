package io.thalweg.server.kv.store;

/** Local state could not be read or written: the disk is full, gone or damaged. */
public final class KvStoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What failed, with which bucket and file, and why. */
  public KvStoreException(String message, Throwable cause) {
    super(message, cause);
  }
}
