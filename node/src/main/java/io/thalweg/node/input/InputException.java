package io.thalweg.node.input;

/** A file cannot be read as rows of the table; the message says where and why. */
public final class InputException extends RuntimeException {
  private static final long serialVersionUID = 1;

  InputException(String message) {
    super(message);
  }

  InputException(String message, Throwable cause) {
    super(message, cause);
  }
}
