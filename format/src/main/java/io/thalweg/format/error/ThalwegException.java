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

  /** CORRUPT_DATA: damaged bytes. */
  public static ThalwegException corrupt(String message) {
    return new ThalwegException(ErrorCode.CORRUPT_DATA, message);
  }

  /** UNSUPPORTED: undamaged bytes of another release; {@code what} names them. */
  public static ThalwegException unsupported(String what) {
    return new ThalwegException(
        ErrorCode.UNSUPPORTED, what + "; run the release that wrote it, or a later one");
  }

  /**
   * Bytes in a version that this release does not read.
   *
   * @param what the form, with its article: {@code "a batch"}
   */
  public static ThalwegException version(String what, int found, int read) {
    return unsupported(what + " has version " + found + ", this release reads version " + read);
  }
}
