package io.thalweg.format.schema;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.util.OptionalLong;

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

  /**
   * This table, if it is the one that was meant.
   *
   * @param id of the table meant; empty for whatever has the name
   */
  public TableInfo meant(OptionalLong id) {
    if (id.isPresent() && id.getAsLong() != tableId) {
      throw new ThalwegException(
          ErrorCode.TABLE_NOT_FOUND,
          "the table '"
              + path
              + "' that is meant was dropped, and another was made of that name; open it anew");
    }
    return this;
  }

  /** How many buckets it has. */
  public int bucketCount() {
    return descriptor.bucketCount();
  }
}
