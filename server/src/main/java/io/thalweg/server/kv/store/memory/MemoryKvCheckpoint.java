package io.thalweg.server.kv.store.memory;

import io.thalweg.server.kv.store.KvArguments;
import io.thalweg.server.kv.store.KvCheckpoint;
import io.thalweg.server.kv.store.KvFile;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;

/** The files of a bucket as it was. */
final class MemoryKvCheckpoint implements KvCheckpoint {
  private final MemoryKvStore store;
  private final long offset;
  private final NavigableMap<String, byte[]> contents;
  private final List<KvFile> files = new ArrayList<>();
  private boolean closed;

  MemoryKvCheckpoint(MemoryKvStore store, NavigableMap<byte[], byte[]> rows, long offset) {
    this.store = store;
    this.offset = offset;
    this.contents = CheckpointFiles.of(rows, offset);
    contents.forEach((name, content) -> files.add(CheckpointFiles.describe(name, content)));
  }

  @Override
  public long offset() {
    return offset;
  }

  @Override
  public List<KvFile> files() {
    return List.copyOf(files);
  }

  @Override
  public ByteBuffer read(KvFile file, long position, int length) {
    store.checkOpen();
    if (closed) {
      throw new IllegalStateException("the checkpoint is closed");
    }
    if (!files.contains(file)) {
      throw new IllegalArgumentException(file + " is not a file of the checkpoint");
    }
    KvArguments.checkRange(file, position, length);
    return ByteBuffer.wrap(contents.get(file.name()), (int) position, length)
        .slice()
        .asReadOnlyBuffer();
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      store.release();
    }
  }
}
