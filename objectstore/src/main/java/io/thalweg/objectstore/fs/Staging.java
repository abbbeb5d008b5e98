package io.thalweg.objectstore.fs;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Names the temporary files of one open store: a directory of its own under {@code .tmp}, with a
 * lock that shows other stores that it is in use. Any thread may call.
 *
 * <pre>
 *   .tmp/lock          held while a store opens
 *   .tmp/open-N/lock   held while the store that made open-N is open
 *   .tmp/open-N/1 ...  its temporary files
 * </pre>
 */
final class Staging {
  static final String DIRECTORY = ".tmp";
  private static final String LOCK = "lock";
  private static final Logger log = LoggerFactory.getLogger(Staging.class);

  /**
   * The directories this process holds; also guards opening. File locks tell processes apart, not
   * stores of one process: closing any channel of a file would drop the process's lock on it.
   */
  private static final Set<Path> HELD = new TreeSet<>();

  private final Path directory;
  private final FileChannel lock;
  private final AtomicLong names = new AtomicLong();

  private Staging(Path directory, FileChannel lock) {
    this.directory = directory;
    this.lock = lock;
  }

  /**
   * Removes the directories that dead stores left under {@code root}, then makes one for a new
   * store.
   */
  static Staging open(Path root) throws IOException {
    Path parent = Files.createDirectories(root.resolve(DIRECTORY));
    synchronized (HELD) {
      try (FileChannel opening = openLock(parent);
          FileLock held = opening.lock()) {
        removeStale(parent);
        Path directory = Files.createTempDirectory(parent, "open-");
        FileChannel lock = openLock(directory);
        if (lock.tryLock() == null) {
          throw new IOException("new directory " + directory + " is locked by somebody else");
        }
        HELD.add(directory);
        return new Staging(directory, lock);
      }
    }
  }

  /** A path that no file has. */
  Path newFile() {
    return directory.resolve(Long.toString(names.incrementAndGet()));
  }

  /** Removes a temporary file if it exists; leaves one that it cannot remove to the next open. */
  static void discard(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException failure) {
      log.warn("temporary file {} stays until the store is opened again", file, failure);
    }
  }

  /** Removes the directory and everything in it. */
  void release() {
    synchronized (HELD) {
      try (lock) {
        removeDirectory(directory);
      } catch (IOException failure) {
        log.warn("{} stays until the store is opened again", directory, failure);
      }
      HELD.remove(directory);
    }
  }

  private static void removeStale(Path parent) throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(parent)) {
      for (Path entry : entries) {
        if (!Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
          if (!entry.endsWith(LOCK)) {
            Files.deleteIfExists(entry);
          }
        } else if (!HELD.contains(entry)) {
          removeUnlessLocked(entry);
        }
      }
    }
  }

  private static void removeUnlessLocked(Path directory) throws IOException {
    try (FileChannel channel = openLock(directory);
        FileLock held = channel.tryLock()) {
      if (held != null) {
        log.info("removing temporary files of a store that did not close: {}", directory);
        removeDirectory(directory);
      }
    } catch (NoSuchFileException removedMeanwhile) {
      log.debug("{} was removed by its owner", directory);
    } catch (OverlappingFileLockException heldHere) {
      log.debug("{} is held by this process under another path", directory);
    }
  }

  private static void removeDirectory(Path directory) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    }
    Files.deleteIfExists(directory);
  }

  private static FileChannel openLock(Path directory) throws IOException {
    return FileChannel.open(
        directory.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
  }
}
