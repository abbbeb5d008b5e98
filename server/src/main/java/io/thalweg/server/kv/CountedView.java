package io.thalweg.server.kv;

import io.thalweg.server.kv.store.KvCursor;
import io.thalweg.server.kv.store.KvView;

/** A view that tells when it is closed. */
record CountedView(KvView view, Runnable closed) implements KvView {
  @Override
  public long offset() {
    return view.offset();
  }

  @Override
  public KvCursor scan(byte[] from, byte[] to) {
    return view.scan(from, to);
  }

  @Override
  public KvCursor find(byte[] from, byte[] to) {
    return view.find(from, to);
  }

  @Override
  public void close() {
    view.close();
    closed.run();
  }
}
