package io.thalweg.server.kv.write;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.row.BinaryList;
import java.util.concurrent.CompletableFuture;

/**
 * One merged write whose changes are on their way into the log. Owned by the bucket's rows loop.
 */
final class Uncommitted {
  /** The stamp of the write's writer. */
  final WriterStamp writer;

  /** The offset of the first change. */
  final long baseOffset;

  /** The offset after the last change. */
  final long endOffset;

  /** Keys of the rows that changed, in order; a key may come more than once. */
  final BinaryList keys;

  /** One for each key; absent where the row ended. */
  final BinaryList values;

  /** One for each key: where the bucket's {@link RowTable} has them. */
  final long[] locations;

  /** Completes once the changes are committed. */
  final CompletableFuture<Upserted> answer = new CompletableFuture<>();

  /** Whether it is known to be committed. */
  boolean stored;

  /** A merged write whose first change goes to {@code baseOffset}. */
  Uncommitted(Merged merged, long baseOffset) {
    this.writer = merged.write().writer();
    this.baseOffset = baseOffset;
    this.endOffset = baseOffset + merged.changeCount();
    this.keys = merged.keys();
    this.values = merged.values();
    this.locations = merged.locations();
  }

  /** Bytes of keys and rows. */
  long bytes() {
    return (long) keys.byteCount() + values.byteCount();
  }
}
