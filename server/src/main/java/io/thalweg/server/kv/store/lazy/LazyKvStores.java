package io.thalweg.server.kv.store.lazy;

import io.thalweg.format.schema.TableBucket;
import io.thalweg.runtime.Clock;
import io.thalweg.server.kv.store.KvRestore;
import io.thalweg.server.kv.store.KvStore;
import io.thalweg.server.kv.store.KvStores;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.TreeSet;

/**
 * Opens the files of buckets late and closes them early, as the package text says. Any thread; each
 * store is for one thread at a time.
 */
public final class LazyKvStores implements KvStores {
  private final KvStores real;
  private final LazyConfig config;
  private final Clock clock;
  private final Set<TableBucket> inUse = new TreeSet<>();

  /** The buckets with files; null until they are listed. */
  private Set<TableBucket> withFiles;

  /** The open buckets without files. */
  private final Set<TableBucket> young = new TreeSet<>();

  /** The stores whose files are open, in the order of opening. */
  private final Set<LazyKvStore> open = new LinkedHashSet<>();

  private long youngBytes;
  private boolean closed;

  /**
   * In front of {@code real}.
   *
   * @param real closed with this
   */
  public LazyKvStores(KvStores real, LazyConfig config, Clock clock) {
    this.real = real;
    this.config = config;
    this.clock = clock;
  }

  @Override
  public synchronized void belongTo(String history) {
    checkOpen();
    if (!inUse.isEmpty()) {
      throw new IllegalStateException("say whose rows these are before they are opened");
    }
    real.belongTo(history);
    withFiles = null;
  }

  @Override
  public KvStore open(TableBucket bucket) {
    take(bucket);
    try {
      return beginsYoung(bucket)
          ? LazyKvStore.young(this, bucket)
          : LazyKvStore.open(this, bucket, real.open(bucket));
    } catch (RuntimeException | Error failed) {
      release(bucket);
      throw failed;
    }
  }

  /** Whether a bucket has no files; then it is young until {@link #youngEnded}. */
  private synchronized boolean beginsYoung(TableBucket bucket) {
    if (withFiles == null) {
      withFiles = new TreeSet<>(real.local());
    }
    return !withFiles.contains(bucket) && young.add(bucket);
  }

  @Override
  public KvRestore restore(TableBucket bucket) {
    take(bucket);
    try {
      return new LazyKvRestore(this, bucket, real.restore(bucket));
    } catch (RuntimeException | Error failed) {
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
      boolean dropped = real.drop(bucket);
      if (dropped) {
        hasNoFiles(bucket);
      }
      return dropped;
    } finally {
      release(bucket);
    }
  }

  @Override
  public Set<TableBucket> local() {
    Set<TableBucket> local = new TreeSet<>(real.local());
    synchronized (this) {
      local.addAll(young);
    }
    return local;
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
    real.close();
  }

  long nanoTime() {
    return clock.nanoTime();
  }

  long idleNanos() {
    return config.idle().toNanos();
  }

  /**
   * Whether a bucket that has written {@code before} bytes may write {@code more} and stay without
   * files. These bytes count until {@link #youngEnded}.
   */
  synchronized boolean staysYoung(long before, long more) {
    boolean fits =
        before + more <= config.youngBucket() && youngBytes + more <= config.youngTotal();
    if (fits) {
      youngBytes += more;
    }
    return fits;
  }

  /** A bucket that wrote {@code bytes} without files has files now, or is closed. */
  synchronized void youngEnded(TableBucket bucket, long bytes) {
    young.remove(bucket);
    youngBytes -= bytes;
  }

  /** Opens the files of a bucket that is in use. */
  KvStore openFiles(TableBucket bucket) {
    KvStore files = real.open(bucket);
    hasFiles(bucket);
    return files;
  }

  /** Opens new files of a bucket that is in use; the old ones are removed. */
  KvStore openAnew(TableBucket bucket) {
    if (!real.drop(bucket)) {
      throw new IllegalStateException("the files of bucket %s are in use".formatted(bucket));
    }
    return openFiles(bucket);
  }

  synchronized void hasFiles(TableBucket bucket) {
    if (withFiles != null) {
      withFiles.add(bucket);
    }
  }

  private synchronized void hasNoFiles(TableBucket bucket) {
    if (withFiles != null) {
      withFiles.remove(bucket);
    }
  }

  /**
   * A store has its files open. If that is one too many, the least recently used one is asked to
   * rest.
   */
  void opened(LazyKvStore store) {
    LazyKvStore least = null;
    synchronized (this) {
      open.add(store);
      if (open.size() <= config.mostOpen()) {
        return;
      }
      int awake = 0;
      for (LazyKvStore each : open) {
        if (each.isAskedToRest()) {
          continue;
        }
        awake++;
        if (each != store && (least == null || each.usedNanos() - least.usedNanos() < 0)) {
          least = each;
        }
      }
      if (awake <= config.mostOpen()) {
        return;
      }
    }
    if (least != null) {
      least.askToRest();
    }
  }

  /** A store has closed its files. */
  synchronized void closed(LazyKvStore store) {
    open.remove(store);
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

  synchronized void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the stores are closed");
    }
  }
}
