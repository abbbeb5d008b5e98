package io.thalweg.server.kv.store.lazy;

import io.thalweg.format.schema.TableBucket;
import io.thalweg.server.kv.store.KvFile;
import io.thalweg.server.kv.store.KvRestore;
import io.thalweg.server.kv.store.KvStore;
import java.nio.ByteBuffer;
import java.util.List;

/** Restores a bucket that has files from then on. Files may be written by several threads. */
final class LazyKvRestore implements KvRestore {
  private final LazyKvStores stores;
  private final TableBucket bucket;
  private final KvRestore real;
  private boolean ended;

  LazyKvRestore(LazyKvStores stores, TableBucket bucket, KvRestore real) {
    this.stores = stores;
    this.bucket = bucket;
    this.real = real;
  }

  @Override
  public void write(String name, ByteBuffer bytes) {
    real.write(name, bytes);
  }

  @Override
  public KvStore open(List<KvFile> files) {
    KvStore made = real.open(files);
    stores.hasFiles(bucket);
    ended = true;
    return LazyKvStore.open(stores, bucket, made);
  }

  @Override
  public void close() {
    real.close();
    if (!ended) {
      ended = true;
      stores.release(bucket);
    }
  }
}
