package io.thalweg.server.kv.store.rocksdb;

import io.thalweg.format.schema.TableBucket;
import io.thalweg.server.kv.store.KvStoreException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The directories under the root, as the package text names them. Any thread. */
final class Directories implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Directories.class);
  private static final Pattern STORE = Pattern.compile("(\\d{1,19})-(\\d{1,10})");
  private static final Pattern TEMPORARY =
      Pattern.compile("(\\d{1,19}-\\d{1,10})\\.(checkpoint-\\d{1,19}|restore|old)");

  private final Path root;
  private final FileChannel lockFile;
  private final AtomicLong checkpoints = new AtomicLong();

  /**
   * Takes the directory for this process and removes what a former one left behind.
   *
   * @throws KvStoreException where it cannot be used, or another process uses it
   */
  Directories(Path root) {
    this.root = root;
    try {
      Files.createDirectories(root);
      lockFile =
          FileChannel.open(
              root.resolve("LOCK"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    } catch (IOException failed) {
      throw new KvStoreException("local state cannot be kept in " + root, failed);
    }
    try {
      lock();
      removeLeftovers();
    } catch (IOException | RuntimeException failed) {
      close();
      throw failed instanceof KvStoreException known
          ? known
          : new KvStoreException("local state cannot be kept in " + root, failed);
    }
  }

  private void lock() throws IOException {
    try {
      FileLock lock = lockFile.tryLock();
      if (lock != null) {
        return;
      }
    } catch (OverlappingFileLockException within) {
      throw inUse(within);
    }
    throw inUse(null);
  }

  private KvStoreException inUse(Throwable cause) {
    return new KvStoreException(
        "local state in %s is in use by another server; give each a directory of its own"
            .formatted(root),
        cause);
  }

  private void removeLeftovers() throws IOException {
    for (String name : names()) {
      Matcher temporary = TEMPORARY.matcher(name);
      if (!temporary.matches()) {
        continue;
      }
      Path store = root.resolve(temporary.group(1));
      if (temporary.group(2).equals("old") && !Files.exists(store)) {
        // A restore was cut off after it moved this one aside.
        Files.move(root.resolve(name), store, StandardCopyOption.ATOMIC_MOVE);
        continue;
      }
      log.info("removing {}, left by a former process", root.resolve(name));
      remove(root.resolve(name));
    }
  }

  private Set<String> names() throws IOException {
    Set<String> names = new TreeSet<>();
    try (Stream<Path> children = Files.list(root)) {
      children.forEach(child -> names.add(child.getFileName().toString()));
    }
    return names;
  }

  Set<TableBucket> stores() {
    Set<TableBucket> buckets = new TreeSet<>();
    try {
      for (String name : names()) {
        Matcher matcher = STORE.matcher(name);
        if (matcher.matches()) {
          buckets.add(
              new TableBucket(
                  Long.parseLong(matcher.group(1)), Integer.parseInt(matcher.group(2))));
        }
      }
    } catch (IOException failed) {
      throw new KvStoreException("the local state in " + root + " cannot be listed", failed);
    }
    return buckets;
  }

  /** Removes the stores of another history, then records this one. */
  void belongTo(String history) {
    Path file = root.resolve("HISTORY");
    try {
      if (Files.exists(file) && Files.readString(file).equals(history + "\n")) {
        return;
      }
      for (TableBucket bucket : stores()) {
        log.info("removing {}, which is of another cluster or history", store(bucket));
        remove(store(bucket));
      }
      Path written = root.resolve("HISTORY.tmp");
      Files.writeString(written, history + "\n");
      Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException failed) {
      throw new KvStoreException("local state cannot be kept in " + root, failed);
    }
  }

  /** Where native libraries are unpacked. */
  Path libraries() {
    return root.resolve("native");
  }

  Path store(TableBucket bucket) {
    return root.resolve(bucket.storage() + "-" + bucket.bucket());
  }

  /** The directory of a new checkpoint; it does not exist yet. */
  Path newCheckpoint(TableBucket bucket) {
    return beside(bucket, ".checkpoint-" + checkpoints.incrementAndGet());
  }

  Path restore(TableBucket bucket) {
    return beside(bucket, ".restore");
  }

  Path old(TableBucket bucket) {
    return beside(bucket, ".old");
  }

  private Path beside(TableBucket bucket, String suffix) {
    return root.resolve(store(bucket).getFileName() + suffix);
  }

  /** Removes a directory with its content, if it exists. */
  static void remove(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, IOException failed)
              throws IOException {
            if (failed != null) {
              throw failed;
            }
            Files.delete(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  /** Releases the directory. */
  @Override
  public void close() {
    try {
      lockFile.close();
    } catch (IOException failed) {
      throw new KvStoreException("the lock on " + root + " cannot be released", failed);
    }
  }
}
