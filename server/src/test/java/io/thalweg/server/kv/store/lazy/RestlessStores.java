package io.thalweg.server.kv.store.lazy;

import io.thalweg.format.row.BinaryList;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.server.kv.store.KvCheckpoint;
import io.thalweg.server.kv.store.KvFile;
import io.thalweg.server.kv.store.KvRestore;
import io.thalweg.server.kv.store.KvStore;
import io.thalweg.server.kv.store.KvStores;
import io.thalweg.server.kv.store.KvView;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Stores that are asked to rest before some calls.
 *
 * @param every they rest before every n-th call
 */
record RestlessStores(KvStores real, int every, AtomicInteger calls) implements KvStores {
  RestlessStores(KvStores real, int every) {
    this(real, every, new AtomicInteger());
  }

  @Override
  public void belongTo(String history) {
    real.belongTo(history);
  }

  @Override
  public KvStore open(TableBucket bucket) {
    return new Restless(real.open(bucket), every, calls);
  }

  @Override
  public KvRestore restore(TableBucket bucket) {
    return new RestlessRestore(real.restore(bucket), every, calls);
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

  private record RestlessRestore(KvRestore real, int every, AtomicInteger calls)
      implements KvRestore {
    @Override
    public void write(String name, ByteBuffer bytes) {
      real.write(name, bytes);
    }

    @Override
    public KvStore open(List<KvFile> files) {
      return new Restless(real.open(files), every, calls);
    }

    @Override
    public void close() {
      real.close();
    }
  }

  private record Restless(KvStore store, int every, AtomicInteger calls) implements KvStore {
    private KvStore rested() {
      if (calls.incrementAndGet() % every == 0) {
        store.rest();
      }
      return store;
    }

    @Override
    public long offset() {
      return rested().offset();
    }

    @Override
    public void get(BinaryList keys, BinaryList values) {
      rested().get(keys, values);
    }

    @Override
    public void write(BinaryList keys, BinaryList values, long newOffset) {
      rested().write(keys, values, newOffset);
    }

    @Override
    public KvView view() {
      return rested().view();
    }

    @Override
    public KvCheckpoint checkpoint() {
      return rested().checkpoint();
    }

    @Override
    public void close() {
      rested().close();
    }
  }
}
