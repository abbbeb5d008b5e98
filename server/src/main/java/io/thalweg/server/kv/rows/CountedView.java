package io.thalweg.server.kv.rows;

import io.thalweg.format.row.BinaryList;
import io.thalweg.server.kv.store.KvCursor;
import io.thalweg.server.kv.store.KvStoreException;
import io.thalweg.server.kv.store.KvView;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A view that reports when it is closed, and when rows cannot be read. One thread at a time.
 *
 * @param failed hears what failed, before the reader does
 */
record CountedView(KvView view, Consumer<KvStoreException> failed, Runnable closed)
    implements KvView {
  @Override
  public long offset() {
    return view.offset();
  }

  @Override
  public KvCursor scan(byte[] from, byte[] to) {
    return new Cursor(guarded(() -> view.scan(from, to)));
  }

  @Override
  public KvCursor find(byte[] from, byte[] to) {
    return new Cursor(guarded(() -> view.find(from, to)));
  }

  private <T> T guarded(Supplier<T> read) {
    try {
      return read.get();
    } catch (KvStoreException unreadable) {
      failed.accept(unreadable);
      throw unreadable;
    }
  }

  @Override
  public void close() {
    view.close();
    closed.run();
  }

  private final class Cursor implements KvCursor {
    private final KvCursor real;

    Cursor(KvCursor real) {
      this.real = real;
    }

    @Override
    public boolean next(int maxRows, int maxBytes, BinaryList keys, BinaryList values) {
      return guarded(() -> real.next(maxRows, maxBytes, keys, values));
    }

    @Override
    public void close() {
      real.close();
    }
  }
}
