package io.thalweg.format.schema;

/**
 * A table that exists.
 *
 * @param tableId never reused
 * @param createdMillis cluster time of its creation, milliseconds since the epoch
 */
public record TableInfo(
    long tableId, TablePath path, TableDescriptor descriptor, long createdMillis) {

  /** The current schema. */
  public Schema schema() {
    return descriptor.schema();
  }

  /** How many buckets it has. */
  public int bucketCount() {
    return descriptor.bucketCount();
  }
}
