package io.thalweg.server.kv.write;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.row.BinaryList;
import io.thalweg.format.schema.TableBucket;
import java.util.BitSet;

/**
 * Rows to be written into one bucket, in the order in which they take effect.
 *
 * @param rowCount rows that the writer sent for the bucket; its sequence advances by so many
 * @param keys one for each row that has an effect
 * @param rows as many; absent for a delete
 * @param targets by position in the schema, which columns are written; null for all
 */
public record UpsertRows(
    TableBucket bucket,
    WriterStamp writer,
    int rowCount,
    BinaryList keys,
    BinaryList rows,
    BitSet targets) {

  /** About the bytes that it holds. */
  long bytes() {
    return (long) keys.byteCount() + rows.byteCount();
  }
}
