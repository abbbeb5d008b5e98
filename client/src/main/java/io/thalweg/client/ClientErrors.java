package io.thalweg.client;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.ErrorText;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.util.concurrent.CompletionException;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.FlightRuntimeException;

/** Turns what Flight throws into our errors. Stateless. */
final class ClientErrors {
  private static final int MAX_CAUSES = 20;
  private static final String NO_HOST =
      "cannot connect to the server: there is no such host; check the address";

  private ClientErrors() {}

  /** The failure of a request that changes nothing when it fails. */
  static ThalwegException of(Throwable failure) {
    return of(failure, ErrorCode.UNAVAILABLE);
  }

  /**
   * The failure of a request.
   *
   * @param whenLost what to call it when the connection was lost before an answer came
   */
  static ThalwegException of(Throwable failure, ErrorCode whenLost) {
    Throwable root = root(failure);
    if (root instanceof ThalwegException known) {
      return known;
    }
    if (root instanceof FlightRuntimeException flight) {
      CallStatus status = flight.status();
      ThalwegException cause = transport(status, whenLost, flight);
      return ErrorText.read(status.description(), flight).orElse(cause);
    }
    return new ThalwegException(ErrorCode.INTERNAL, String.valueOf(root), root);
  }

  /** Whether a server of ours said it; else the connection or somebody on the way failed. */
  static boolean isToldByServer(Throwable failure) {
    return root(failure) instanceof FlightRuntimeException flight
        && ErrorText.read(flight.status().description(), flight).isPresent();
  }

  /** Whether the request cannot have reached a server. */
  static boolean isUnsent(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof ConnectException || cause instanceof UnresolvedAddressException) {
        return true;
      }
    }
    return false;
  }

  /** Whether it was the socket that failed, whatever gRPC makes of it. */
  private static boolean isBroken(Throwable failure) {
    Throwable cause = failure;
    for (int depth = 0; cause != null && depth < MAX_CAUSES; depth++, cause = cause.getCause()) {
      if (cause instanceof IOException) {
        return true;
      }
    }
    return false;
  }

  private static Throwable root(Throwable failure) {
    Throwable root = failure;
    while (!(root instanceof FlightRuntimeException || root instanceof ThalwegException)
        && (root instanceof CompletionException
            || (root != null && root.getClass() == RuntimeException.class))
        && root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }

  private static ThalwegException transport(
      CallStatus status, ErrorCode whenLost, FlightRuntimeException flight) {
    String text = status.description() == null ? status.code().name() : status.description();
    ErrorCode code =
        switch (status.code()) {
          case UNAVAILABLE, CANCELLED, TIMED_OUT -> whenLost;
          // A connection that ends while a request is under way.
          case INTERNAL, UNKNOWN ->
              text.contains("RST_STREAM") || isBroken(flight) ? whenLost : ErrorCode.INTERNAL;
          case RESOURCE_EXHAUSTED ->
              text.contains("exceeds maximum") ? ErrorCode.TOO_LARGE : ErrorCode.OVERLOADED;
          case UNAUTHENTICATED, UNAUTHORIZED -> ErrorCode.DENIED;
          case UNIMPLEMENTED -> ErrorCode.UNSUPPORTED;
          default -> ErrorCode.INTERNAL;
        };
    return new ThalwegException(code, lost(text, flight), flight);
  }

  /** What a user can do something about where there is no connection; else the text as it is. */
  private static String lost(String text, Throwable failure) {
    Throwable cause = failure;
    for (int depth = 0; cause != null && depth < MAX_CAUSES; depth++, cause = cause.getCause()) {
      if (cause instanceof ConnectException refused) {
        String message = String.valueOf(refused.getMessage());
        int address = message.lastIndexOf('/');
        return "cannot connect to the server"
            + (address < 0 ? "" : " at " + message.substring(address + 1))
            + ": "
            + (message.contains("timed out")
                ? "no answer; is it running, and does a firewall let the connection through?"
                : "nothing listens there; is it running?");
      }
      if (cause instanceof UnknownHostException || cause instanceof UnresolvedAddressException) {
        return NO_HOST;
      }
      if (cause instanceof IOException broken) {
        return "the connection to the server was lost"
            + (broken.getMessage() == null ? "" : " (" + broken.getMessage() + ")")
            + "; is it still running?";
      }
    }
    if (text.contains("nresolved address")) {
      return NO_HOST;
    }
    return text.equals("io exception") ? "the connection to the server was lost" : text;
  }
}
