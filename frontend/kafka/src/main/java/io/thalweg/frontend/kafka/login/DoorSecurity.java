package io.thalweg.frontend.kafka.login;

import io.thalweg.format.access.ScramMechanism;
import io.thalweg.runtime.config.ConfigException;
import io.thalweg.runtime.config.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.kafka.common.config.types.Password;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/**
 * How clients prove who they are, and whether the connection is encrypted.
 *
 * @param protocol {@code kafka.security.protocol}: PLAINTEXT, the default, SSL, SASL_PLAINTEXT or
 *     SASL_SSL
 * @param mechanisms {@code kafka.sasl.mechanisms}: of PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512; the
 *     latter two by default
 * @param tls for SSL and SASL_SSL
 * @param loginTimeout {@code kafka.login.timeout}: how long a client may take to log in, default 30
 *     s
 */
public record DoorSecurity(
    SecurityProtocol protocol, List<String> mechanisms, Optional<Tls> tls, Duration loginTimeout) {

  /** The mechanism that sends the password itself. */
  static final String PLAIN = "PLAIN";

  private static final List<String> SCRAM =
      List.of(ScramMechanism.SHA_256.text(), ScramMechanism.SHA_512.text());
  private static final String KEY_BEGINS = "-----BEGIN PRIVATE KEY-----";
  private static final String CERTIFICATE_BEGINS = "-----BEGIN CERTIFICATE-----";
  private static final long MAX_FILE = 1 << 20;

  /**
   * What TLS needs, as PEM.
   *
   * @param certificate {@code kafka.tls.certificate}: a file with the server's certificate, and
   *     those that lead from it to its authority
   * @param key {@code kafka.tls.key}: a file with its private key
   * @param clients {@code kafka.tls.clients}: a file with the authorities of clients' certificates;
   *     with it every client must have one
   */
  public record Tls(Password certificate, Password key, Optional<Password> clients) {}

  /** Reads the settings named above, and the files. */
  public static DoorSecurity from(Settings settings) {
    SecurityProtocol protocol =
        settings.choice("kafka.security.protocol", SecurityProtocol.PLAINTEXT);
    List<String> mechanisms = mechanisms(settings.text("kafka.sasl.mechanisms", null), protocol);
    Optional<Tls> tls = tls(settings, protocol);
    return new DoorSecurity(
        protocol,
        mechanisms,
        tls,
        settings.duration(
            "kafka.login.timeout",
            Duration.ofSeconds(30),
            Duration.ofMillis(100),
            Duration.ofMinutes(10)));
  }

  private static List<String> mechanisms(String text, SecurityProtocol protocol) {
    if (text == null) {
      return SCRAM;
    }
    if (!hasSasl(protocol)) {
      throw unused("kafka.sasl.mechanisms", "SASL_PLAINTEXT or SASL_SSL", protocol);
    }
    List<String> mechanisms = new ArrayList<>();
    for (String each : text.split(",", -1)) {
      String mechanism = each.trim().toUpperCase(Locale.ROOT);
      if (!mechanism.equals(PLAIN) && !SCRAM.contains(mechanism)) {
        throw new ConfigException(
            "kafka.sasl.mechanisms = '"
                + text
                + "' cannot be used: '"
                + each.trim()
                + "' is none of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512");
      }
      if (!mechanisms.contains(mechanism)) {
        mechanisms.add(mechanism);
      }
    }
    return List.copyOf(mechanisms);
  }

  private static ConfigException unused(String key, String wanted, SecurityProtocol protocol) {
    return new ConfigException(
        key + " has a meaning only with kafka.security.protocol = " + wanted + ", not " + protocol);
  }

  private static Optional<Tls> tls(Settings settings, SecurityProtocol protocol) {
    String certificate = settings.text("kafka.tls.certificate", null);
    String key = settings.text("kafka.tls.key", null);
    String clients = settings.text("kafka.tls.clients", null);
    if (!hasTls(protocol)) {
      if (certificate != null || key != null || clients != null) {
        throw unused("kafka.tls.…", "SSL or SASL_SSL", protocol);
      }
      return Optional.empty();
    }
    if (certificate == null || key == null) {
      throw new ConfigException(
          "kafka.security.protocol = "
              + protocol
              + " needs kafka.tls.certificate and kafka.tls.key: the PEM files of the server's"
              + " certificate and its private key");
    }
    return Optional.of(
        new Tls(
            pem("kafka.tls.certificate", certificate, CERTIFICATE_BEGINS),
            pem("kafka.tls.key", key, KEY_BEGINS),
            Optional.ofNullable(clients)
                .map(file -> pem("kafka.tls.clients", file, CERTIFICATE_BEGINS))));
  }

  private static Password pem(String setting, String file, String begins) {
    String text;
    try {
      Path path = Path.of(file);
      if (Files.size(path) > MAX_FILE) {
        throw new ConfigException(
            setting + " = '" + file + "' is larger than 1 MiB; name a PEM file");
      }
      text = Files.readString(path);
    } catch (IOException | InvalidPathException unreadable) {
      throw new ConfigException(setting + " = '" + file + "' cannot be read: " + unreadable);
    }
    if (!text.contains(begins)) {
      throw new ConfigException(
          setting
              + " = '"
              + file
              + "' has no line '"
              + begins
              + "'"
              + (begins.equals(KEY_BEGINS)
                  ? "; convert it: openssl pkcs8 -topk8 -nocrypt -in OLD.pem -out NEW.pem"
                  : "; name a PEM file"));
    }
    return new Password(text);
  }

  private static boolean hasTls(SecurityProtocol protocol) {
    return protocol == SecurityProtocol.SSL || protocol == SecurityProtocol.SASL_SSL;
  }

  private static boolean hasSasl(SecurityProtocol protocol) {
    return protocol == SecurityProtocol.SASL_PLAINTEXT || protocol == SecurityProtocol.SASL_SSL;
  }

  /** Whether clients log in with a name. */
  public boolean hasSasl() {
    return hasSasl(protocol);
  }

  /** Whether only who has proved who it is gets in, and nobody listens on the way. */
  public boolean isSafe() {
    return protocol == SecurityProtocol.SASL_SSL
        || (protocol == SecurityProtocol.SSL && tls.flatMap(Tls::clients).isPresent());
  }
}
