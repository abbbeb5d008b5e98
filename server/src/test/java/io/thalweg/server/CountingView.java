package io.thalweg.server;

import io.thalweg.format.row.BinaryList;
import io.thalweg.server.kv.store.KvCursor;
import io.thalweg.server.kv.store.KvView;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts what is read from a view, and whether it is open. */
record CountingView(KvView view, Counts counts) implements KvView {

  /** What is counted, over all views. */
  record Counts(AtomicInteger rowsRead, AtomicInteger open) {}

  static CountingView of(KvView view, Counts counts) {
    counts.open.incrementAndGet();
    return new CountingView(view, counts);
  }

  @Override
  public long offset() {
    return view.offset();
  }

  @Override
  public KvCursor scan(byte[] from, byte[] to) {
    return new Cursor(view.scan(from, to), counts);
  }

  @Override
  public KvCursor find(byte[] from, byte[] to) {
    return new Cursor(view.find(from, to), counts);
  }

  @Override
  public void close() {
    counts.open.decrementAndGet();
    view.close();
  }

  private record Cursor(KvCursor cursor, Counts counts) implements KvCursor {
    @Override
    public boolean next(int maxRows, int maxBytes, BinaryList keys, BinaryList values) {
      int before = keys.count();
      boolean more = cursor.next(maxRows, maxBytes, keys, values);
      counts.rowsRead.addAndGet(keys.count() - before);
      return more;
    }

    @Override
    public void close() {
      cursor.close();
    }
  }
}
