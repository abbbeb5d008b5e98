package io.thalweg.frontend.kafka.login;

import io.thalweg.format.access.ScramMechanism;
import io.thalweg.runtime.config.ConfigException;
import io.thalweg.runtime.config.Settings;
import io.thalweg.runtime.config.TlsFiles;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/**
 * How clients prove who they are, and whether the connection is encrypted.
 *
 * @param protocol {@code kafka.security.protocol}: PLAINTEXT, the default, SSL, SASL_PLAINTEXT or
 *     SASL_SSL
 * @param mechanisms {@code kafka.sasl.mechanisms}: of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 and
 *     OAUTHBEARER; by default the two of SCRAM
 * @param oauth {@code kafka.oauth.…}, for OAUTHBEARER
 * @param tls {@code kafka.tls.…}, for SSL and SASL_SSL
 * @param loginTimeout {@code kafka.login.timeout}: how long a client may take to log in, default 30
 *     s
 */
public record DoorSecurity(
    SecurityProtocol protocol,
    List<String> mechanisms,
    Optional<OAuthConfig> oauth,
    Optional<TlsFiles> tls,
    Duration loginTimeout) {

  /** The mechanism that sends the password itself. */
  static final String PLAIN = "PLAIN";

  private static final List<String> SCRAM =
      List.of(ScramMechanism.SHA_256.text(), ScramMechanism.SHA_512.text());

  /** Reads the settings named above, and the files. */
  public static DoorSecurity from(Settings settings) {
    SecurityProtocol protocol =
        settings.choice("kafka.security.protocol", SecurityProtocol.PLAINTEXT);
    List<String> mechanisms = mechanisms(settings.text("kafka.sasl.mechanisms", null), protocol);
    Optional<TlsFiles> tls = tls(settings, protocol);
    return new DoorSecurity(
        protocol,
        mechanisms,
        OAuthConfig.from(settings, mechanisms.contains(OAuthConfig.MECHANISM)),
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
      if (!mechanism.equals(PLAIN)
          && !SCRAM.contains(mechanism)
          && !mechanism.equals(OAuthConfig.MECHANISM)) {
        throw new ConfigException(
            "kafka.sasl.mechanisms = '"
                + text
                + "' cannot be used: '"
                + each.trim()
                + "' is none of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER");
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

  private static Optional<TlsFiles> tls(Settings settings, SecurityProtocol protocol) {
    if (hasTls(protocol)) {
      return Optional.of(
          TlsFiles.from(settings, "kafka.tls", "kafka.security.protocol = " + protocol));
    }
    if (TlsFiles.areIn(settings, "kafka.tls")) {
      throw unused("kafka.tls.…", "SSL or SASL_SSL", protocol);
    }
    return Optional.empty();
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
        || (protocol == SecurityProtocol.SSL && tls.flatMap(TlsFiles::clients).isPresent());
  }
}
