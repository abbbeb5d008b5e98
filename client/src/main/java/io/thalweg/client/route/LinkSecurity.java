package io.thalweg.client.route;

import io.grpc.ClientInterceptor;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.runtime.config.ListenHost;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import org.apache.arrow.flight.Location;
import org.apache.arrow.flight.LocationSchemes;
import org.apache.arrow.flight.grpc.NettyClientBuilder;

/**
 * What a client says of itself to each server, and which servers it trusts. Immutable.
 *
 * @param login user and password
 * @param trusted PEM of the authorities of servers' certificates; empty for those that Java knows
 * @param identity the client's own certificate
 * @param inTheClear whether the password may go over plain connections to other machines
 */
public record LinkSecurity(
    Optional<Login> login,
    Optional<String> trusted,
    Optional<Identity> identity,
    boolean inTheClear) {
  /** Nothing is said, and Java's authorities are trusted. */
  public static final LinkSecurity NONE =
      new LinkSecurity(Optional.empty(), Optional.empty(), Optional.empty(), false);

  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  /** A user and its password, which is in no text of this. */
  public record Login(String user, String password) {
    @Override
    public String toString() {
      return "user " + user;
    }
  }

  /** PEM of a certificate and its private key, which is in no text of this. */
  public record Identity(String certificate, String key) {
    @Override
    public String toString() {
      return "a certificate";
    }
  }

  /**
   * Prepares a link to a server.
   *
   * @throws ThalwegException INVALID_REQUEST where a password would go over the network in the
   *     clear, or where TLS is prepared for a plain address
   */
  void prepare(NettyClientBuilder link, Location location) {
    boolean isPlain = !location.getUri().getScheme().equals(LocationSchemes.GRPC_TLS);
    if (isPlain) {
      checkPlain(location);
      return;
    }
    trusted.ifPresent(pem -> link.trustedCertificates(stream(pem)));
    identity.ifPresent(own -> link.clientCertificate(stream(own.certificate), stream(own.key)));
  }

  private void checkPlain(Location location) {
    String address = location.getUri().toString();
    if (login.isPresent() && !inTheClear && !ListenHost.isLoopback(location.getUri().getHost())) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST,
          "the password would go to "
              + address
              + " in the clear; use grpc+tls://, or say that this network may see it"
              + " (--insecure; withPasswordInTheClear)");
    }
    if (trusted.isPresent() || identity.isPresent()) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST,
          "the connection to "
              + address
              + " is plain, so no certificate means anything to it; use grpc+tls://");
    }
  }

  /** What adds the login to each call. */
  Optional<ClientInterceptor> interceptor() {
    return login.map(
        each -> {
          Metadata headers = new Metadata();
          headers.put(AUTHORIZATION, "Basic " + encoded(each));
          return MetadataUtils.newAttachHeadersInterceptor(headers);
        });
  }

  private static String encoded(Login login) {
    return Base64.getEncoder()
        .encodeToString((login.user + ":" + login.password).getBytes(StandardCharsets.UTF_8));
  }

  private static InputStream stream(String pem) {
    return new ByteArrayInputStream(pem.getBytes(StandardCharsets.UTF_8));
  }
}
