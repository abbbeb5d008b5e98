package io.thalweg.server.kv.rows;

import io.thalweg.format.row.BinaryList;
import io.thalweg.format.row.RowTime;
import io.thalweg.server.kv.store.KvCursor;
import io.thalweg.server.kv.store.KvView;

/** Shows rows that are stored with their times, without these. One thread at a time. */
record UntimedView(KvView stored) implements KvView {
  @Override
  public long offset() {
    return stored.offset();
  }

  @Override
  public KvCursor scan(byte[] from, byte[] to) {
    return new Cursor(stored.scan(from, to), new BinaryList());
  }

  @Override
  public KvCursor find(byte[] from, byte[] to) {
    return new Cursor(stored.find(from, to), new BinaryList());
  }

  /** Reads the stored rows; {@code piece} is its scratch memory. */
  private record Cursor(KvCursor cursor, BinaryList piece) implements KvCursor {
    @Override
    public boolean next(int maxRows, int maxBytes, BinaryList keys, BinaryList values) {
      piece.clear();
      boolean more = cursor.next(maxRows, maxBytes, keys, piece);
      RowTime.strip(piece, values);
      return more;
    }

    @Override
    public void close() {
      cursor.close();
    }
  }

  @Override
  public void close() {
    stored.close();
  }
}
