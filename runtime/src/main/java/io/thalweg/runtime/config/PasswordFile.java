package io.thalweg.runtime.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** A file whose first line is a password. Stateless. */
public final class PasswordFile {
  private static final long MAX_BYTES = 1_024;

  private PasswordFile() {}

  /**
   * The password.
   *
   * @param setting that names the file
   */
  public static String read(String setting, String file) {
    String text;
    try {
      Path path = Path.of(file);
      if (Files.size(path) > MAX_BYTES) {
        throw unusable(setting, file, "it has over " + MAX_BYTES + " bytes");
      }
      text = Files.readString(path);
    } catch (IOException | InvalidPathException unreadable) {
      throw unusable(setting, file, unreadable.toString());
    }
    String line = text.lines().findFirst().orElse("");
    if (line.isBlank()) {
      throw unusable(setting, file, "its first line is empty");
    }
    return line;
  }

  private static ConfigException unusable(String setting, String file, String why) {
    return new ConfigException(
        setting
            + " = '"
            + file
            + "' cannot be used: "
            + why
            + "; name a file whose first line is the password");
  }
}
