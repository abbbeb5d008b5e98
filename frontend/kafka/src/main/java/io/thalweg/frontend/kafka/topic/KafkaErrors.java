package io.thalweg.frontend.kafka.topic;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.util.concurrent.CompletionException;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Kafka's error for each of ours. */
public final class KafkaErrors {
  private static final Logger log = LoggerFactory.getLogger(KafkaErrors.class);

  private KafkaErrors() {}

  /** The failure without the wrappers of later stages. */
  public static Throwable unwrapped(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }

  /** Our code of a failure; null for a failure without one. */
  public static ErrorCode code(Throwable failure) {
    return unwrapped(failure) instanceof ThalwegException known ? known.code() : null;
  }

  /** What a client is told of a failure. A failure that nobody foresaw is logged. */
  public static Errors of(Throwable failure) {
    Throwable cause = unwrapped(failure);
    if (cause instanceof ThalwegException known) {
      return of(known.code());
    }
    Errors error = Errors.forException(cause);
    if (error == Errors.UNKNOWN_SERVER_ERROR) {
      log.error("a bug: a request of a Kafka client failed", cause);
    }
    return error;
  }

  /**
   * The same for fetches: a Java consumer ends at a time-out, which no broker gives it, and asks
   * again where the partition's storage has a failure.
   */
  public static Errors ofFetch(Throwable failure) {
    Errors error = of(failure);
    return error == Errors.REQUEST_TIMED_OUT ? Errors.KAFKA_STORAGE_ERROR : error;
  }

  /**
   * The same for requests about a transaction, which clients ask again after what passes. Its
   * producer is known by name, so an id that is not its own is no forgotten one.
   */
  public static Errors ofTransaction(Throwable failure) {
    Errors error = of(failure);
    return switch (error) {
      case UNKNOWN_PRODUCER_ID -> Errors.INVALID_PRODUCER_ID_MAPPING;
      case REQUEST_TIMED_OUT, NOT_LEADER_OR_FOLLOWER -> Errors.COORDINATOR_LOAD_IN_PROGRESS;
      case INVALID_RECORD -> Errors.INVALID_REQUEST;
      default -> error;
    };
  }

  /**
   * The same for requests about the cluster's users and rules.
   *
   * @param invalid what it is that is wrong with a request that is invalid
   */
  public static ApiError ofCluster(Throwable failure, Errors invalid) {
    Errors error =
        code(failure) == ErrorCode.DENIED ? Errors.CLUSTER_AUTHORIZATION_FAILED : of(failure);
    return new ApiError(error == Errors.INVALID_RECORD ? invalid : error, message(failure));
  }

  private static Errors of(ErrorCode code) {
    return switch (code) {
      case TABLE_NOT_FOUND, DATABASE_NOT_FOUND, BUCKET_NOT_FOUND, PARTITION_NOT_FOUND ->
          Errors.UNKNOWN_TOPIC_OR_PARTITION;
      case TABLE_EXISTS, DATABASE_EXISTS, PARTITION_EXISTS -> Errors.TOPIC_ALREADY_EXISTS;
      case INVALID_NAME -> Errors.INVALID_TOPIC_EXCEPTION;
      case INVALID_PROPERTY -> Errors.INVALID_CONFIG;
      case CORRUPT_DATA -> Errors.CORRUPT_MESSAGE;
      case TOO_LARGE -> Errors.MESSAGE_TOO_LARGE;
      case OFFSET_OUT_OF_RANGE -> Errors.OFFSET_OUT_OF_RANGE;
      case OUT_OF_ORDER_SEQUENCE -> Errors.OUT_OF_ORDER_SEQUENCE_NUMBER;
      case WRITER_FENCED -> Errors.INVALID_PRODUCER_EPOCH;
      case UNKNOWN_WRITER -> Errors.UNKNOWN_PRODUCER_ID;
      case INCARNATION_CLOSED, STALE_OWNER, CLOSING -> Errors.NOT_LEADER_OR_FOLLOWER;
      case UNKNOWN_OUTCOME -> Errors.REQUEST_TIMED_OUT;
      case UNAVAILABLE -> Errors.REQUEST_TIMED_OUT;
      case OVERLOADED -> Errors.REQUEST_TIMED_OUT;
      case NO_SPACE -> Errors.KAFKA_STORAGE_ERROR;
      case DENIED -> Errors.TOPIC_AUTHORIZATION_FAILED;
      case LIMIT_REACHED -> Errors.POLICY_VIOLATION;
      case UNSUPPORTED -> Errors.UNSUPPORTED_FOR_MESSAGE_FORMAT;
      case INVALID_REQUEST, INVALID_SCHEMA, SCHEMA_MISMATCH, NULL_VALUE -> Errors.INVALID_RECORD;
      case DATABASE_NOT_EMPTY,
          INVALID_FILTER,
          SCAN_EXPIRED,
          WRONG_CLUSTER,
          PARTLY_STORED,
          SCHEMA_CHANGED ->
          Errors.INVALID_REQUEST;
      case INVALID_TRANSACTION -> Errors.INVALID_TXN_STATE;
      case UNAUTHENTICATED -> Errors.SASL_AUTHENTICATION_FAILED;
      case INTERNAL -> Errors.UNKNOWN_SERVER_ERROR;
    };
  }

  /** What a client may read of a failure. */
  public static String message(Throwable failure) {
    Throwable cause = unwrapped(failure);
    return cause.getMessage() == null ? of(failure).message() : cause.getMessage();
  }
}
