package io.thalweg.node;

import io.thalweg.format.access.ScramMechanism;
import io.thalweg.format.access.ScramSecret;
import io.thalweg.format.access.UserChange;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.runtime.config.ConfigException;
import io.thalweg.runtime.config.Settings;
import io.thalweg.server.security.SecurityConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
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
  private static final long MAX_BYTES = 1_024;

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
    byte[] password = password(file).getBytes(StandardCharsets.UTF_8);
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

  /** The file's first line. */
  private static String password(String file) {
    String text;
    try {
      Path path = Path.of(file);
      if (Files.size(path) > MAX_BYTES) {
        throw unusable(file, "it has over " + MAX_BYTES + " bytes");
      }
      text = Files.readString(path);
    } catch (IOException | InvalidPathException unreadable) {
      throw unusable(file, unreadable.toString());
    }
    String line = text.lines().findFirst().orElse("");
    if (line.isBlank()) {
      throw unusable(file, "its first line is empty");
    }
    return line;
  }

  private static ConfigException unusable(String file, String why) {
    return new ConfigException(
        "security.admin.password-file = '"
            + file
            + "' cannot be used: "
            + why
            + "; name a file whose first line is the password");
  }
}
