package io.thalweg.format.schema;

import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import java.util.List;

/**
 * One partition of a table: the rows that have the same values in the partition columns.
 *
 * @param number from 0 in its table; never reused. Bucket {@code b} of it is bucket {@code number *
 *     bucketCount + b} of the table
 * @param values texts of the partition columns' values, in the order of the partition key; {@link
 *     #NULL} for null
 * @param storage holds its bytes
 * @param createdMillis cluster time of its creation, milliseconds since the epoch
 */
public record Partition(int number, List<String> values, StorageId storage, long createdMillis) {
  /** The text of a null. No text of a column has this value. */
  public static final String NULL = "__DEFAULT_PARTITION__";

  /** Longest text of a value, in bytes of UTF-8. */
  public static final int MAX_VALUE_BYTES = 200;

  /** Copies the list. */
  public Partition {
    values = List.copyOf(values);
  }

  /** One of its buckets, by its place among them. */
  public TableBucket bucket(int place) {
    return new TableBucket(storage, place);
  }

  /** Writes the durable form: varint number, list of texts, varint storage id, int64 time. */
  public void write(BytesWriter out) {
    out.varint(number).list(values, BytesWriter::text);
    out.varint(storage.value()).int64(createdMillis);
  }

  /** Reads what {@link #write} wrote. */
  public static Partition read(BytesReader in) {
    return new Partition(
        in.varint(Integer.MAX_VALUE),
        in.list(reader -> reader.text(4 * MAX_VALUE_BYTES)),
        new StorageId(in.varint()),
        in.int64());
  }
}
