package io.thalweg.node;

import io.thalweg.runtime.config.ConfigException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Somebody's word that a coordinator's directory was put back from a backup on purpose: the file
 * {@code restore}, text in UTF-8, which holds the nonce to open the log with. The next start begins
 * a new timeline and removes it. One thread at a time.
 */
public final class RestoreRequest {
  private static final String FILE = "restore";
  private static final String MARKER = "thalweg-coordinator";

  private final Path file;
  private final Optional<String> nonce;

  /** What stands in {@code directory}. */
  RestoreRequest(Path directory) {
    this.file = directory.resolve(FILE);
    try {
      this.nonce =
          Files.exists(file)
              ? Optional.of(Files.readString(file, StandardCharsets.UTF_8).strip())
              : Optional.empty();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  /**
   * Writes the word into the coordinator's directory {@code data}, or the one below it that {@code
   * thalweg dev} has made.
   *
   * @return the coordinator's directory
   * @throws ConfigException if there is none
   */
  public static Path write(Path data) {
    Path directory =
        Files.exists(data.resolve(MARKER)) ? data : data.resolve(EmbeddedNode.COORDINATOR);
    if (!Files.exists(directory.resolve(MARKER))) {
      throw new ConfigException(
          "'"
              + data
              + "' is no coordinator's directory: it has no file "
              + MARKER
              + "; put the backup there first");
    }
    try {
      Files.writeString(directory.resolve(FILE), Nonce.draw() + "\n", StandardCharsets.UTF_8);
    } catch (IOException failure) {
      throw new ConfigException("'" + directory + "' cannot be written: " + failure);
    }
    return directory;
  }

  /** The nonce to open the log with, if the log was restored. */
  Optional<String> nonce() {
    return nonce;
  }

  /** The log is open. */
  void done() {
    try {
      Files.deleteIfExists(file);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
