package io.thalweg.coordinator.ratis.storage;

import io.thalweg.coordinator.storage.DurableFile;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * A member's directory: makes sure that it is this member's and of a format this release reads,
 * before Ratis sees it. The package text specifies the marker file. One thread.
 */
public final class StorageDirectory {
  private static final String MARKER = "thalweg-coordinator";
  private static final Set<String> OURS =
      Set.of(
          MARKER + ".tmp",
          "flushed",
          "flushed.tmp",
          "reserve",
          "unappliable-entries",
          "not-voting",
          "not-voting.tmp",
          "founded",
          "founded.tmp");
  private static final String RATIS_LOCK = "in_use.lock";

  private final Path directory;
  private final String groupDirectory;
  private final String content;

  /**
   * A directory that is not checked yet.
   *
   * @param groupId Ratis' id of the group, which names Ratis' own subdirectory
   */
  public StorageDirectory(Path directory, UUID groupId, String group, String member) {
    this.directory = directory;
    this.groupDirectory = groupId.toString();
    this.content = "format 1\ngroup " + group + "\nmember " + member + "\n";
  }

  /** Makes the directory if needed. */
  public void create() {
    try {
      Files.createDirectories(directory);
    } catch (IOException failure) {
      throw unwritable(failure);
    }
  }

  private ThalwegException unwritable(IOException failure) {
    return new ThalwegException(
        ErrorCode.NO_SPACE,
        "coordinator.log.dir '" + directory + "' cannot be written: " + failure,
        failure);
  }

  /** Throws when the directory cannot be this member's. */
  public void check() {
    try {
      Path probe = Files.createTempFile(directory, "probe", ".tmp");
      Files.delete(probe);
    } catch (IOException failure) {
      throw unwritable(failure);
    }
    try {
      Path marker = directory.resolve(MARKER);
      if (Files.exists(marker)) {
        checkMarker(Files.readString(marker));
      } else {
        checkUnused();
      }
      refuseIfInUse();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /**
   * Throws if another process uses the directory. Ratis would try for five seconds, and report at
   * length what we say in one line.
   */
  private void refuseIfInUse() throws IOException {
    Path lock = directory.resolve(groupDirectory).resolve(RATIS_LOCK);
    if (!Files.exists(lock)) {
      return;
    }
    try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.WRITE);
        FileLock held = channel.tryLock()) {
      if (held == null) {
        throw refuse("is in use by another process");
      }
    } catch (OverlappingFileLockException heldHere) {
      throw refuse("is in use by this process");
    }
  }

  private void checkMarker(String found) {
    if (found.startsWith("format 2\n")) {
      throw refuse("holds the log of a thalweg dev, which only thalweg dev reads");
    }
    if (!found.equals(content)) {
      throw refuse(
          "belongs to another coordinator or format: it says '"
              + found.strip().replace('\n', ',')
              + "', this one is '"
              + content.strip().replace('\n', ',')
              + "'");
    }
    if (!Files.isDirectory(directory.resolve(groupDirectory))) {
      throw refuse("has lost its log, subdirectory " + groupDirectory + "; restore it");
    }
  }

  private void checkUnused() throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      // A first start that was interrupted leaves the group's directory and no marker.
      List<String> others =
          entries
              .map(each -> String.valueOf(each.getFileName()))
              .filter(name -> !name.equals(groupDirectory) && !OURS.contains(name))
              .sorted()
              .limit(3)
              .toList();
      if (!others.isEmpty()) {
        throw refuse("is not empty and not a coordinator's: it holds " + others);
      }
    }
  }

  private ThalwegException refuse(String why) {
    return new ThalwegException(
        ErrorCode.INVALID_REQUEST,
        "coordinator.log.dir '" + directory + "' " + why + "; give another directory");
  }

  /** Where Ratis keeps its log files. */
  public Path log() {
    return directory.resolve(groupDirectory).resolve("current");
  }

  /** Where snapshots are kept. */
  public Path snapshots() {
    return directory.resolve(groupDirectory).resolve("sm");
  }

  /** The file of entries that failed to apply. */
  public Path unappliable() {
    return directory.resolve("unappliable-entries");
  }

  /** The file that says up to which entry the log is flushed. */
  public Path flushed() {
    return directory.resolve("flushed");
  }

  /** The file that is deleted when the disk is full. */
  public Path reserve() {
    return directory.resolve("reserve");
  }

  /** The file that exists while this member must not vote. */
  public Path notVoting() {
    return directory.resolve("not-voting");
  }

  /** The file that exists once this member has seen its group begin. */
  public Path founded() {
    return directory.resolve("founded");
  }

  /** Where a repair keeps what it changes. */
  public Path repair() {
    int number = 1;
    while (Files.exists(directory.resolve("repair-" + number))) {
      number++;
    }
    return directory.resolve("repair-" + number);
  }

  /** Marks the directory as this member's, after Ratis has made its own part. */
  public void mark() {
    Path marker = directory.resolve(MARKER);
    if (Files.exists(marker)) {
      return;
    }
    try {
      DurableFile.write(marker, content.getBytes(StandardCharsets.UTF_8));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
