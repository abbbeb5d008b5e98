package io.thalweg.simulation.world;

import io.thalweg.format.row.BinaryList;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.runtime.RandomSource;
import io.thalweg.server.kv.store.KvCheckpoint;
import io.thalweg.server.kv.store.KvFile;
import io.thalweg.server.kv.store.KvRestore;
import io.thalweg.server.kv.store.KvStore;
import io.thalweg.server.kv.store.KvStoreException;
import io.thalweg.server.kv.store.KvStores;
import io.thalweg.server.kv.store.KvView;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;

/**
 * The disk below a server's local rows, which refuses some writes on demand. It outlives the
 * server's lives.
 */
public final class LocalDisk {
  private final RandomSource random;
  private boolean failing;
  private long failed;

  /** A disk that takes every write. */
  public LocalDisk(RandomSource random) {
    this.random = random;
  }

  /** Whether some writes fail from now on. */
  public void failing(boolean now) {
    failing = now;
  }

  /** How many writes failed. */
  public long failed() {
    return failed;
  }

  /** {@code real} on this disk. */
  public KvStores under(KvStores real) {
    return new Stores(real);
  }

  private void write() {
    if (failing && random.nextInt(3) != 0) {
      failed++;
      throw new KvStoreException("the simulated disk takes no write at the moment", null);
    }
  }

  private final class Stores implements KvStores {
    private final KvStores real;

    Stores(KvStores real) {
      this.real = real;
    }

    @Override
    public void belongTo(String history) {
      real.belongTo(history);
    }

    @Override
    public KvStore open(TableBucket bucket) {
      return new Store(real.open(bucket));
    }

    @Override
    public KvRestore restore(TableBucket bucket) {
      return new Restore(real.restore(bucket));
    }

    @Override
    public boolean drop(TableBucket bucket) {
      return real.drop(bucket);
    }

    @Override
    public Set<TableBucket> local() {
      return real.local();
    }

    @Override
    public void close() {
      real.close();
    }
  }

  private final class Restore implements KvRestore {
    private final KvRestore real;

    Restore(KvRestore real) {
      this.real = real;
    }

    @Override
    public void write(String name, ByteBuffer bytes) {
      LocalDisk.this.write();
      real.write(name, bytes);
    }

    @Override
    public KvStore open(List<KvFile> files) {
      return new Store(real.open(files));
    }

    @Override
    public void close() {
      real.close();
    }
  }

  private final class Store implements KvStore {
    private final KvStore real;

    Store(KvStore real) {
      this.real = real;
    }

    @Override
    public long offset() {
      return real.offset();
    }

    @Override
    public void get(BinaryList keys, BinaryList values) {
      real.get(keys, values);
    }

    @Override
    public void write(BinaryList keys, BinaryList values, long newOffset) {
      LocalDisk.this.write();
      real.write(keys, values, newOffset);
    }

    @Override
    public KvView view() {
      return real.view();
    }

    @Override
    public KvCheckpoint checkpoint() {
      return real.checkpoint();
    }

    @Override
    public void close() {
      real.close();
    }
  }
}
