package io.thalweg.server;

import io.thalweg.format.row.BinaryList;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.server.kv.store.KvCheckpoint;
import io.thalweg.server.kv.store.KvRestore;
import io.thalweg.server.kv.store.KvStore;
import io.thalweg.server.kv.store.KvStoreException;
import io.thalweg.server.kv.store.KvStores;
import io.thalweg.server.kv.store.KvView;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/** Stores whose next writes fail, as on a full disk, and whose views are counted. */
record FailingKvStores(
    KvStores stores, AtomicInteger failures, Set<Integer> unopenable, CountingView.Counts counts)
    implements KvStores {
  @Override
  public void belongTo(String history) {
    stores.belongTo(history);
  }

  @Override
  public KvStore open(TableBucket bucket) {
    if (unopenable.contains(bucket.bucket())) {
      throw new KvStoreException("cannot be opened, for the test", null);
    }
    return new Failing(
        stores.open(bucket), failures, () -> unopenable.contains(bucket.bucket()), counts);
  }

  @Override
  public KvRestore restore(TableBucket bucket) {
    return stores.restore(bucket);
  }

  @Override
  public boolean drop(TableBucket bucket) {
    return stores.drop(bucket);
  }

  @Override
  public Set<TableBucket> local() {
    return stores.local();
  }

  @Override
  public void close() {
    stores.close();
  }

  private record Failing(
      KvStore store, AtomicInteger failures, BooleanSupplier unreadable, CountingView.Counts counts)
      implements KvStore {
    @Override
    public long offset() {
      return store.offset();
    }

    @Override
    public void get(BinaryList keys, BinaryList values) {
      store.get(keys, values);
    }

    @Override
    public void write(BinaryList keys, BinaryList values, long newOffset) {
      if (failures.get() > 0) {
        failures.decrementAndGet();
        throw new KvStoreException("no space left, for the test", null);
      }
      store.write(keys, values, newOffset);
    }

    @Override
    public KvView view() {
      if (unreadable.getAsBoolean()) {
        throw new KvStoreException("cannot be opened, for the test", null);
      }
      return CountingView.of(store.view(), counts);
    }

    @Override
    public KvCheckpoint checkpoint() {
      return store.checkpoint();
    }

    @Override
    public long rest() {
      return store.rest();
    }

    @Override
    public void onRestWanted(Runnable wanted) {
      store.onRestWanted(wanted);
    }

    @Override
    public void close() {
      store.close();
    }
  }
}
