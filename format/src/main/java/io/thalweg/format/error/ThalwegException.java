package io.thalweg.format.error;

/** An error for a caller: a code of the closed enum, and a message for a person. */
public final class ThalwegException extends RuntimeException {
  private final ErrorCode code;

  /** An error without a cause. */
  public ThalwegException(ErrorCode code, String message) {
    super(message);
    this.code = code;
  }

  /** An error with what caused it. */
  public ThalwegException(ErrorCode code, String message, Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  /** Which error it is. */
  public ErrorCode code() {
    return code;
  }

  /** Whether the same request may succeed later. */
  public boolean retryable() {
    return code.retryable();
  }

  /** Bytes that cannot be what they should be. */
  public static ThalwegException corrupt(String message) {
    return new ThalwegException(ErrorCode.CORRUPT_DATA, message);
  }
}
