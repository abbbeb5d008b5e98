package io.thalweg.server.kv.store;

import io.thalweg.format.row.BinaryList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.NavigableMap;

/** Shows rows that are in memory and do not change. One thread at a time. */
public final class SortedView implements KvView {
  private final NavigableMap<byte[], byte[]> rows;
  private final long offset;
  private final Runnable check;
  private final Runnable released;
  private int cursors;
  private boolean closed;

  /**
   * A view.
   *
   * @param rows by key, ordered by the keys' unsigned bytes
   * @param check throws where the rows may not be read any more; run before each use
   * @param released runs once, when the view is closed
   */
  public SortedView(
      NavigableMap<byte[], byte[]> rows, long offset, Runnable check, Runnable released) {
    this.rows = rows;
    this.offset = offset;
    this.check = check;
    this.released = released;
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
    released.run();
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
    check.run();
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
