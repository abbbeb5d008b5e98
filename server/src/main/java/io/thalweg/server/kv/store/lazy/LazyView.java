package io.thalweg.server.kv.store.lazy;

import io.thalweg.server.kv.store.KvCursor;
import io.thalweg.server.kv.store.KvView;

/** A view that reports once that it was closed. One thread at a time. */
final class LazyView implements KvView {
  private final KvView real;
  private final Runnable closed;
  private boolean over;

  LazyView(KvView real, Runnable closed) {
    this.real = real;
    this.closed = closed;
  }

  @Override
  public long offset() {
    return real.offset();
  }

  @Override
  public KvCursor scan(byte[] from, byte[] to) {
    return real.scan(from, to);
  }

  @Override
  public KvCursor find(byte[] from, byte[] to) {
    return real.find(from, to);
  }

  @Override
  public void close() {
    if (over) {
      return;
    }
    // Refuses while a cursor is open: then the view stays open.
    real.close();
    over = true;
    closed.run();
  }
}
