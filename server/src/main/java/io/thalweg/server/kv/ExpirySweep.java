package io.thalweg.server.kv;

import io.thalweg.format.row.BinaryList;
import io.thalweg.format.row.StoredRow;
import io.thalweg.server.kv.store.KvCursor;
import io.thalweg.server.kv.store.KvView;
import java.util.Optional;

/**
 * Looks once through the rows of a bucket, with their times, and finds the rows that were last
 * written at a given time or earlier. One thread at a time.
 */
final class ExpirySweep implements AutoCloseable {
  /** Only tables whose rows have a time to live are swept. */
  private static final StoredRow FORM = new StoredRow(true);

  private static final int PIECE_ROWS = 4_096;
  private static final int PIECE_BYTES = 1 << 20;
  private static final byte[] NO_BOUND = {};

  private final KvView view;
  private final long cutoffMillis;
  private final int batchBytes;
  private final BinaryList keys = new BinaryList();
  private final BinaryList rows = new BinaryList();
  private KvCursor cursor;
  private boolean more = true;
  private int at;
  private long oldestLeft = Long.MAX_VALUE;

  /**
   * A sweep that has seen nothing yet.
   *
   * @param view of stored rows with their times; closed with the sweep
   * @param cutoffMillis the latest time that is too old
   * @param batchBytes most bytes of keys and rows that one call finds; one row may be larger
   */
  ExpirySweep(KvView view, long cutoffMillis, int batchBytes) {
    this.view = view;
    this.cutoffMillis = cutoffMillis;
    this.batchBytes = batchBytes;
  }

  /** The keys of the next rows that are too old, maybe none; empty at the end. */
  Optional<BinaryList> next() {
    if (at == rows.count()) {
      if (!more) {
        return Optional.empty();
      }
      readPiece();
    }
    BinaryList expired = new BinaryList();
    int bytes = 0;
    for (; at < rows.count(); at++) {
      long written = FORM.millis(rows, at);
      if (written > cutoffMillis) {
        oldestLeft = Math.min(oldestLeft, written);
        continue;
      }
      bytes += keys.length(at) + rows.length(at);
      if (bytes > batchBytes && expired.count() > 0) {
        break;
      }
      expired.add(keys, at);
    }
    return Optional.of(expired);
  }

  private void readPiece() {
    if (cursor == null) {
      cursor = view.scan(NO_BOUND, NO_BOUND);
    }
    keys.clear();
    rows.clear();
    at = 0;
    more = cursor.next(PIECE_ROWS, PIECE_BYTES, keys, rows);
  }

  /** The earliest time among the rows that it saw and that were not too old. */
  long oldestLeft() {
    return oldestLeft;
  }

  @Override
  public void close() {
    if (cursor != null) {
      cursor.close();
    }
    view.close();
  }
}
