package io.thalweg.objectstore.s3;

import io.thalweg.objectstore.ObjectStoreException;
import io.thalweg.objectstore.ObjectStoreException.Kind;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLHandshakeException;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.SdkClientException;

/** Maps failures of attempts to kinds of {@link ObjectStoreException}. Stateless. */
final class S3Failures {
  static final int NOT_FOUND = 404;
  static final int CONFLICT = 409;
  static final int PRECONDITION_FAILED = 412;
  static final int RANGE_NOT_SATISFIABLE = 416;
  private static final int TOO_MANY_REQUESTS = 429;
  private static final int NOT_IMPLEMENTED = 501;
  private static final int SERVICE_UNAVAILABLE = 503;
  private static final int INSUFFICIENT_STORAGE = 507;

  /** The service answers these before it stores anything. */
  private static final Set<String> THROTTLED =
      Set.of(
          "SlowDown",
          "SlowDownRead",
          "SlowDownWrite",
          "ServiceUnavailable",
          "Throttling",
          "ThrottlingException",
          "RequestLimitExceeded",
          "TooManyRequests",
          "TooManyRequestsException",
          "XMinioServerNotInitialized");

  private static final Set<String> NO_SPACE =
      Set.of("XMinioStorageFull", "QuotaExceeded", "XMinioAdminBucketQuotaExceeded", "StorageFull");

  private S3Failures() {}

  /**
   * The meaning of an attempt's failure: {@code UNKNOWN_OUTCOME} if the request may have had its
   * effect.
   */
  static ObjectStoreException of(String operation, Throwable thrown) {
    Throwable failure = unwrapped(thrown);
    // The client wraps exceptions that our own reading of an answer threw.
    for (Throwable each = failure; each != null; each = each.getCause()) {
      if (each instanceof ObjectStoreException known) {
        return known;
      }
    }
    if (failure instanceof AwsServiceException answer) {
      return new ObjectStoreException(
          kind(answer), operation + ": " + text(answer) + advice(answer), answer);
    }
    return new ObjectStoreException(
        kindWithoutAnswer(failure), operation + ": " + textWithoutAnswer(failure), failure);
  }

  /** The cause inside the wrappers of futures. */
  static Throwable unwrapped(Throwable thrown) {
    return thrown instanceof CompletionException && thrown.getCause() != null
        ? unwrapped(thrown.getCause())
        : thrown;
  }

  /** Whether the service answered with this status. */
  static boolean hasStatus(Throwable thrown, int status) {
    return unwrapped(thrown) instanceof AwsServiceException answer && answer.statusCode() == status;
  }

  /** The service's own name for the error, or the empty text. */
  static String code(Throwable thrown) {
    return unwrapped(thrown) instanceof AwsServiceException answer
            && answer.awsErrorDetails() != null
            && answer.awsErrorDetails().errorCode() != null
        ? answer.awsErrorDetails().errorCode()
        : "";
  }

  private static Kind kind(AwsServiceException answer) {
    String code = code(answer);
    int status = answer.statusCode();
    if (THROTTLED.contains(code) || status == TOO_MANY_REQUESTS) {
      return Kind.THROTTLED;
    }
    if (NO_SPACE.contains(code) || status == INSUFFICIENT_STORAGE) {
      return Kind.NO_SPACE;
    }
    return switch (status) {
      case 401, 403 -> Kind.DENIED;
      case NOT_FOUND -> code.equals("NoSuchBucket") ? Kind.UNAVAILABLE : Kind.NOT_FOUND;
      // 408: the connection broke before the request was whole.
      case CONFLICT, 408 -> Kind.UNAVAILABLE;
      case NOT_IMPLEMENTED -> Kind.INVALID;
      case SERVICE_UNAVAILABLE -> Kind.UNKNOWN_OUTCOME;
      default -> kindOfRange(status, code);
    };
  }

  private static Kind kindOfRange(int status, String code) {
    if (status >= 500) {
      return Kind.UNKNOWN_OUTCOME;
    }
    boolean mayWorkLater =
        code.equals("RequestTimeout") || code.equals("IncompleteBody") || code.equals("BadDigest");
    return mayWorkLater ? Kind.UNAVAILABLE : Kind.INVALID;
  }

  private static String text(AwsServiceException answer) {
    String message =
        answer.awsErrorDetails() == null ? null : answer.awsErrorDetails().errorMessage();
    StringBuilder text = new StringBuilder("the object store answered ");
    text.append(answer.statusCode());
    if (!code(answer).isEmpty()) {
      text.append(' ').append(code(answer));
    }
    if (message != null && !message.isEmpty()) {
      text.append(": ")
          .append(message.endsWith(".") ? message.substring(0, message.length() - 1) : message);
    }
    if (answer.requestId() != null) {
      text.append(" (request ").append(answer.requestId()).append(')');
    }
    return text.toString();
  }

  private static String advice(AwsServiceException answer) {
    return switch (code(answer)) {
      case "NoSuchBucket" -> "; make the bucket, or correct objectstore.s3.bucket";
      case "RequestTimeTooSkewed" -> "; set this machine's clock";
      default -> "";
    };
  }

  private static Kind kindWithoutAnswer(Throwable failure) {
    if (isMissingCredentials(failure)) {
      return Kind.DENIED;
    }
    for (Throwable each = failure; each != null; each = each.getCause()) {
      boolean beforeTheRequest =
          each instanceof ConnectException
              || each instanceof NoRouteToHostException
              || each instanceof UnknownHostException
              || each instanceof SSLHandshakeException
              || endedWaiting(each);
      if (beforeTheRequest) {
        return Kind.UNAVAILABLE;
      }
    }
    return Kind.UNKNOWN_OUTCOME;
  }

  /** The SDK tells these apart by their words only. */
  static boolean isMissingCredentials(Throwable thrown) {
    return unwrapped(thrown) instanceof SdkClientException client
        && String.valueOf(client.getMessage()).startsWith("Unable to load credentials");
  }

  /** Whether the attempt waited for a connection until it gave up. */
  static boolean isAcquireTimeout(Throwable thrown) {
    for (Throwable each = thrown; each != null; each = each.getCause()) {
      if (endedWaiting(each)) {
        return true;
      }
    }
    return false;
  }

  private static boolean endedWaiting(Throwable thrown) {
    return thrown instanceof TimeoutException
        && String.valueOf(thrown.getMessage()).startsWith("Acquire operation");
  }

  private static String textWithoutAnswer(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    // The socket's own timeout has the same length, and may come first.
    if (failure instanceof ApiCallAttemptTimeoutException
        || root instanceof io.netty.handler.timeout.TimeoutException) {
      return "no answer within objectstore.s3.timeout";
    }
    String text = root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
    // Only the first sentence: the client's own advice and details of the connection follow it.
    int sentence = text.indexOf(". ");
    String first = sentence < 0 ? text : text.substring(0, sentence);
    return root instanceof UnknownHostException ? "unknown host " + first : first;
  }
}
