package io.thalweg.format.schema;

/**
 * What holds the bytes of buckets, apart from the table of the catalog: a table without partitions
 * has one storage, a partitioned one has a storage for each partition. Table ids and storage ids
 * come from the same counter, so that one never passes for the other.
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
