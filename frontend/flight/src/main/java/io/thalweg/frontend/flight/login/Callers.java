package io.thalweg.frontend.flight.login;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.frontend.login.Passwords;
import io.thalweg.runtime.AuditLog;
import io.thalweg.runtime.Clock;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.SecurityApi;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.function.Function;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.apache.arrow.flight.impl.FlightServiceGrpc;

/**
 * Makes the principal of each call, before anything of the call is read; a call of somebody who
 * cannot prove who it is ends with UNAUTHENTICATED. On gRPC's threads.
 */
public final class Callers implements ServerInterceptor {
  private static final Context.Key<Principal> CALLER = Context.key("thalweg-caller");
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
  private static final String BASIC = "basic ";
  private static final String BEARER = "bearer ";
  private static final String HANDSHAKE =
      FlightServiceGrpc.getHandshakeMethod().getFullMethodName();

  /** The most that user and password may take, in Base64. */
  private static final int MAX_BASIC = 4_096;

  private static final byte DELETE = 127;

  private final FlightSecurity config;
  private final SecurityApi security;
  private final Function<ThalwegException, StatusRuntimeException> refusal;
  private final Passwords passwords;
  private final Tokens tokens;
  private final AuditLog audit;

  /**
   * Of a door.
   *
   * @param refusal what a client gets for a failure
   */
  public Callers(
      FlightSecurity config,
      SecurityApi security,
      Clock clock,
      Function<ThalwegException, StatusRuntimeException> refusal) {
    this.config = config;
    this.security = security;
    this.refusal = refusal;
    this.passwords = new Passwords(security, clock);
    this.tokens = new Tokens(security, clock);
    this.audit = new AuditLog(clock);
  }

  /** Who makes the call of this thread; called within gRPC's method. */
  public static Principal caller() {
    return CALLER.get();
  }

  /** Whether who logged in so may still: a user that was removed meanwhile may not. */
  public boolean isStillWelcome(Principal who) {
    return !config.asksForPasswords() || security.isUser(who.name());
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    Principal caller;
    try {
      caller = caller(call, headers);
    } catch (ThalwegException refused) {
      audit.refused(
          "a client of the Flight door, from " + host(call) + ": " + refused.getMessage());
      StatusRuntimeException status = refusal.apply(refused);
      call.close(status.getStatus(), status.getTrailers());
      return new ServerCall.Listener<>() {};
    }
    Context context = Context.current().withValue(CALLER, caller);
    boolean isHandshake = call.getMethodDescriptor().getFullMethodName().equals(HANDSHAKE);
    return Contexts.interceptCall(
        context,
        isHandshake && config.asksForPasswords()
            ? new WithToken<>(call, tokens.give(caller.name()))
            : call,
        headers,
        next);
  }

  private Principal caller(ServerCall<?, ?> call, Metadata headers) {
    if (config.asksForPasswords()) {
      String host = host(call);
      return new Principal(user(host, headers.get(AUTHORIZATION)), host);
    }
    SSLSession session = call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
    if (session != null && config.tls().flatMap(tls -> tls.clients()).isPresent()) {
      return new Principal(subject(session), host(call));
    }
    return new Principal(Principal.ANONYMOUS.name(), host(call));
  }

  private static String host(ServerCall<?, ?> call) {
    return call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR)
            instanceof InetSocketAddress address
        ? address.getAddress().getHostAddress()
        : "";
  }

  private static String subject(SSLSession session) {
    try {
      return session.getPeerPrincipal().getName();
    } catch (SSLPeerUnverifiedException none) {
      throw unknown("no certificate came with the connection");
    }
  }

  private static ThalwegException unknown(String why) {
    return new ThalwegException(ErrorCode.UNAUTHENTICATED, why);
  }

  private String user(String host, String header) {
    if (header == null) {
      throw unknown(
          "this server asks for a user and a password (thalweg --user NAME --password-file FILE;"
              + " in Python thalweg.connect(…, user=…, password=…))");
    }
    if (begins(header, BEARER)) {
      return tokens
          .user(header.substring(BEARER.length()).trim())
          .orElseThrow(
              () ->
                  unknown(
                      "the token is not of this server, or has ended; log in again with user and"
                          + " password"));
    }
    if (begins(header, BASIC) && header.length() <= MAX_BASIC) {
      return byPassword(host, header.substring(BASIC.length()).trim());
    }
    throw unknown(
        "the header 'authorization' is neither 'Basic' with user and password nor 'Bearer' with a"
            + " token");
  }

  private static boolean begins(String header, String scheme) {
    return header.regionMatches(true, 0, scheme, 0, scheme.length());
  }

  private String byPassword(String host, String encoded) {
    byte[] pair;
    try {
      pair = Base64.getDecoder().decode(encoded);
    } catch (IllegalArgumentException malformed) {
      throw unknown("user and password after 'Basic' are no Base64");
    }
    int colon = -1;
    for (int i = 0; i < pair.length; i++) {
      if ((pair[i] >= 0 && pair[i] < ' ') || pair[i] == DELETE) {
        throw unknown("there are control characters in user or password after 'Basic'");
      }
      colon = colon < 0 && pair[i] == ':' ? i : colon;
    }
    if (colon < 0) {
      throw unknown("there is no ':' between user and password after 'Basic'");
    }
    String user = new String(pair, 0, colon, StandardCharsets.UTF_8);
    byte[] password = Arrays.copyOfRange(pair, colon + 1, pair.length);
    return switch (passwords.check(host, user, password)) {
      case RIGHT -> user;
      case WRONG ->
          throw unknown("there is no user '" + AuditLog.shown(user) + "' with that password");
      case LATER ->
          throw new ThalwegException(
              ErrorCode.OVERLOADED,
              "too many passwords are checked at this moment; try again in a second");
    };
  }

  /** A handshake, which is answered with a token: in the headers, or in the trailers. */
  private static final class WithToken<Q, A> extends SimpleForwardingServerCall<Q, A> {
    private final String token;

    WithToken(ServerCall<Q, A> call, String token) {
      super(call);
      this.token = token;
    }

    private void add(Metadata to) {
      to.put(AUTHORIZATION, "Bearer " + token);
    }

    @Override
    public void sendHeaders(Metadata headers) {
      add(headers);
      super.sendHeaders(headers);
    }

    @Override
    public void close(Status status, Metadata trailers) {
      if (status.isOk()) {
        add(trailers);
      }
      super.close(status, trailers);
    }
  }
}
