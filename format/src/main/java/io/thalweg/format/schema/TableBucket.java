package io.thalweg.format.schema;

/**
 * One bucket of one table: the unit of order, ownership and offsets.
 *
 * @param tableId never reused, also after the table is dropped
 * @param bucket from 0
 */
public record TableBucket(long tableId, int bucket) implements Comparable<TableBucket> {
  @Override
  public int compareTo(TableBucket other) {
    int byTable = Long.compare(tableId, other.tableId);
    return byTable != 0 ? byTable : Integer.compare(bucket, other.bucket);
  }

  @Override
  public String toString() {
    return tableId + ":" + bucket;
  }
}
