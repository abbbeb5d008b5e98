package io.thalweg.frontend.flight;

import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.ErrorText;
import java.util.concurrent.CompletionException;
import org.apache.arrow.memory.OutOfMemoryException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Maps failures to Flight's statuses and messages. Stateless. */
final class FlightErrors {
  private static final Logger log = LoggerFactory.getLogger(FlightErrors.class);

  private static final Metadata.Key<String> CODE =
      Metadata.Key.of(ErrorText.CODE_KEY, Metadata.ASCII_STRING_MARSHALLER);
  private static final Metadata.Key<String> RETRYABLE =
      Metadata.Key.of(ErrorText.RETRYABLE_KEY, Metadata.ASCII_STRING_MARSHALLER);

  private FlightErrors() {}

  /** The status, message and trailers for a failure of any kind. */
  static StatusRuntimeException status(Throwable failure) {
    ThalwegException error = error(failure);
    Metadata trailers = new Metadata();
    trailers.put(CODE, error.code().name());
    trailers.put(RETRYABLE, String.valueOf(error.retryable()));
    return statusOf(error.code())
        .withDescription(ErrorText.write(error))
        .withCause(error)
        .asRuntimeException(trailers);
  }

  /**
   * Like {@link #status}, for a call that changes nothing: a failure never leaves its outcome
   * unknown.
   */
  static StatusRuntimeException ofRead(Throwable failure) {
    ThalwegException error = error(failure);
    return status(
        error.code() == ErrorCode.UNKNOWN_OUTCOME
            ? new ThalwegException(ErrorCode.UNAVAILABLE, error.getMessage(), error)
            : error);
  }

  /**
   * Like {@link #status}, for an append that the server had taken: an unexpected exception does not
   * say whether the rows are stored.
   */
  static StatusRuntimeException ofAppend(Throwable failure) {
    Throwable root = root(failure);
    if (root instanceof ThalwegException known && known.code() != ErrorCode.INTERNAL) {
      return status(known);
    }
    log.error("an append failed, and its rows may be stored", root);
    return status(
        new ThalwegException(
            ErrorCode.UNKNOWN_OUTCOME, "the rows may or may not be stored: " + root, root));
  }

  /** The failure of a change that was under way when the door closed. */
  static ThalwegException cutOff() {
    return new ThalwegException(
        ErrorCode.UNKNOWN_OUTCOME,
        "the server shut down before it knew the outcome; the change may or may not have happened");
  }

  private static Throwable root(Throwable failure) {
    Throwable root = failure;
    while (root instanceof CompletionException && root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }

  /** The failure as one of ours; a bug is logged and becomes INTERNAL. */
  static ThalwegException error(Throwable failure) {
    Throwable root = root(failure);
    if (root instanceof ThalwegException error) {
      if (error.code() == ErrorCode.INTERNAL) {
        log.error("a request failed", error);
      }
      return error;
    }
    if (root instanceof OutOfMemoryException full) {
      return new ThalwegException(
          ErrorCode.OVERLOADED, "no memory is left for this request; try again shortly", full);
    }
    log.error("a request failed", root);
    return new ThalwegException(ErrorCode.INTERNAL, root.toString(), root);
  }

  private static Status statusOf(ErrorCode code) {
    return switch (code) {
      case INTERNAL -> Status.INTERNAL;
      case INVALID_REQUEST,
          INVALID_NAME,
          INVALID_SCHEMA,
          INVALID_PROPERTY,
          SCHEMA_MISMATCH,
          NULL_VALUE,
          TOO_LARGE,
          INVALID_FILTER ->
          Status.INVALID_ARGUMENT;
      case DATABASE_NOT_FOUND, TABLE_NOT_FOUND, BUCKET_NOT_FOUND, PARTITION_NOT_FOUND ->
          Status.NOT_FOUND;
      case DATABASE_EXISTS, TABLE_EXISTS, PARTITION_EXISTS -> Status.ALREADY_EXISTS;
      case DATABASE_NOT_EMPTY,
          OUT_OF_ORDER_SEQUENCE,
          WRITER_FENCED,
          UNKNOWN_WRITER,
          SCAN_EXPIRED,
          WRONG_CLUSTER,
          INVALID_TRANSACTION ->
          Status.FAILED_PRECONDITION;
      case CORRUPT_DATA -> Status.DATA_LOSS;
      case OFFSET_OUT_OF_RANGE -> Status.OUT_OF_RANGE;
      case INCARNATION_CLOSED, STALE_OWNER, UNAVAILABLE, CLOSING -> Status.UNAVAILABLE;
      // The one gRPC code that says "it may have happened".
      case UNKNOWN_OUTCOME -> Status.DEADLINE_EXCEEDED;
      case OVERLOADED, NO_SPACE, LIMIT_REACHED -> Status.RESOURCE_EXHAUSTED;
      case PARTLY_STORED, SCHEMA_CHANGED -> Status.ABORTED;
      case DENIED -> Status.PERMISSION_DENIED;
      case UNAUTHENTICATED -> Status.UNAUTHENTICATED;
      case UNSUPPORTED -> Status.UNIMPLEMENTED;
    };
  }
}
