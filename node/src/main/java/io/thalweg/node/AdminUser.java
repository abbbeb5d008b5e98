package io.thalweg.node;

import io.thalweg.format.access.ScramMechanism;
import io.thalweg.format.access.ScramSecret;
import io.thalweg.format.access.UserChange;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.runtime.config.ConfigException;
import io.thalweg.runtime.config.PasswordFile;
import io.thalweg.runtime.config.Settings;
import io.thalweg.server.security.SecurityConfig;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * The first user, whose password is in a file: {@code security.admin.password-file}. Its name is
 * {@code security.admin.user}, {@code admin} by default. Stateless.
 */
final class AdminUser {
  private static final int ITERATIONS = 8_192;
  private static final int SALT_BYTES = 20;

  private AdminUser() {}

  /** The user of the settings, if they name a file; a new salt with each start. */
  static Optional<SecurityConfig.Admin> from(Settings settings) {
    String file = settings.text("security.admin.password-file", null);
    String name = settings.text("security.admin.user", null);
    if (file == null) {
      if (name != null) {
        throw new ConfigException(
            "security.admin.user = '"
                + name
                + "' has no password; set security.admin.password-file to a file that holds it");
      }
      return Optional.empty();
    }
    String user = checked(name == null ? "admin" : name);
    byte[] password =
        PasswordFile.read("security.admin.password-file", file).getBytes(StandardCharsets.UTF_8);
    byte[] salt = new byte[SALT_BYTES];
    new SecureRandom().nextBytes(salt);
    Map<ScramMechanism, ScramSecret> secrets = new EnumMap<>(ScramMechanism.class);
    for (ScramMechanism each : ScramMechanism.values()) {
      secrets.put(each, ScramSecret.derive(each, password, salt, ITERATIONS));
    }
    return Optional.of(new SecurityConfig.Admin(user, secrets));
  }

  private static String checked(String name) {
    try {
      return UserChange.checkName(name);
    } catch (ThalwegException unusable) {
      throw new ConfigException("security.admin.user: " + unusable.getMessage());
    }
  }
}
