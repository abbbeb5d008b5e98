package io.thalweg.client.route;

import io.netty.handler.ssl.NotSslRecordException;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.ErrorText;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.FlightRuntimeException;

/** Maps Flight's exceptions to our errors. Stateless. */
public final class ClientErrors {
  private static final int MAX_CAUSES = 20;
  private static final String NO_HOST =
      "cannot connect to the server: there is no such host; check the address";

  private ClientErrors() {}

  /** The failure of a request that changes nothing when it fails. */
  public static ThalwegException of(Throwable failure) {
    return of(failure, ErrorCode.UNAVAILABLE);
  }

  /**
   * The failure of a request.
   *
   * @param whenLost the code for a connection that was lost before an answer came
   */
  public static ThalwegException of(Throwable failure, ErrorCode whenLost) {
    Throwable root = root(failure);
    if (root instanceof ThalwegException known) {
      return known;
    }
    if (root instanceof FlightRuntimeException flight) {
      CallStatus status = flight.status();
      ThalwegException cause = ofTls(flight).orElseGet(() -> transport(status, whenLost, flight));
      return ErrorText.read(status.description(), flight).orElse(cause);
    }
    return new ThalwegException(ErrorCode.INTERNAL, String.valueOf(root), root);
  }

  /**
   * Whether a Thalweg server sent the error; otherwise the connection or something on the way
   * failed.
   */
  public static boolean isToldByServer(Throwable failure) {
    return root(failure) instanceof FlightRuntimeException flight
        && ErrorText.read(flight.status().description(), flight).isPresent();
  }

  /** Whether the request cannot have reached a server. */
  public static boolean isUnsent(Throwable failure) {
    return causes(failure)
        .anyMatch(
            cause ->
                cause instanceof ConnectException || cause instanceof UnresolvedAddressException);
  }

  /** Whether the socket failed, whatever name gRPC has for that. */
  private static boolean isBroken(Throwable failure) {
    return causes(failure).anyMatch(IOException.class::isInstance);
  }

  /** The failure, its cause, the cause of that, and so on, up to a limit. */
  private static Stream<Throwable> causes(Throwable failure) {
    return Stream.iterate(failure, Objects::nonNull, Throwable::getCause).limit(MAX_CAUSES);
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
          case UNAUTHENTICATED -> ErrorCode.UNAUTHENTICATED;
          case UNAUTHORIZED -> ErrorCode.DENIED;
          case UNIMPLEMENTED -> ErrorCode.UNSUPPORTED;
          default -> ErrorCode.INTERNAL;
        };
    return new ThalwegException(code, lost(text, flight), flight);
  }

  /** Advice for a user without a connection; otherwise the text as it is. */
  private static String lost(String text, Throwable failure) {
    return causes(failure)
        .map(ClientErrors::brokenBy)
        .flatMap(Optional::stream)
        .findFirst()
        .orElseGet(
            () -> {
              if (text.contains("nresolved address")) {
                return NO_HOST;
              }
              return text.equals("io exception") ? "the connection to the server was lost" : text;
            });
  }

  /** A failure of TLS, which no repetition mends; empty if it is none. */
  private static Optional<ThalwegException> ofTls(FlightRuntimeException flight) {
    return causes(flight)
        .filter(SSLException.class::isInstance)
        .reduce((outer, inner) -> inner)
        .map(
            cause ->
                cause instanceof NotSslRecordException
                    ? new ThalwegException(
                        ErrorCode.INVALID_REQUEST,
                        "the server does not speak TLS at that address; use grpc://",
                        flight)
                    : new ThalwegException(
                        ErrorCode.UNAUTHENTICATED,
                        "TLS with the server failed: "
                            + cause.getMessage()
                            + "; does the client trust the server's certificate (--tls-ca;"
                            + " trusting), is that for the host of the address, and does the"
                            + " server ask for the client's?",
                        flight));
  }

  /** How a cause broke the connection; empty if it did not. */
  private static Optional<String> brokenBy(Throwable cause) {
    if (cause instanceof ConnectException refused) {
      String message = String.valueOf(refused.getMessage());
      int address = message.lastIndexOf('/');
      return Optional.of(
          "cannot connect to the server"
              + (address < 0 ? "" : " at " + message.substring(address + 1))
              + ": "
              + (message.contains("timed out")
                  ? "no answer; is it running, and does a firewall let the connection through?"
                  : "nothing listens there; is it running?"));
    }
    if (cause instanceof UnknownHostException || cause instanceof UnresolvedAddressException) {
      return Optional.of(NO_HOST);
    }
    if (cause instanceof IOException broken) {
      return Optional.of(
          "the connection to the server was lost"
              + (broken.getMessage() == null ? "" : " (" + broken.getMessage() + ")")
              + "; is it still running?");
    }
    return Optional.empty();
  }
}
