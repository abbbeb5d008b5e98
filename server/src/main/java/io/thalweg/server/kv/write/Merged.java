package io.thalweg.server.kv.write;

import io.thalweg.format.batch.EncodedBatch;
import io.thalweg.format.row.BinaryList;
import io.thalweg.server.kv.rows.BucketRows;
import java.util.List;

/**
 * The result of merging a write, which is neither sent nor taken back yet. Owned by the bucket's
 * rows loop.
 *
 * @param write what was merged
 * @param changeCount records of the changelog
 * @param changes these as batches of the log, in order; none where nothing changed
 * @param keys of the rows that changed, in order; a key may come more than once
 * @param values one for each key; absent where the row ended
 * @param locations one for each key: where the bucket's rows in memory have them
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Merged(
    UpsertRows write,
    int changeCount,
    List<EncodedBatch> changes,
    BinaryList keys,
    BinaryList values,
    long[] locations) {

  /** Takes the rows back and closes the batches. */
  void undo(BucketRows rows) {
    closeChanges();
    rows.table().undo(locations, keys.count());
  }

  /** Closes the batches: the rows in memory are gone. */
  void closeChanges() {
    changes.forEach(EncodedBatch::close);
  }
}
