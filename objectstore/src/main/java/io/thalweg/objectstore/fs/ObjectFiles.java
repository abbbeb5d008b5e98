package io.thalweg.objectstore.fs;

import io.thalweg.objectstore.ObjectStore.ObjectInfo;
import io.thalweg.objectstore.ObjectStoreArguments;
import io.thalweg.objectstore.ObjectStoreException;
import io.thalweg.objectstore.ObjectStoreException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The blocking steps behind {@link FileObjectStore}, in the order that the package text promises.
 * Any thread may call; the pool's threads do.
 */
final class ObjectFiles {
  /** Most tries to publish into a directory that other processes keep removing. */
  private static final int PUBLISH_ATTEMPTS = 10;

  private final DirectoryTree directories;
  private final Staging staging;
  private final FileWriter writer;
  private final FileStore device;
  private final long reserveBytes;

  /**
   * @param direct whether it may write past the system's page cache
   */
  ObjectFiles(DirectoryTree directories, Staging staging, long reserveBytes, boolean direct)
      throws IOException {
    this.directories = directories;
    this.staging = staging;
    this.writer = FileWriter.open(staging.newFile(), direct);
    this.device = Files.getFileStore(directories.root());
    this.reserveBytes = reserveBytes;
  }

  /** Stores an object, over one with the same key. */
  void put(String key, List<ByteBuffer> content) throws IOException {
    refuseUnlessSame("put", key, size(content));
    Path file = writeTemporary("put", key, content);
    try {
      publish("put", key, file, false);
    } finally {
      Staging.discard(file);
    }
  }

  /** Stores an object unless there is one. */
  boolean putIfAbsent(String key, List<ByteBuffer> content) throws IOException {
    Path file = writeTemporary("putIfAbsent", key, content);
    try {
      return publish("putIfAbsent", key, file, true);
    } finally {
      Staging.discard(file);
    }
  }

  /** An empty file for the parts of an upload, the first of which has {@code size} bytes. */
  Path newParts(String key, long size) throws IOException {
    refuseUnlessRoom("part", key, size);
    Path file = staging.newFile();
    FileWriter.create(file).close();
    return file;
  }

  /**
   * Writes a part into such a file; it need not survive a crash, since its upload does not.
   *
   * @param at where; other parts may lie around it
   */
  void writePart(String key, Path file, long at, List<ByteBuffer> content) throws IOException {
    long size = size(content);
    refuseUnlessRoom("part", key, size);
    writer.writeAt(file, at, content, size);
  }

  /**
   * Stores an object that is the concatenation of {@code parts} of a file, which stays as it is. If
   * they are the whole file in its order, the object is that very file, and nobody may write to it
   * any more; else they are copied.
   *
   * @param copies whether they are copied in any case, since somebody may still write to the file
   */
  void putConcatenated(String key, Path file, List<Part> parts, boolean copies) throws IOException {
    long size = parts.stream().mapToLong(Part::size).sum();
    refuseUnlessSame("complete", key, size);
    Path whole = staging.newFile();
    try {
      if (copies || !inOrder(parts) || Files.size(file) != size) {
        refuseUnlessRoom("complete", key, size);
        copy(file, parts, whole);
      } else {
        // A name of its own, since a later try needs the file again.
        Files.createLink(whole, file);
      }
      try (FileChannel channel = FileChannel.open(whole, StandardOpenOption.WRITE)) {
        if (channel.size() != size) {
          throw new IOException(
              "parts have " + channel.size() + " bytes where " + size + " came in");
        }
        channel.force(false);
      }
      publish("complete", key, whole, false);
    } finally {
      Staging.discard(whole);
    }
  }

  /** A part of an upload's file. */
  record Part(long at, long size) {}

  private static boolean inOrder(List<Part> parts) {
    long end = 0;
    for (Part part : parts) {
      if (part.at != end) {
        return false;
      }
      end += part.size;
    }
    return true;
  }

  private static void copy(Path from, List<Part> parts, Path to) throws IOException {
    try (FileChannel source = FileChannel.open(from, StandardOpenOption.READ);
        FileChannel target = FileWriter.create(to)) {
      for (Part part : parts) {
        for (long done = 0; done < part.size; ) {
          long moved = source.transferTo(part.at + done, part.size - done, target);
          if (moved <= 0) {
            throw new IOException("a part became shorter while it was copied");
          }
          done += moved;
        }
      }
    }
  }

  /** Reads a range into a new buffer. */
  ByteBuffer get(String key, long offset, int length) throws IOException {
    try (FileChannel channel = openObject(key)) {
      ObjectStoreArguments.checkRangeWithin(key, channel.size(), offset, length);
      ByteBuffer buffer = ByteBuffer.allocate(length);
      while (buffer.position() < length) {
        buffer.limit(Math.min(length, buffer.position() + FileWriter.IO_BYTES));
        int read = channel.read(buffer, offset + buffer.position());
        if (read < 0) {
          throw new IOException("'" + key + "' became shorter while it was read");
        }
      }
      return buffer.flip();
    }
  }

  /** The object's size, if it exists. */
  Optional<ObjectInfo> head(String key) throws IOException {
    BasicFileAttributes attributes = attributes(path(key));
    return attributes == null || !attributes.isRegularFile()
        ? Optional.empty()
        : Optional.of(new ObjectInfo(key, attributes.size()));
  }

