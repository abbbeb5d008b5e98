package io.thalweg.objectstore.fs;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Makes the directories of keys durable, and removes empty ones that no put is using. Any thread
 * may call.
 *
 * <p>It remembers directories whose entry in their parent it has fsynced, so that a put into a
 * known directory fsyncs only that one. It fsyncs an existing directory that it does not know as if
 * it were new, because the process that made it may have died before the fsync.
 */
final class DirectoryTree {
  private static final int MAX_REMEMBERED = 10_000;

  private final Path root;

  /** How many puts are using a directory. Guarded by this. */
  private final Map<Path, Integer> users = new HashMap<>();

  /** Least recently used first. Guarded by this. */
  private final Map<Path, Boolean> durable =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Path, Boolean> eldest) {
          return size() > MAX_REMEMBERED;
        }
      };

  private DirectoryTree(Path root) {
    this.root = root;
  }

  /** The tree under {@code root}, which is made durably if it is absent. */
  static DirectoryTree open(Path root) throws IOException {
    makeRoot(root.toAbsolutePath().normalize());
    return new DirectoryTree(root.toRealPath());
  }

  private static void makeRoot(Path directory) throws IOException {
    if (Files.isDirectory(directory)) {
      return;
    }
    makeRoot(directory.getParent());
    makeDirectory(directory);
    sync(directory.getParent());
  }

  Path root() {
    return root;
  }

  /** Keeps {@code directory} and those above it from being removed until {@link #leave}. */
  synchronized void enter(Path directory) {
    for (Path each = directory; !each.equals(root); each = each.getParent()) {
      users.merge(each, 1, Integer::sum);
    }
  }

  /** Ends what {@link #enter} began. */
  synchronized void leave(Path directory) {
    for (Path each = directory; !each.equals(root); each = each.getParent()) {
      users.computeIfPresent(each, (path, count) -> count == 1 ? null : count - 1);
    }
  }

  /**
   * Makes {@code directory} and those above it exist and be durable. The caller has entered it.
   *
   * @throws NotDirectoryException where a file has the name of one of them
   */
  void ensure(Path directory) throws IOException {
    if (directory.equals(root) || isDurable(directory)) {
      return;
    }
    ensure(directory.getParent());
    makeDirectory(directory);
    sync(directory.getParent());
    synchronized (this) {
      durable.put(directory, true);
    }
  }

  /**
   * Forgets that {@code directory} and those above it are durable, because another process removed
   * one.
   */
  synchronized void forget(Path directory) {
    for (Path each = directory; !each.equals(root); each = each.getParent()) {
      durable.remove(each);
    }
  }

  /** Fsyncs the entries of {@code directory}. */
  static void sync(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /**
   * Removes {@code directory} if it is empty and nobody has entered it, then likewise those above.
   *
   * @return the lowest directory that still stands
   */
  Path removeEmpty(Path directory) throws IOException {
    Path each = directory;
    while (!each.equals(root) && remove(each)) {
      each = each.getParent();
    }
    return each;
  }

  private synchronized boolean remove(Path directory) throws IOException {
    if (users.containsKey(directory)) {
      return false;
    }
    durable.remove(directory);
    try {
      // If an object has taken the name, this is not the directory that the caller meant.
      if (Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
        Files.delete(directory);
      }
      return true;
    } catch (NoSuchFileException removedByAnother) {
      return true;
    } catch (DirectoryNotEmptyException inUse) {
      return false;
    }
  }

  private synchronized boolean isDurable(Path directory) {
    return durable.get(directory) != null;
  }

  private static void makeDirectory(Path directory) throws IOException {
    try {
      Files.createDirectory(directory);
    } catch (FileAlreadyExistsException exists) {
      if (!Files.isDirectory(directory)) {
        throw new NotDirectoryException(directory.toString());
      }
    }
  }
}
