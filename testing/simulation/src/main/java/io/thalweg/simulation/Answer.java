package io.thalweg.simulation;

import io.thalweg.format.error.ErrorCode;

/**
 * What a client heard.
 *
 * @param value where it went well
 * @param error null where it went well
 */
record Answer<T>(T value, ErrorCode error, String message) {

  static <T> Answer<T> of(T value) {
    return new Answer<>(value, null, "");
  }

  static <T> Answer<T> failed(ErrorCode error, String message) {
    return new Answer<>(null, error, message);
  }

  boolean ok() {
    return error == null;
  }

  @Override
  public String toString() {
    return ok() ? String.valueOf(value) : error + " (" + message + ")";
  }
}
