package io.thalweg.server.kv.write;

import io.thalweg.format.row.BinaryList;
import io.thalweg.server.kv.rows.RowBytes;
import java.util.BitSet;

/** Decides what becomes of a row that is written. Pure but for its scratch memory; one thread. */
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
   * @param old the row there is, or none; does not change meanwhile
   * @param incoming the row that is written; absent for a delete
   * @return whether anything changed
   */
  boolean merge(RowBytes old, BinaryList incoming, int at, BinaryList out);
}
