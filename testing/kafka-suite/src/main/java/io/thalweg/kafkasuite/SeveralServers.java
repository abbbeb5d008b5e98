package io.thalweg.kafkasuite;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.stream.Collectors;

/** The tests that need as many servers as they ask for: {@code several.txt}. */
final class SeveralServers {
  private static final Set<String> TESTS = read();

  private SeveralServers() {}

  private static Set<String> read() {
    try (InputStream lines = SeveralServers.class.getResourceAsStream("/several.txt")) {
      return new String(lines.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .collect(Collectors.toUnmodifiableSet());
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  /** Whether that method of that class is one of them. */
  static boolean areFor(String type, String method) {
    return TESTS.contains(type.substring(type.lastIndexOf('.') + 1) + " " + method);
  }
}
