package io.thalweg.frontend.flight.login;

import io.grpc.netty.GrpcSslContexts;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.thalweg.runtime.config.ConfigException;
import io.thalweg.runtime.config.Settings;
import io.thalweg.runtime.config.TlsFiles;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import javax.net.ssl.SSLException;

/**
 * How clients prove who they are, and whether the connection is encrypted.
 *
 * @param tls {@code flight.tls.certificate}, {@code .key} and {@code .clients}; empty for plain
 *     connections
 * @param authentication {@code flight.authentication}: {@code none}, the default, or {@code
 *     password}
 */
public record FlightSecurity(Optional<TlsFiles> tls, Authentication authentication) {
  /** Plain connections of clients that nobody knows. */
  public static final FlightSecurity NONE =
      new FlightSecurity(Optional.empty(), Authentication.NONE);

  /** What a client has to say of itself. */
  public enum Authentication {
    /** Nothing; with clients' certificates, what its certificate says. */
    NONE,
    /** A user's name and password, or a token that it got for them. */
    PASSWORD
  }

  /** Reads the settings named above, and the files. */
  public static FlightSecurity from(Settings settings) {
    Optional<TlsFiles> tls =
        TlsFiles.areIn(settings, "flight.tls")
            ? Optional.of(TlsFiles.from(settings, "flight.tls", "TLS of the Flight door"))
            : Optional.empty();
    FlightSecurity security =
        new FlightSecurity(tls, settings.choice("flight.authentication", Authentication.NONE));
    var unused = security.context();
    return security;
  }

  /** Whether clients log in with a name. */
  public boolean asksForPasswords() {
    return authentication == Authentication.PASSWORD;
  }

  /** Whether only who has proved who it is gets in, and nobody listens on the way. */
  public boolean isSafe() {
    return tls.isPresent() && (asksForPasswords() || tls.flatMap(TlsFiles::clients).isPresent());
  }

  /**
   * What the listener's connections are encrypted with; empty for plain ones.
   *
   * @throws ConfigException where certificate or key cannot be used
   */
  public Optional<SslContext> context() {
    return tls.map(FlightSecurity::context);
  }

  private static SslContext context(TlsFiles files) {
    try {
      SslContextBuilder builder =
          SslContextBuilder.forServer(stream(files.certificate()), stream(files.key()));
      files
          .clients()
          .ifPresent(
              clients -> builder.trustManager(stream(clients)).clientAuth(ClientAuth.REQUIRE));
      return GrpcSslContexts.configure(builder).protocols("TLSv1.3", "TLSv1.2").build();
    } catch (SSLException | IllegalArgumentException unusable) {
      Throwable cause = unusable.getCause() == null ? unusable : unusable.getCause();
      throw new ConfigException(
          "flight.tls.certificate, flight.tls.key or flight.tls.clients cannot be used: "
              + cause.getMessage());
    }
  }

  private static InputStream stream(String pem) {
    return new ByteArrayInputStream(pem.getBytes(StandardCharsets.UTF_8));
  }
}
