package io.thalweg.server.kv.rows;

import io.thalweg.server.kv.store.KvCheckpoint;
import io.thalweg.server.kv.store.KvFile;
import java.nio.ByteBuffer;
import java.util.List;

/** A checkpoint that reports when it is closed. One thread at a time. */
record CountedCheckpoint(KvCheckpoint checkpoint, long offset, Runnable closed)
    implements KvCheckpoint {
  @Override
  public List<KvFile> files() {
    return checkpoint.files();
  }

  @Override
  public ByteBuffer read(KvFile file, long position, int length) {
    return checkpoint.read(file, position, length);
  }

  @Override
  public void close() {
    checkpoint.close();
    closed.run();
  }
}
