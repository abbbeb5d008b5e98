package io.thalweg.server.kv.write;

import io.thalweg.format.row.BinaryList;
import io.thalweg.server.kv.rows.RowBytes;
import java.util.BitSet;

/**
 * Decides what becomes of a row that is written. Pure, apart from its scratch memory. Owned by the
 * bucket's rows loop.
 */
interface RowMerge {

  /**
   * Begins a write.
   *
   * @param targets by position in the schema, which columns it sets; null for all
   * @param nowMillis the time that its changes get in the log
   */
  void begin(BitSet targets, long nowMillis);

  /**
   * Merges one row and, if that changes anything, adds the new row to {@code out}: absent where the
   * row ended.
   *
   * @param old the row that the key has, or none; it does not change meanwhile
   * @param incoming the row that is written; absent for a delete
   * @return whether anything changed
   */
  boolean merge(RowBytes old, BinaryList incoming, int at, BinaryList out);

  /** Whether {@link #merge} checks the bytes of each row that it gets, old or written. */
  boolean checksRows();
}
