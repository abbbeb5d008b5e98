package io.thalweg.format.schema;

/**
 * Identifies the storage that holds the bytes of buckets: a table without partitions has one, a
 * partitioned table has one for each partition. Table ids and storage ids come from the same
 * counter, so that no table id is also a storage id.
 *
 * @param value never reused, also after the table or partition is dropped
 */
public record StorageId(long value) implements Comparable<StorageId> {
  @Override
  public int compareTo(StorageId other) {
    return Long.compare(value, other.value);
  }

  @Override
  public String toString() {
    return Long.toString(value);
  }
}