  /** Deletes the objects that exist, and directories that become empty; durable when it returns. */
  void delete(List<String> keys) throws IOException {
    Set<Path> parents = new TreeSet<>();
    try {
      for (String key : keys) {
        Path path = path(key);
        BasicFileAttributes attributes = attributes(path);
        if (attributes != null && attributes.isRegularFile() && Files.deleteIfExists(path)) {
          parents.add(path.getParent());
        }
      }
      Set<Path> changed = new TreeSet<>();
      for (Path parent : parents) {
        changed.add(directories.removeEmpty(parent));
      }
      for (Path directory : changed) {
        syncUnlessRemoved(directory);
      }
    } catch (IOException failure) {
      String operation = "delete of %d keys from '%s'".formatted(keys.size(), keys.get(0));
      throw IoFailures.unknownOutcome(operation, failure);
    }
  }

  /** Lists in key order. */
  List<ObjectInfo> list(String prefix, String startAfter, int limit) throws IOException {
    return new KeyWalk(directories.root(), prefix, startAfter, limit).run();
  }

  static long size(List<ByteBuffer> content) {
    return content.stream().mapToLong(ByteBuffer::remaining).sum();
  }

  private Path writeTemporary(String operation, String key, List<ByteBuffer> content)
      throws IOException {
    long size = size(content);
    refuseUnlessRoom(operation, key, size);
    Path file = staging.newFile();
    boolean written = false;
    try {
      writer.writeDurably(file, content, size);
      written = true;
      return file;
    } finally {
      if (!written) {
        Staging.discard(file);
      }
    }
  }

  /**
   * Gives a durable temporary file its key: always, or only if the key is free. Returns whether it
   * did.
   */
  private boolean publish(String operation, String key, Path file, boolean onlyIfAbsent)
      throws IOException {
    Path target = path(key);
    Path parent = target.getParent();
    directories.enter(parent);
    try {
      boolean stored = place(operation, key, file, onlyIfAbsent);
      try {
        DirectoryTree.sync(parent);
      } catch (IOException failure) {
        throw IoFailures.unknownOutcome(operation + " of '" + key + "'", failure);
      }
      return stored;
    } finally {
      directories.leave(parent);
    }
  }

  private boolean place(String operation, String key, Path file, boolean onlyIfAbsent)
      throws IOException {
    Path target = path(key);
    for (int attempt = 1; attempt <= PUBLISH_ATTEMPTS; attempt++) {
      try {
        directories.ensure(target.getParent());
        if (onlyIfAbsent) {
          Files.createLink(target, file);
        } else {
          Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
        }
        return true;
      } catch (FileAlreadyExistsException exists) {
        if (!isDirectory(target)) {
          return false;
        }
        refuseUnlessRemoved(operation, key, target);
      } catch (NotDirectoryException above) {
        throw ObjectStoreArguments.invalid(
            operation,
            "key '%s' cannot be used: an object has the name of one of its directories, %s"
                .formatted(key, above.getFile()));
      } catch (NoSuchFileException removedByAnother) {
        directories.forget(target.getParent());
      }
    }
    throw new IOException("its directory was removed " + PUBLISH_ATTEMPTS + " times meanwhile");
  }

  private void refuseUnlessSame(String operation, String key, long size) throws IOException {
    Path target = path(key);
    BasicFileAttributes attributes = attributes(target);
    if (attributes == null) {
      return;
    }
    if (attributes.isDirectory()) {
      refuseUnlessRemoved(operation, key, target);
    } else if (attributes.size() != size) {
      throw ObjectStoreArguments.invalid(
          operation,
          "an object of %d bytes has the key '%s' and the new content has %d; choose a new key"
              .formatted(attributes.size(), key, size));
    }
  }

  /** Removes a directory without objects that a deletion has left over. */
  private void refuseUnlessRemoved(String operation, String key, Path directory)
      throws IOException {
    directories.removeEmpty(directory);
    if (isDirectory(directory)) {
      throw ObjectStoreArguments.invalid(
          operation, "key '" + key + "' cannot be used: there are objects below '" + key + "/'");
    }
  }

  private void refuseUnlessRoom(String operation, String key, long size) throws IOException {
    long usable = device.getUsableSpace();
    if (usable - size < reserveBytes) {
      throw new ObjectStoreException(
          Kind.NO_SPACE,
          "%s of '%s': %d bytes do not fit, %d are free and %d stay reserved; free some space"
              .formatted(operation, key, size, usable, reserveBytes));
    }
  }

  private FileChannel openObject(String key) throws IOException {
    Path path = path(key);
    try {
      if (!isDirectory(path)) {
        return FileChannel.open(path, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
      }
    } catch (FileSystemException failure) {
      if (!isAbsence(failure)) {
        throw failure;
      }
    }
    throw new ObjectStoreException(Kind.NOT_FOUND, "get: no object has the key '" + key + "'");
  }

  private static void syncUnlessRemoved(Path directory) throws IOException {
    try {
      DirectoryTree.sync(directory);
    } catch (NoSuchFileException removedMeanwhile) {
      // The process that removed it fsyncs the directories above.
      return;
    }
  }

  /** Null if nothing has the path. */
  private static BasicFileAttributes attributes(Path path) throws IOException {
    try {
      return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    } catch (FileSystemException failure) {
      if (isAbsence(failure)) {
        return null;
      }
      throw failure;
    }
  }

  /** Whether the path is absent, or below a file as if that were a directory. */
  private static boolean isAbsence(FileSystemException failure) {
    return failure instanceof NoSuchFileException || "Not a directory".equals(failure.getReason());
  }

  private static boolean isDirectory(Path path) {
    return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
  }

  private Path path(String key) {
    return directories.root().resolve(key);
  }
}
