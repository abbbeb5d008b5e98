package io.thalweg.server.kv.store.rocksdb;

import io.thalweg.format.row.BinaryList;
import io.thalweg.server.kv.store.KvArguments;
import io.thalweg.server.kv.store.KvCursor;
import io.thalweg.server.kv.store.KvView;
import org.rocksdb.PerfLevel;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.Snapshot;

/** A snapshot of a database. One thread at a time. */
final class RocksKvView implements KvView {
  private static final long READ_AHEAD = 512 << 10;
  private static final int LEAST_ROOM = 256;

  private final RocksKvStore store;
  private final RocksDB db;
  private final Snapshot snapshot;
  private final long offset;
  private int cursors;
  private boolean closed;

  RocksKvView(RocksKvStore store, RocksDB db, long offset) {
    this.store = store;
    this.db = db;
    this.offset = offset;
    this.snapshot = db.getSnapshot();
  }

  @Override
  public long offset() {
    return offset;
  }

  @Override
  public KvCursor scan(byte[] from, byte[] to) {
    checkOpen();
    cursors++;
    // A scan reads each row once: it must not evict from the cache what is looked up.
    return new Cursor(from, to, new ReadOptions().setFillCache(false).setReadaheadSize(READ_AHEAD));
  }

  @Override
  public KvCursor find(byte[] from, byte[] to) {
    checkOpen();
    cursors++;
    return new Cursor(from, to, new ReadOptions());
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    if (cursors > 0) {
      throw new IllegalStateException(cursors + " cursors of the view are open; close them first");
    }
    closed = true;
    db.releaseSnapshot(snapshot);
    snapshot.close();
    store.release();
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the view is closed");
    }
  }

  private final class Cursor implements KvCursor {
    private final Slice end;
    private final ReadOptions options;
    private final RocksIterator rows;
    private boolean cursorClosed;

    /** Takes the options over. */
    Cursor(byte[] from, byte[] to, ReadOptions options) {
      this.options = options.setSnapshot(snapshot);
      end = to.length == 0 ? null : new Slice(RowKeys.of(to));
      if (end != null) {
        options.setIterateUpperBound(end);
      }
      // For the calling thread: counters that nobody reads cost a twentieth of a scan.
      db.setPerfLevel(PerfLevel.DISABLE);
      rows = db.newIterator(options);
      rows.seek(RowKeys.of(from));
    }

    @Override
    public boolean next(int maxRows, int maxBytes, BinaryList keys, BinaryList values) {
      checkOpen();
      if (cursorClosed) {
        throw new IllegalStateException("the cursor is closed");
      }
      KvArguments.checkLimits(maxRows, maxBytes);
      int taken = 0;
      long bytes = 0;
      while (taken < maxRows && bytes < maxBytes) {
        if (!rows.isValid()) {
          checkStatus();
          return false;
        }
        if (addKey(keys)) {
          addValue(values);
          taken++;
          bytes += keys.length(keys.count() - 1) + values.length(values.count() - 1);
        }
        rows.next();
      }
      return true;
    }

    /** Adds the row's key; returns false, with nothing added, where it is the offset's. */
    private boolean addKey(BinaryList keys) {
      int at = keys.reserve(LEAST_ROOM);
      int size = rows.key(keys.array(), at, LEAST_ROOM);
      if (size > LEAST_ROOM) {
        at = keys.reserve(size);
        rows.key(keys.array(), at, size);
      }
      if (size > 0 && keys.array()[at] == RowKeys.ESCAPE) {
        if (size == 1) {
          return false;
        }
        size--;
        System.arraycopy(keys.array(), at + 1, keys.array(), at, size);
      }
      keys.endString(size);
      return true;
    }

    private void addValue(BinaryList values) {
      int at = values.reserve(LEAST_ROOM);
      int size = rows.value(values.array(), at, LEAST_ROOM);
      if (size > LEAST_ROOM) {
        at = values.reserve(size);
        rows.value(values.array(), at, size);
      }
      values.endString(size);
    }

    private void checkStatus() {
      try {
        rows.status();
      } catch (RocksDBException unreadable) {
        throw store.failed("rows cannot be read", unreadable);
      }
    }

    @Override
    public void close() {
      if (cursorClosed) {
        return;
      }
      cursorClosed = true;
      cursors--;
      rows.close();
      options.close();
      if (end != null) {
        end.close();
      }
    }
  }
}
