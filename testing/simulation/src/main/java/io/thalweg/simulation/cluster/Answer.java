package io.thalweg.simulation.cluster;

import io.thalweg.format.error.ErrorCode;

/**
 * The answer that a client got.
 *
 * @param value the result of a success
 * @param error null for a success
 */
public record Answer<T>(T value, ErrorCode error, String message) {

  static <T> Answer<T> of(T value) {
    return new Answer<>(value, null, "");
  }

  /** A failure, with its reason. */
  public static <T> Answer<T> failed(ErrorCode error, String message) {
    // A client that reads only the code knows no more about any single row of such an append.
    ErrorCode known = error == ErrorCode.PARTLY_STORED ? ErrorCode.UNKNOWN_OUTCOME : error;
    return new Answer<>(null, known, message);
  }

  /** Whether this is a success. */
  public boolean ok() {
    return error == null;
  }

  @Override
  public String toString() {
    return ok() ? String.valueOf(value) : error + " (" + message + ")";
  }
}
