package io.thalweg.server.kv.write;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.row.BinaryList;
import io.thalweg.format.row.RowCodec;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableBucket;
import java.util.BitSet;
import org.apache.arrow.memory.BufferAllocator;

/**
 * Rows to be written into one bucket, in the order in which they take effect.
 *
 * @param rowCount how many rows the writer sent for the bucket; its sequence advances by this
 *     number
 * @param keys one for each row that has an effect
 * @param rows one for each key; absent for a delete
 * @param schemaId of the schema that the writer had
 * @param targets by position in the schema, which columns are written; null for all
 */
public record UpsertRows(
    TableBucket bucket,
    WriterStamp writer,
    int rowCount,
    BinaryList keys,
    BinaryList rows,
    int schemaId,
    BitSet targets) {

  /** The same rows of another schema. */
  UpsertRows rewritten(RowCodec codec, Schema schema, BitSet columns, BufferAllocator allocator) {
    return new UpsertRows(
        bucket,
        writer,
        rowCount,
        keys,
        codec.rewritten(rows, allocator),
        schema.schemaId(),
        columns);
  }

  /** Bytes of keys and rows. */
  long bytes() {
    return (long) keys.byteCount() + rows.byteCount();
  }
}
