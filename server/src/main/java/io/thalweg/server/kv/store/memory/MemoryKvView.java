package io.thalweg.server.kv.store.memory;

import io.thalweg.format.row.BinaryList;
import io.thalweg.server.kv.store.KvArguments;
import io.thalweg.server.kv.store.KvCursor;
import io.thalweg.server.kv.store.KvView;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.NavigableMap;

/** The rows that a bucket had when the view was made. */
final class MemoryKvView implements KvView {
  private final MemoryKvStore store;
  private final NavigableMap<byte[], byte[]> rows;
  private final long offset;
  private int cursors;
  private boolean closed;

  MemoryKvView(MemoryKvStore store, NavigableMap<byte[], byte[]> rows, long offset) {
    this.store = store;
    this.rows = rows;
    this.offset = offset;
  }

  @Override
  public long offset() {
    return offset;
  }

  @Override
  public KvCursor scan(byte[] from, byte[] to) {
    checkOpen();
    cursors++;
    return new Cursor(range(from, to).entrySet().iterator());
  }

  @Override
  public KvCursor find(byte[] from, byte[] to) {
    return scan(from, to);
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
    store.release();
  }

  private NavigableMap<byte[], byte[]> range(byte[] from, byte[] to) {
    if (to.length == 0) {
      return rows.tailMap(from.clone(), true);
    }
    // A range that ends before it begins is empty.
    byte[] begin = Arrays.compareUnsigned(from, to) > 0 ? to.clone() : from.clone();
    return rows.subMap(begin, true, to.clone(), false);
  }

  private void checkOpen() {
    store.checkOpen();
    if (closed) {
      throw new IllegalStateException("the view is closed");
    }
  }

  private final class Cursor implements KvCursor {
    private final Iterator<Map.Entry<byte[], byte[]>> rest;
    private boolean cursorClosed;

    Cursor(Iterator<Map.Entry<byte[], byte[]>> rest) {
      this.rest = rest;
    }

    @Override
    public boolean next(int maxRows, int maxBytes, BinaryList keys, BinaryList values) {
      checkOpen();
      if (cursorClosed) {
        throw new IllegalStateException("the cursor is closed");
      }
      KvArguments.checkLimits(maxRows, maxBytes);
      long bytes = 0;
      for (int row = 0; row < maxRows && bytes < maxBytes && rest.hasNext(); row++) {
        Map.Entry<byte[], byte[]> next = rest.next();
        keys.add(next.getKey(), 0, next.getKey().length);
        values.add(next.getValue(), 0, next.getValue().length);
        bytes += next.getKey().length + next.getValue().length;
      }
      return rest.hasNext();
    }

    @Override
    public void close() {
      if (!cursorClosed) {
        cursorClosed = true;
        cursors--;
      }
    }
  }
}
