package io.thalweg.server.kv.store.rocksdb;

import io.thalweg.format.schema.TableBucket;
import io.thalweg.server.kv.store.KvRestore;
import io.thalweg.server.kv.store.KvStore;
import io.thalweg.server.kv.store.KvStoreException;
import io.thalweg.server.kv.store.KvStores;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;
import org.rocksdb.util.Environment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Stores in a local directory, as the package text says. Any thread. */
public final class RocksKvStores implements KvStores {
  private static final Logger log = LoggerFactory.getLogger(RocksKvStores.class);

  // A process loads the library once, whichever directory it comes from.
  private static final AtomicBoolean LOADED = new AtomicBoolean();

  private final Directories directories;
  private final SharedOptions options;
  private final FlushBudget budget;
  private final Set<TableBucket> inUse = new TreeSet<>();
  private boolean closed;

  /**
   * Takes the directory for this process.
   *
   * @param root made if it does not exist
   * @throws KvStoreException where it cannot be used, or another process uses it
   */
  public RocksKvStores(Path root, KvStoreConfig config) {
    directories = new Directories(root);
    loadLibrary(directories.libraries());
    options = new SharedOptions(config);
    budget = new FlushBudget(config.writeBuffer());
  }

  private static void loadLibrary(Path directory) {
    if (LOADED.get()) {
      return;
    }
    try {
      Path library =
          UnpackedLibrary.unpack(
              RocksDB.class,
              "/" + Environment.getJniLibraryFileName("rocksdb"),
              directory,
              // In a directory, RocksDB looks for it under another name than in its jar.
              Environment.getJniLibraryFileName("rocksdbjni"));
      // The JVM takes absolute paths only.
      RocksDB.loadLibrary(List.of(library.toAbsolutePath().getParent().toString()));
    } catch (IOException | UnsatisfiedLinkError failed) {
      // For example because programs may not be run from the directory.
      log.warn(
          "RocksDB's library cannot be used from {}, so it is unpacked anew", directory, failed);
      RocksDB.loadLibrary();
    }
    LOADED.set(true);
  }

  @Override
  public synchronized void belongTo(String history) {
    checkOpen();
    if (!inUse.isEmpty()) {
      throw new IllegalStateException("say whose rows these are before they are opened");
    }
    directories.belongTo(history);
  }

  @Override
  public KvStore open(TableBucket bucket) {
    take(bucket);
    try {
      return openOrRemove(bucket);
    } catch (RuntimeException failed) {
      release(bucket);
      throw failed;
    }
  }

  private KvStore openOrRemove(TableBucket bucket) {
    Path path = directories.store(bucket);
    try {
      return new RocksKvStore(this, bucket, openDatabase(options.creating, path));
    } catch (KvStoreException failed) {
      if (!failed.damaged()) {
        throw failed;
      }
      log.warn(
          "the local state of bucket {} in {} is damaged; it begins anew", bucket, path, failed);
    } catch (RocksDBException failed) {
      if (!Files.exists(path) || !isDamage(failed)) {
        throw cannotOpen(bucket, failed);
      }
      log.warn(
          "the local state of bucket {} in {} is damaged; it begins anew", bucket, path, failed);
    }
    try {
      Directories.remove(path);
      return new RocksKvStore(this, bucket, openDatabase(options.creating, path));
    } catch (IOException | RocksDBException failed) {
      throw cannotOpen(bucket, failed);
    }
  }

  /** Whether a failed opening says that files are damaged or gone. */
  static boolean isDamage(RocksDBException failed) {
    Status status = failed.getStatus();
    return status != null
        && !lacksDescriptors(status)
        && (status.getCode() == Status.Code.Corruption
            || status.getCode() == Status.Code.InvalidArgument
            || status.getCode() == Status.Code.NotFound
            || (status.getState() != null && status.getState().contains("No such file")));
  }

  /**
   * Whether a failed read or write says that files are damaged or gone, not that there is no room.
   */
  static boolean isUnreadable(Exception failed) {
    if (!(failed instanceof RocksDBException known)) {
      return false;
    }
    Status status = known.getStatus();
    return isDamage(known)
        || (status != null
            && status.getCode() == Status.Code.IOError
            && status.getSubCode() != Status.SubCode.NoSpace
            && !lacksDescriptors(status));
  }

  /**
   * Whether the process or the machine could open no more files, which says nothing of the files.
   * RocksDB reports that under several codes.
   */
  private static boolean lacksDescriptors(Status status) {
    return status.getState() != null && status.getState().contains("Too many open files");
  }

  private static RocksDB openDatabase(Options options, Path path) throws RocksDBException {
    return RocksDB.open(options, path.toString());
  }

  /** Replaces the bucket's store with a restored one; the bucket is in use already. */
  KvStore replace(TableBucket bucket, Path restored) {
    Path path = directories.store(bucket);
    Path old = directories.old(bucket);
    try {
      if (Files.exists(path)) {
        Files.move(path, old);
      }
      Files.move(restored, path);
      KvStore store;
      try {
        store = new RocksKvStore(this, bucket, openDatabase(options.existing, path));
      } catch (RocksDBException | KvStoreException noStore) {
        Directories.remove(path);
        if (Files.exists(old)) {
          Files.move(old, path);
        }
        throw new KvStoreException(
            "the files given for bucket %s make no store; restore from another checkpoint"
                .formatted(bucket),
            noStore);
      }
      Directories.remove(old);
      return store;
    } catch (IOException failed) {
      throw cannotOpen(bucket, failed);
    }
  }

  private KvStoreException cannotOpen(TableBucket bucket, Exception why) {
    return new KvStoreException(
        "the local state of bucket %s cannot be opened in %s: %s"
            .formatted(bucket, directories.store(bucket), why.getMessage()),
        why);
  }

  @Override
  public KvRestore restore(TableBucket bucket) {
    take(bucket);
    try {
      return new RocksKvRestore(this, bucket, directories.restore(bucket));
    } catch (RuntimeException failed) {
      release(bucket);
      throw failed;
    }
  }

  @Override
  public boolean drop(TableBucket bucket) {
    if (!tryTake(bucket)) {
      return false;
    }
    try {
      Directories.remove(directories.store(bucket));
      return true;
    } catch (IOException failed) {
      throw new KvStoreException(
          "the local state of bucket %s in %s cannot be removed"
              .formatted(bucket, directories.store(bucket)),
          failed);
    } finally {
      release(bucket);
    }
  }

  @Override
  public synchronized Set<TableBucket> local() {
    checkOpen();
    return directories.stores();
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    if (!inUse.isEmpty()) {
      throw new IllegalStateException("close the stores and restores of " + inUse + " first");
    }
    closed = true;
    options.close();
    directories.close();
  }

  SharedOptions options() {
    return options;
  }

  FlushBudget budget() {
    return budget;
  }

  Directories directories() {
    return directories;
  }

  synchronized void release(TableBucket bucket) {
    inUse.remove(bucket);
  }

  private synchronized boolean tryTake(TableBucket bucket) {
    checkOpen();
    return inUse.add(bucket);
  }

  private void take(TableBucket bucket) {
    if (!tryTake(bucket)) {
      throw new IllegalStateException(
          "bucket %s is open or being restored; close that first".formatted(bucket));
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the stores are closed");
    }
  }
}
