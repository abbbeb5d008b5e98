package io.thalweg.simulation.cluster;

import io.thalweg.format.error.ErrorCode;

/**
 * What a client heard.
 *
 * @param value where it went well
 * @param error null where it went well
 */
public record Answer<T>(T value, ErrorCode error, String message) {

  static <T> Answer<T> of(T value) {
    return new Answer<>(value, null, "");
  }

  /** An answer that says why it did not go well. */
  public static <T> Answer<T> failed(ErrorCode error, String message) {
    // Of each single row of such an append a client that goes by the code knows no more.
    ErrorCode known = error == ErrorCode.PARTLY_STORED ? ErrorCode.UNKNOWN_OUTCOME : error;
    return new Answer<>(null, known, message);
  }

  /** Whether it went well. */
  public boolean ok() {
    return error == null;
  }

  @Override
  public String toString() {
    return ok() ? String.valueOf(value) : error + " (" + message + ")";
  }
}
