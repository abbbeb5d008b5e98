package io.thalweg.format.json;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** An error as one line of text, {@code CODE: message}, the same at every front door. Stateless. */
public final class ErrorText {
  /** Trailer or header that holds the code's name. */
  public static final String CODE_KEY = "thalweg-error-code";

  /** Trailer or header that says {@code true} or {@code false}. */
  public static final String RETRYABLE_KEY = "thalweg-retryable";

  private static final int MAX_BYTES = 2_000;

  private ErrorText() {}

  /** The line; a message too long for a protocol's header is cut. */
  public static String write(ThalwegException error) {
    String message = error.getMessage() == null ? "" : error.getMessage();
    while (message.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
      message = message.substring(0, message.length() * 3 / 4) + "…";
    }
    return error.code() + ": " + message;
  }

  /** The error in {@code line}, if {@link #write} wrote it. */
  public static Optional<ThalwegException> read(String line, Throwable cause) {
    int colon = line == null ? -1 : line.indexOf(": ");
    if (colon > 0) {
      for (ErrorCode code : ErrorCode.values()) {
        if (code.name().contentEquals(line.subSequence(0, colon))) {
          return Optional.of(new ThalwegException(code, line.substring(colon + 2), cause));
        }
      }
    }
    return Optional.empty();
  }
}
