package io.thalweg.node.cli.terminal;

import io.thalweg.client.ConnectOptions;
import io.thalweg.client.ThalwegConnection;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The server that a command talks to, and as whom. One thread. */
public final class ConnectionOptions {
  /** The default port for clients. */
  public static final int DEFAULT_PORT = 9420;

  @Option(
      names = "--server",
      paramLabel = "ADDRESS",
      defaultValue = "${env:THALWEG_SERVER:-grpc://127.0.0.1:" + DEFAULT_PORT + "}",
      description =
          "any server of the cluster, grpc+tls://HOST:PORT for TLS; or set THALWEG_SERVER (default:"
              + " ${DEFAULT-VALUE})")
  String server;

  @Option(
      names = "--user",
      paramLabel = "NAME",
      defaultValue = "${env:THALWEG_USER}",
      description = "log in as that user; or set THALWEG_USER")
  String user;

  @Option(
      names = "--password-file",
      paramLabel = "FILE",
      defaultValue = "${env:THALWEG_PASSWORD_FILE}",
      description =
          "whose first line is the user's password; or set THALWEG_PASSWORD_FILE. Without, the"
              + " terminal asks")
  Path passwordFile;

  @Option(
      names = "--tls-ca",
      paramLabel = "FILE",
      defaultValue = "${env:THALWEG_TLS_CA}",
      description = "PEM certificates to trust, in place of Java's own; or set THALWEG_TLS_CA")
  Path trusted;

  @Option(
      names = "--tls-certificate",
      paramLabel = "FILE",
      defaultValue = "${env:THALWEG_TLS_CERTIFICATE}",
      description = "the client's own PEM certificate, where servers ask for one")
  Path certificate;

  @Option(
      names = "--tls-key",
      paramLabel = "FILE",
      defaultValue = "${env:THALWEG_TLS_KEY}",
      description = "its private key, PEM in PKCS #8 without a password")
  Path key;

  @Option(
      names = "--insecure",
      description = "send the password over a plain connection to another machine")
  boolean insecure;

  public ThalwegConnection connect() {
    return ThalwegConnection.connect(server, options());
  }

  private ConnectOptions options() {
    ConnectOptions options = ConnectOptions.DEFAULT;
    if (user != null) {
      options = options.withUser(user, Passwords.of(user, passwordFile));
    } else if (passwordFile != null) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST, "--password-file needs --user NAME, whose password it holds");
    }
    if (trusted != null) {
      options = options.trusting(trusted);
    }
    if ((certificate == null) != (key == null)) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST, "--tls-certificate and --tls-key go together; give both");
    }
    if (certificate != null) {
      options = options.withCertificate(certificate, key);
    }
    return insecure ? options.withPasswordInTheClear() : options;
  }
}
