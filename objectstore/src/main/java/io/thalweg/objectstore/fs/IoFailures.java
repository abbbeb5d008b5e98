package io.thalweg.objectstore.fs;

import io.thalweg.objectstore.ObjectStoreException;
import io.thalweg.objectstore.ObjectStoreException.Kind;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.util.Locale;

/** Maps the file system's failures to kinds of {@link ObjectStoreException}. Stateless. */
final class IoFailures {

  private IoFailures() {}

  /** A failure after which nothing is stored, visible or deleted. */
  static ObjectStoreException beforeEffect(String operation, IOException failure) {
    return new ObjectStoreException(kind(failure), operation + ": " + failure, failure);
  }

  /** A failure after which the effect may or may not be there, or may not be durable. */
  static ObjectStoreException unknownOutcome(String operation, Throwable failure) {
    return new ObjectStoreException(
        Kind.UNKNOWN_OUTCOME, operation + ": may not be durable: " + failure, failure);
  }

  private static Kind kind(IOException failure) {
    // The JDK gives errno as text only, in the system's words.
    String message = String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT);
    if (message.contains("no space left on device") || message.contains("quota exceeded")) {
      return Kind.NO_SPACE;
    }
    boolean denied =
        failure instanceof AccessDeniedException
            || message.contains("read-only file system")
            || message.contains("operation not permitted");
    return denied ? Kind.DENIED : Kind.UNAVAILABLE;
  }
}
