package io.thalweg.server.kv.store.memory;

import io.thalweg.format.row.BinaryList;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.server.kv.store.KvArguments;
import io.thalweg.server.kv.store.KvCheckpoint;
import io.thalweg.server.kv.store.KvStore;
import io.thalweg.server.kv.store.KvView;
import io.thalweg.server.kv.store.SortedView;

/** An open bucket: {@link MemoryRows} until it is closed or the process dies. */
final class MemoryKvStore implements KvStore {
  private final MemoryKvStores stores;
  private final TableBucket bucket;
  private final MemoryRows rows;
  private int inUse;
  private boolean closed;

  MemoryKvStore(MemoryKvStores stores, TableBucket bucket, MemoryRows rows) {
    this.stores = stores;
    this.bucket = bucket;
    this.rows = rows;
  }

  @Override
  public long offset() {
    checkOpen();
    return rows.offset();
  }

  @Override
  public void get(BinaryList keys, BinaryList values) {
    checkOpen();
    KvArguments.checkKeys(bucket, keys);
    for (int i = 0; i < keys.count(); i++) {
      byte[] value = rows.get(keys.get(i));
      if (value == null) {
        values.addAbsent();
      } else {
        values.add(value, 0, value.length);
      }
    }
  }

  @Override
  public void write(BinaryList keys, BinaryList values, long newOffset) {
    checkOpen();
    KvArguments.checkWrite(bucket, keys, values, newOffset, rows.offset());
    rows.write(keys, values, newOffset);
  }

  @Override
  public KvView view() {
    checkOpen();
    inUse++;
    return new SortedView(rows.snapshot(), rows.offset(), this::checkOpen, this::release);
  }

  /** Flushes, as the real one does. */
  @Override
  public KvCheckpoint checkpoint() {
    checkOpen();
    inUse++;
    rows.flush();
    return new MemoryKvCheckpoint(this, rows.snapshot(), rows.offset());
  }

  @Override
  public void close() {
    if (closed || stores.isDead()) {
      return;
    }
    if (inUse > 0) {
      throw new IllegalStateException(
          "bucket %s has %d open views and checkpoints; close them first".formatted(bucket, inUse));
    }
    closed = true;
    rows.flush();
    stores.release(bucket);
  }

  /** A view or a checkpoint was closed. */
  void release() {
    inUse--;
  }

  void checkOpen() {
    stores.checkAlive();
    if (closed) {
      throw new IllegalStateException("the store of bucket %s is closed".formatted(bucket));
    }
  }
}
