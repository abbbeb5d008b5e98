package io.thalweg.client;

import io.thalweg.client.route.LinkSecurity;
import io.thalweg.client.route.LinkSecurity.Identity;
import io.thalweg.client.route.LinkSecurity.Login;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.runtime.config.ConfigException;
import io.thalweg.runtime.config.TlsFiles;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Who a client is, and which servers it trusts: for {@link ThalwegConnection#connect(String,
 * ConnectOptions)}. Immutable.
 */
public final class ConnectOptions {
  /** Nobody in particular, who trusts the authorities that Java trusts. */
  public static final ConnectOptions DEFAULT = new ConnectOptions(LinkSecurity.NONE);

  private final LinkSecurity security;

  private ConnectOptions(LinkSecurity security) {
    this.security = security;
  }

  LinkSecurity security() {
    return security;
  }

  /**
   * As a user. The password is sent with each call, encrypted if the address begins with {@code
   * grpc+tls://}; a plain connection is refused unless the server is on this machine.
   *
   * @param name without ':'
   */
  public ConnectOptions withUser(String name, String password) {
    if (name.isEmpty() || name.indexOf(':') >= 0) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST, "user '" + name + "' cannot be sent; give a name without ':'");
    }
    return new ConnectOptions(
        new LinkSecurity(
            Optional.of(new Login(name, password)),
            security.trusted(),
            security.identity(),
            security.inTheClear()));
  }

  /**
   * Trusting servers whose certificates lead to one of these, and no others.
   *
   * @param pem a file of certificates
   */
  public ConnectOptions trusting(Path pem) {
    String certificates =
        read(() -> TlsFiles.certificates("the trusted certificates", pem.toString()));
    return new ConnectOptions(
        new LinkSecurity(
            security.login(),
            Optional.of(certificates),
            security.identity(),
            security.inTheClear()));
  }

  /**
   * With a certificate of its own.
   *
   * @param certificate a PEM file
   * @param key a PEM file of its private key, PKCS #8 without a password
   */
  public ConnectOptions withCertificate(Path certificate, Path key) {
    Identity identity =
        new Identity(
            read(() -> TlsFiles.certificates("the client's certificate", certificate.toString())),
            read(() -> TlsFiles.key("the client's key", key.toString())));
    return new ConnectOptions(
        new LinkSecurity(
            security.login(), security.trusted(), Optional.of(identity), security.inTheClear()));
  }

  /** Sending the password over plain connections too, for a network that may see it. */
  public ConnectOptions withPasswordInTheClear() {
    return new ConnectOptions(
        new LinkSecurity(security.login(), security.trusted(), security.identity(), true));
  }

  private static String read(Supplier<String> file) {
    try {
      return file.get();
    } catch (ConfigException unusable) {
      throw new ThalwegException(ErrorCode.INVALID_REQUEST, unusable.getMessage(), unusable);
    }
  }
}
