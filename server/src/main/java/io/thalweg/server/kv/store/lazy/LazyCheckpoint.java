package io.thalweg.server.kv.store.lazy;

import io.thalweg.server.kv.store.KvCheckpoint;
import io.thalweg.server.kv.store.KvFile;
import java.nio.ByteBuffer;
import java.util.List;

/** A checkpoint that reports once that it was closed. One thread at a time. */
final class LazyCheckpoint implements KvCheckpoint {
  private final KvCheckpoint real;
  private final Runnable closed;
  private boolean over;

  LazyCheckpoint(KvCheckpoint real, Runnable closed) {
    this.real = real;
    this.closed = closed;
  }

  @Override
  public long offset() {
    return real.offset();
  }

  @Override
  public List<KvFile> files() {
    return real.files();
  }

  @Override
  public ByteBuffer read(KvFile file, long position, int length) {
    return real.read(file, position, length);
  }

  @Override
  public void close() {
    if (over) {
      return;
    }
    try {
      real.close();
    } finally {
      over = true;
      closed.run();
    }
  }
}
