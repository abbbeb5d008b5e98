package io.thalweg.frontend.kafka.rows;

import io.thalweg.server.api.ReadPermit;
import org.apache.kafka.common.record.internal.MemoryRecords;

/**
 * Records for one partition of an answer.
 *
 * @param permit the memory set aside for them
 */
public record RowPage(MemoryRecords records, ReadPermit permit) implements AutoCloseable {
  /** No records. */
  static final RowPage NONE = new RowPage(MemoryRecords.EMPTY, ReadPermit.NONE);

  @Override
  public void close() {
    permit.close();
  }
}
