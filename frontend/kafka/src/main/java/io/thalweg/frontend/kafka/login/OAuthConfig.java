package io.thalweg.frontend.kafka.login;

import io.thalweg.runtime.config.ConfigException;
import io.thalweg.runtime.config.Settings;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * Whose tokens are taken.
 *
 * @param keys {@code kafka.oauth.keys}: the issuer's public keys as a JSON Web Key Set, a URL of
 *     https or a file
 * @param issuer {@code kafka.oauth.issuer}: what the claim {@code iss} has to be
 * @param audience {@code kafka.oauth.audience}: what the claim {@code aud} has to hold
 * @param nameClaim {@code kafka.oauth.name-claim}: the claim that is the user's name, {@code sub}
 *     by default
 */
public record OAuthConfig(URI keys, String issuer, String audience, String nameClaim) {
  /** The mechanism. */
  static final String MECHANISM = "OAUTHBEARER";

  private static final String KEYS = "kafka.oauth.keys";

  /**
   * Reads the settings named above.
   *
   * @param wanted whether {@code kafka.sasl.mechanisms} has the mechanism
   */
  static Optional<OAuthConfig> from(Settings settings, boolean wanted) {
    String keys = settings.text(KEYS, null);
    String issuer = settings.text("kafka.oauth.issuer", null);
    String audience = settings.text("kafka.oauth.audience", null);
    String nameClaim = settings.text("kafka.oauth.name-claim", null);
    if (!wanted) {
      if (keys != null || issuer != null || audience != null || nameClaim != null) {
        throw new ConfigException(
            "kafka.oauth.… has a meaning only with " + MECHANISM + " in kafka.sasl.mechanisms");
      }
      return Optional.empty();
    }
    if (keys == null || issuer == null || audience == null) {
      throw new ConfigException(
          MECHANISM
              + " in kafka.sasl.mechanisms needs kafka.oauth.keys, kafka.oauth.issuer and"
              + " kafka.oauth.audience: whose tokens are taken, and which of them are meant for"
              + " this cluster");
    }
    return Optional.of(
        new OAuthConfig(uri(keys), issuer, audience, nameClaim == null ? "sub" : nameClaim));
  }

  private static URI uri(String keys) {
    if (keys.toLowerCase(Locale.ROOT).startsWith("https:")) {
      try {
        return new URI(keys);
      } catch (URISyntaxException malformed) {
        throw unusable(keys, malformed.getMessage());
      }
    }
    if (keys.toLowerCase(Locale.ROOT).startsWith("http:")) {
      throw unusable(keys, "who can change the keys on the way can make tokens");
    }
    Path file;
    try {
      file = Path.of(keys).toAbsolutePath();
    } catch (InvalidPathException malformed) {
      throw unusable(keys, malformed.getMessage());
    }
    if (!Files.isReadable(file) || Files.isDirectory(file)) {
      throw unusable(keys, "there is no such file that can be read");
    }
    return file.toUri();
  }

  private static ConfigException unusable(String keys, String why) {
    return new ConfigException(
        KEYS + " = '" + keys + "' cannot be used: " + why + "; name a URL of https, or a file");
  }
}
