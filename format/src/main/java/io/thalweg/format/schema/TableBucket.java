package io.thalweg.format.schema;

import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;

/**
 * One bucket: the unit of order, ownership and offsets.
 *
 * @param storage which table, or partition of one, it belongs to
 * @param bucket from 0
 */
public record TableBucket(StorageId storage, int bucket) implements Comparable<TableBucket> {
  /** The bucket of the storage with that id. */
  public TableBucket(long storage, int bucket) {
    this(new StorageId(storage), bucket);
  }

  /** Writes the durable form: varint storage id, varint bucket. */
  public BytesWriter write(BytesWriter out) {
    return out.varint(storage.value()).varint(bucket);
  }

  /** Reads what {@link #write} wrote. */
  public static TableBucket read(BytesReader in) {
    return new TableBucket(in.varint(), in.varint(Integer.MAX_VALUE));
  }

  @Override
  public int compareTo(TableBucket other) {
    int byStorage = storage.compareTo(other.storage);
    return byStorage != 0 ? byStorage : Integer.compare(bucket, other.bucket);
  }

  @Override
  public String toString() {
    return storage + ":" + bucket;
  }
}
