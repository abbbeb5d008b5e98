package io.thalweg.server.kv.store.rocksdb;

import io.thalweg.format.row.BinaryList;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.server.kv.store.KvArguments;
import io.thalweg.server.kv.store.KvCheckpoint;
import io.thalweg.server.kv.store.KvStore;
import io.thalweg.server.kv.store.KvStoreException;
import io.thalweg.server.kv.store.KvView;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.rocksdb.Checkpoint;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One open database. One thread at a time, except for what {@link FlushBudget} calls. */
final class RocksKvStore implements KvStore {
  private static final Logger log = LoggerFactory.getLogger(RocksKvStore.class);

  /** Room that a value is read into at first; larger ones are read twice. */
  private static final int LEAST_ROOM = 256;

  private static final int MOST_ROOM = 8 << 10;

  private final RocksKvStores stores;
  private final TableBucket bucket;
  private final RocksDB db;
  private final FileChecksums checksums = new FileChecksums();

  /** Views and checkpoints; they may be closed by other threads. */
  private final AtomicInteger inUse = new AtomicInteger();

  private long offset;
  private int room = LEAST_ROOM;
  private boolean closed;

  /** Owns the database from here on, also when this fails. */
  RocksKvStore(RocksKvStores stores, TableBucket bucket, RocksDB db) {
    this.stores = stores;
    this.bucket = bucket;
    this.db = db;
    try {
      byte[] value = db.get(stores.options().read, RowKeys.ofOffset());
      if (value != null && value.length != Long.BYTES) {
        throw failed("its offset has %d bytes".formatted(value.length), null);
      }
      offset = value == null ? 0 : ByteBuffer.wrap(value).getLong();
    } catch (RocksDBException unreadable) {
      db.close();
      throw failed("its offset cannot be read", unreadable);
    } catch (KvStoreException damaged) {
      db.close();
      throw damaged;
    }
    stores.budget().add(this);
  }

  @Override
  public long offset() {
    checkOpen();
    return offset;
  }

  /**
   * One native call for each key. RocksDB's calls for many keys are no better: the one that gives
   * arrays answers "absent" where the disk failed, the one that fills buffers takes longer.
   */
  @Override
  public void get(BinaryList keys, BinaryList values) {
    checkOpen();
    KvArguments.checkKeys(bucket, keys);
    try {
      byte[] array = keys.array();
      for (int i = 0; i < keys.count(); i++) {
        int start = keys.start(i);
        int length = keys.length(i);
        if (RowKeys.isEscaped(array, start, length)) {
          byte[] escaped = RowKeys.of(keys.get(i));
          get(escaped, 0, escaped.length, values);
        } else {
          get(array, start, length, values);
        }
      }
    } catch (RocksDBException unreadable) {
      throw failed("rows cannot be read", unreadable);
    }
  }

  private void get(byte[] key, int start, int length, BinaryList values) throws RocksDBException {
    int at = values.reserve(room);
    int size = db.get(stores.options().read, key, start, length, values.array(), at, room);
    if (size == RocksDB.NOT_FOUND) {
      values.addAbsent();
      return;
    }
    if (size > room) {
      room = Math.min(MOST_ROOM, size);
      at = values.reserve(size);
      int again = db.get(stores.options().read, key, start, length, values.array(), at, size);
      if (again != size) {
        throw new IllegalStateException(
            "bucket %s was written while it was read".formatted(bucket));
      }
    }
    values.endString(size);
  }

  @Override
  public void write(BinaryList keys, BinaryList values, long newOffset) {
    checkOpen();
    KvArguments.checkWrite(bucket, keys, values, newOffset, offset);
    byte[] bytes = BatchBytes.of(keys, values, newOffset);
    try (WriteBatch batch = new WriteBatch(bytes)) {
      db.write(stores.options().write, batch);
      offset = newOffset;
      stores.budget().wrote(this, bytes.length);
    } catch (RocksDBException failed) {
      throw failed("rows up to offset %d cannot be written".formatted(newOffset), failed);
    }
  }

  @Override
  public KvView view() {
    checkOpen();
    inUse.incrementAndGet();
    return new RocksKvView(this, db, offset);
  }

  @Override
  public KvCheckpoint checkpoint() {
    checkOpen();
    Path directory = stores.directories().newCheckpoint(bucket);
    try (Checkpoint checkpoint = Checkpoint.create(db)) {
      checkpoint.createCheckpoint(directory.toString());
    } catch (RocksDBException failed) {
      throw failed("no checkpoint can be made in " + directory, failed);
    }
    inUse.incrementAndGet();
    return new RocksKvCheckpoint(this, directory, offset, checksums);
  }

  /** Flushes, so that it comes back as it is now. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    if (inUse.get() > 0) {
      throw new IllegalStateException(
          "bucket %s has %d open views and checkpoints; close them first"
              .formatted(bucket, inUse.get()));
    }
    closed = true;
    stores.budget().remove(this);
    try {
      db.flush(stores.options().flushAndWait);
    } catch (RocksDBException notKept) {
      // It comes back at an earlier offset, as after a crash.
      log.warn("bucket {} could not be flushed up to offset {}", bucket, offset, notKept);
    }
    db.close();
    stores.release(bucket);
  }

  /** A view or a checkpoint was closed. */
  void release() {
    inUse.decrementAndGet();
  }

  void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the store of bucket %s is closed".formatted(bucket));
    }
  }

  KvStoreException failed(String what, Exception why) {
    return new KvStoreException(
        "local state of bucket %s: %s%s"
            .formatted(bucket, what, why == null ? "" : ": " + why.getMessage()),
        why,
        why == null || RocksKvStores.isUnreadable(why));
  }

  /** Bytes written that no flush has begun to write to a file. Called by {@link FlushBudget}. */
  long activeMemtableBytes() throws RocksDBException {
    return db.getLongProperty("rocksdb.cur-size-active-mem-table");
  }

  /** Begins a flush, without waiting for its end. Called by {@link FlushBudget}. */
  void startFlush() throws RocksDBException {
    db.flush(stores.options().flush);
  }
}
