package io.thalweg.coordinator.ratis.vote;

import io.thalweg.coordinator.ratis.storage.TornTail;
import io.thalweg.coordinator.storage.DurableFile;
import io.thalweg.format.error.ThalwegException;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Properties;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks Ratis' small file {@code raft-meta} before Ratis does: Java properties that say in which
 * term this member is, and for whom it voted. Stateless.
 */
public final class VoteFile {
  private static final Logger log = LoggerFactory.getLogger(VoteFile.class);
  private static final String NAME = "raft-meta";

  private VoteFile() {}

  /**
   * Refuses a log whose vote file is missing or damaged.
   *
   * @param current Ratis' directory of log files
   * @param forgetting runs before votes are forgotten, then the file is written again; null to
   *     refuse the start instead
   */
  public static void check(Path current, Runnable forgetting) throws IOException {
    Path file = current.resolve(NAME);
    Optional<String> wrong = Files.exists(file) ? damage(file) : missing(current);
    if (wrong.isEmpty()) {
      return;
    }
    if (forgetting == null) {
      throw ThalwegException.corrupt(
          "file "
              + file
              + ", in which this member notes how it voted, is "
              + wrong.get()
              + ". Restore it from a backup of the directory or, in a group, start this member with"
              + " an empty directory; or start once with --repair, which writes the file anew and"
              + " loses nothing of the log");
    }
    forgetting.run();
    long term = TornTail.highestTerm(current, "log_*");
    log.warn("file {} is {}; it is written anew, as --repair says", file, wrong.get());
    DurableFile.write(file, ("term=" + term + "\nvotedFor=\n").getBytes(StandardCharsets.UTF_8));
  }

  private static Optional<String> missing(Path current) throws IOException {
    if (!Files.isDirectory(current)) {
      return Optional.empty();
    }
    try (DirectoryStream<Path> logs = Files.newDirectoryStream(current, "log_*")) {
      return logs.iterator().hasNext() ? Optional.of("missing") : Optional.empty();
    }
  }

  private static Optional<String> damage(Path file) throws IOException {
    Properties found = new Properties();
    long newest = TornTail.highestTerm(file.getParent(), "log_inprogress_*");
    try (Reader in = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      found.load(in);
      if (Long.parseLong(found.getProperty("term", "")) < newest) {
        return Optional.of("damaged (its term is lower than that of the log, " + newest + ")");
      }
    } catch (CharacterCodingException | IllegalArgumentException damaged) {
      return Optional.of(Files.size(file) == 0 ? "empty" : "damaged");
    }
    return found.getProperty("votedFor") == null ? Optional.of("damaged") : Optional.empty();
  }
}
