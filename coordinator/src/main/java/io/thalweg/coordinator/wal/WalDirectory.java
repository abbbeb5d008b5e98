package io.thalweg.coordinator.wal;

import io.thalweg.coordinator.storage.DurableFile;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The directory of a log, which one process at a time holds. The package text says what is in it.
 * One thread.
 */
final class WalDirectory implements AutoCloseable {
  static final String FLUSHED = "flushed";

  private static final String LOST = "lost";

  /** The directories that this process holds; closing any channel of a lock file would free it. */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private static final String MARKER = "thalweg-coordinator";
  private static final Pattern OURS =
      Pattern.compile(
          "(thalweg-coordinator\\.tmp|lock|lost|lost\\.tmp|probe\\d*\\.tmp|flushed|flushed\\.tmp|reserve|unappliable-entries"
              + "|log-\\d+|spare-\\d+|snapshot-\\d+(\\.tmp)?"
              // A first start with Raft that was interrupted leaves its directory and no marker.
              + "|[0-9a-f-]{36}|founded|not-voting)");

  private final Path directory;
  private final String content;
  private final String contentOfRaft;
  private Path held;
  private FileChannel lockFile;
  private FileLock lock;

  /** A directory that is not checked yet. */
  WalDirectory(Path directory, String group, String member) {
    this.directory = directory;
    String whose = "group " + group + "\nmember " + member + "\n";
    this.content = "format 2\n" + whose;
    this.contentOfRaft = "format 1\n" + whose;
  }

  /** Deletes what an earlier, interrupted takeover of the directory has left. */
  void deleteOurs() throws IOException {
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(directory, "{log,spare,snapshot}-*")) {
      for (Path file : files) {
        Files.delete(file);
      }
    }
  }

  /** Makes the directory if needed, and holds it until {@link #close}. */
  void open() {
    try {
      Files.createDirectories(directory);
      Files.delete(Files.createTempFile(directory, "probe", ".tmp"));
      lock();
    } catch (IOException failure) {
      throw new ThalwegException(
          ErrorCode.NO_SPACE,
          "coordinator.log.dir '" + directory + "' cannot be written: " + failure,
          failure);
    }
  }

  private void lock() throws IOException {
    Path real = directory.toRealPath();
    if (!HELD.add(real)) {
      throw refuse("is in use by this process");
    }
    held = real;
    lockFile =
        FileChannel.open(
            directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      lock = lockFile.tryLock();
    } catch (OverlappingFileLockException heldHere) {
      throw refuse("is in use by this process");
    }
    if (lock == null) {
      throw refuse("is in use by another process");
    }
  }

  /** Whether the directory holds a log already; throws when it cannot be this coordinator's. */
  boolean isMarked() {
    try {
      Path marker = directory.resolve(MARKER);
      if (!Files.exists(marker)) {
        checkUnused();
        return false;
      }
      String found = Files.readString(marker);
      if (!found.equals(content)) {
        throw refuse(
            "belongs to another coordinator or format: it says '"
                + found.strip().replace('\n', ',')
                + "', this one is '"
                + content.strip().replace('\n', ',')
                + "'");
      }
      return true;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Whether the directory is this coordinator's, but its log is Raft's. */
  boolean isOfRaft() throws IOException {
    return isMarked(contentOfRaft);
  }

  /** Whether the directory is this coordinator's, and its log is ours. */
  boolean isOurs() throws IOException {
    return isMarked(content);
  }

  private boolean isMarked(String expected) throws IOException {
    Path marker = directory.resolve(MARKER);
    return Files.exists(marker) && Files.readString(marker).equals(expected);
  }

  /** What Raft leaves in a directory. */
  List<Path> ofRaft(UUID group) {
    return Stream.of(group.toString(), "founded", "not-voting").map(directory::resolve).toList();
  }

  private void checkUnused() throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      List<String> others =
          entries
              .map(each -> String.valueOf(each.getFileName()))
              .filter(name -> !OURS.matcher(name).matches())
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

  /** Marks the directory as this coordinator's. */
  void mark() throws IOException {
    DurableFile.write(directory.resolve(MARKER), content.getBytes(StandardCharsets.UTF_8));
  }

  /** Notes durably that entries which may have been acknowledged are being cut off. */
  void noteLoss() {
    try {
      DurableFile.write(directory.resolve(LOST), new byte[0]);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Whether that was noted. */
  boolean hasLost() {
    return Files.exists(directory.resolve(LOST));
  }

  /** Removes the note. */
  void lossIsKnown() {
    try {
      Files.deleteIfExists(directory.resolve(LOST));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** The file of entries that failed to apply. */
  Path unappliable() {
    return directory.resolve("unappliable-entries");
  }

  /** The file that says up to which entry the log is flushed. */
  Path flushed() {
    return directory.resolve(FLUSHED);
  }

  /** The file that is deleted when the disk is full. */
  Path reserve() {
    return directory.resolve("reserve");
  }

  /** A directory for what a repair cuts off. */
  Path repair() {
    int number = 1;
    while (Files.exists(directory.resolve("repair-" + number))) {
      number++;
    }
    return directory.resolve("repair-" + number);
  }

  @Override
  public void close() throws IOException {
    try {
      if (lockFile != null) {
        lockFile.close();
      }
    } finally {
      if (held != null) {
        HELD.remove(held);
        held = null;
      }
    }
  }
}
