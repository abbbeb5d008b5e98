package io.thalweg.objectstore;

/** Why an object store call failed. The message names the operation and the key. */
public final class ObjectStoreException extends RuntimeException {
  private final Kind kind;

  /** Of a kind, with a message, without a cause. */
  public ObjectStoreException(Kind kind, String message) {
    this(kind, message, null);
  }

  /** Of a kind, with a message and what caused it. */
  public ObjectStoreException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /** The kind of failure. */
  public Kind kind() {
    return kind;
  }

  /** The kinds of failure. */
  public enum Kind {
    /** No object has the key. */
    NOT_FOUND(false),
    /** The call itself is wrong: key, range, size, part number. */
    INVALID(false),
    /** Credentials or permissions. */
    DENIED(false),
    /** No room left. Nothing was stored. */
    NO_SPACE(true),
    /** The store asks the caller to slow down. Nothing was stored. */
    THROTTLED(true),
    /** The call had no effect, and may work later. */
    UNAVAILABLE(true),
    /** The call may or may not have had its effect; it may even have it later. */
    UNKNOWN_OUTCOME(true);

    private final boolean retryable;

    Kind(boolean retryable) {
      this.retryable = retryable;
    }

    /** Whether the same call may succeed later. */
    public boolean retryable() {
      return retryable;
    }
  }
}
