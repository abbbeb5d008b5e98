package io.thalweg.objectstore.fs;

import io.thalweg.objectstore.ObjectStore;
import io.thalweg.objectstore.ObjectStore.ObjectInfo;
import io.thalweg.objectstore.ObjectStoreArguments;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Walks the tree of directories in key order for one listing. One thread.
 *
 * <p>The order of names is not the order of keys: the file {@code a.b} comes before the file {@code
 * a/b}, because {@code '.' < '/'}, although the name {@code a} comes before {@code a.b}. So the
 * walk orders a directory as its name with the slash. It needs a call per name to find out whether
 * the name is a directory; it makes that call only when the name's turn comes, and then queues a
 * directory again.
 */
final class KeyWalk {
  private final Path root;
  private final String prefix;
  private final String startAfter;
  private final int limit;
  private final List<ObjectInfo> found = new ArrayList<>();

  KeyWalk(Path root, String prefix, String startAfter, int limit) {
    this.root = root;
    this.prefix = prefix;
    this.startAfter = startAfter;
    this.limit = limit;
  }

  /** The objects, in key order. */
  List<ObjectInfo> run() throws IOException {
    String start = prefix.substring(0, prefix.lastIndexOf('/') + 1);
    visit(root.resolve(start), start);
    return List.copyOf(found);
  }

  /** One level per segment of a key; the length of keys bounds it. */
  private void visit(Path directory, String directoryKey) throws IOException {
    PriorityQueue<String> names = candidates(directory, directoryKey);
    while (found.size() < limit && !names.isEmpty()) {
      String name = names.poll();
      if (name.endsWith("/")) {
        visit(directory.resolve(name), directoryKey + name);
        continue;
      }
      BasicFileAttributes attributes = attributes(directory.resolve(name));
      if (attributes == null) {
        continue;
      }
      String key = directoryKey + name;
      if (attributes.isDirectory()) {
        names.add(name + "/");
      } else if (attributes.isRegularFile() && key.compareTo(startAfter) > 0) {
        found.add(new ObjectInfo(key, attributes.size()));
      }
    }
  }

  private PriorityQueue<String> candidates(Path directory, String directoryKey) throws IOException {
    PriorityQueue<String> names = new PriorityQueue<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        String name = entry.getFileName().toString();
        String key = directoryKey + name;
        if (ObjectStoreArguments.isSegment(name)
            && key.length() <= ObjectStore.MAX_KEY_LENGTH
            && key.startsWith(prefix)
            && reachesPastStart(key)) {
          names.add(name);
        }
      }
    } catch (NoSuchFileException | NotDirectoryException nothingThere) {
      return names;
    } catch (DirectoryIteratorException failure) {
      throw failure.getCause();
    }
    return names;
  }

  /** Whether {@code key} as an object, or one below it as a directory, may come after the start. */
  private boolean reachesPastStart(String key) {
    String below = key + "/";
    return below.compareTo(startAfter) > 0 || startAfter.startsWith(below);
  }

  private static BasicFileAttributes attributes(Path path) throws IOException {
    try {
      return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException deletedMeanwhile) {
      return null;
    }
  }
}
