package io.thalweg.node;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.storage.DurableFile;
import io.thalweg.runtime.config.ConfigException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;

/**
 * Tells the next start that a coordinator's directory was restored from a backup on purpose. It is
 * the file {@code restore}, text in UTF-8: a line with the nonce to open the log with, and one with
 * the least number of the new timeline (absent in files of earlier releases). Numbers come from the
 * clock, so that two restores of one backup differ. The next start begins the timeline and removes
 * the file. One thread at a time.
 */
public final class RestoreRequest {
  private static final String FILE = "restore";
  private static final String LOCK = "in_use.lock";
  private static final String OWN_LOCK = "lock";
  private static final String MARKER = "thalweg-coordinator";
  private static final long TIMELINES_BEGIN =
      Instant.parse("2026-01-01T00:00:00Z").getEpochSecond();

  private final Path file;

  /** The request in a coordinator's {@code directory}. */
  RestoreRequest(Path directory) {
    this.file = directory.resolve(FILE);
  }

  /**
   * Writes the request into the coordinator's directory {@code data}, or into the one that {@code
   * thalweg dev} made below it.
   *
   * @return the coordinator's directory
   * @throws ConfigException if there is none
   */
  public static Path write(Path data, long wallMillis) {
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
      refuseIfInUse(directory);
      new RestoreRequest(directory).write(wallMillis);
    } catch (UncheckedIOException failure) {
      throw new ConfigException("'" + directory + "' cannot be written: " + failure.getCause());
    }
    return directory;
  }

  /** The request is for the next start; a running coordinator would not read it. */
  private static void refuseIfInUse(Path directory) {
    try (DirectoryStream<Path> below = Files.newDirectoryStream(directory, Files::isDirectory)) {
      boolean held = isHeld(directory.resolve(OWN_LOCK));
      for (Path each : below) {
        held |= isHeld(each.resolve(LOCK));
      }
      if (held) {
        throw new ConfigException(
            "'" + directory + "' is in use by a running coordinator; stop it first");
      }
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static boolean isHeld(Path lock) throws IOException {
    if (!Files.exists(lock)) {
      return false;
    }
    try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.WRITE);
        FileLock mine = channel.tryLock()) {
      return mine == null;
    }
  }

  /** Writes the request. */
  void write(long wallMillis) {
    long timeline = Math.max(0, wallMillis / 1_000 - TIMELINES_BEGIN);
    try {
      DurableFile.write(
          file, (Nonce.draw() + "\n" + timeline + "\n").getBytes(StandardCharsets.UTF_8));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /**
   * The command that opens the log: with a new timeline if the file exists, else with a new nonce
   * only.
   */
  Command.OpenLog opening() {
    try {
      if (!Files.exists(file)) {
        return new Command.OpenLog(Nonce.draw(), false);
      }
      List<String> lines = Files.readString(file, StandardCharsets.UTF_8).lines().toList();
      return new Command.OpenLog(
          lines.get(0).strip(), true, lines.size() < 2 ? 0 : Integer.parseInt(lines.get(1)));
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    } catch (IndexOutOfBoundsException | IllegalArgumentException damaged) {
      throw new ConfigException("'" + file + "' is damaged; run thalweg coordinator restore again");
    }
  }

  /** Removes the request: the restored log is open, here or at another member. */
  void done() {
    try {
      Files.deleteIfExists(file);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
