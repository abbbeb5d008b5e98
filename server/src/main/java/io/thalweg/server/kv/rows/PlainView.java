package io.thalweg.server.kv.rows;

import io.thalweg.format.row.BinaryList;
import io.thalweg.format.row.StoredRow;
import io.thalweg.server.kv.store.KvCursor;
import io.thalweg.server.kv.store.KvView;

/** A view of stored rows without what follows each of them. One thread, as the view itself. */
record PlainView(KvView stored, StoredRow form) implements KvView {
  @Override
  public long offset() {
    return stored.offset();
  }

  @Override
  public KvCursor scan(byte[] from, byte[] to) {
    return new Cursor(stored.scan(from, to), form, new BinaryList());
  }

  @Override
  public KvCursor find(byte[] from, byte[] to) {
    return new Cursor(stored.find(from, to), form, new BinaryList());
  }

  /** Goes through the stored rows; {@code piece} is its scratch memory. */
  private record Cursor(KvCursor cursor, StoredRow form, BinaryList piece) implements KvCursor {
    @Override
    public boolean next(int maxRows, int maxBytes, BinaryList keys, BinaryList values) {
      piece.clear();
      boolean more = cursor.next(maxRows, maxBytes, keys, piece);
      form.strip(piece, values);
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
