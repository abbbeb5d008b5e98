package io.thalweg.frontend.kafka.rows;

import java.nio.ByteBuffer;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.DefaultRecord;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.internals.ByteBufferOutputStream;

/** One record batch, whose offsets may have gaps, also at its ends. One thread. */
final class BatchOfRows {
  /** In which every server gives records of every partition. */
  private static final int LEADER_EPOCH = 0;

  private static final int OVERHEAD = DefaultRecordBatch.RECORD_BATCH_OVERHEAD;
  private static final int FIRST_BYTES = 4_096;

  private final long base;
  private final ByteBufferOutputStream out = new ByteBufferOutputStream(FIRST_BYTES);
  private MemoryRecordsBuilder builder;
  private long firstTime;
  private long next;
  private int bytes;

  /** A batch that begins at an offset. */
  BatchOfRows(long base) {
    this.base = base;
    this.next = base;
  }

  /** Whether it has no record. */
  boolean isEmpty() {
    return builder == null;
  }

  /** The offset after its last. */
  long next() {
    return next;
  }

  /** Its bytes so far. */
  int bytes() {
    return isEmpty() ? 0 : bytes;
  }

  /** Bytes that the batch takes more with a record. */
  int sizeOf(long offset, long time, byte[] key, byte[] value) {
    int size =
        DefaultRecord.sizeInBytes(
            (int) (offset - base),
            isEmpty() ? 0 : time - firstTime,
            key == null ? -1 : key.length,
            value == null ? -1 : value.length,
            Record.EMPTY_HEADERS);
    return isEmpty() ? OVERHEAD + size : size;
  }

  void add(long offset, long time, byte[] key, byte[] value) {
    bytes += sizeOf(offset, time, key, value);
    if (builder == null) {
      firstTime = time;
      builder =
          new MemoryRecordsBuilder(
              out,
              RecordBatch.CURRENT_MAGIC_VALUE,
              Compression.NONE,
              TimestampType.CREATE_TIME,
              base,
              RecordBatch.NO_TIMESTAMP,
              RecordBatch.NO_PRODUCER_ID,
              RecordBatch.NO_PRODUCER_EPOCH,
              RecordBatch.NO_SEQUENCE,
              false,
              false,
              LEADER_EPOCH,
              0);
    }
    builder.appendWithOffset(offset, time, key, value);
    next = offset + 1;
  }

  /** There are no more records before {@code offset}: a client goes on there. */
  void pass(long offset) {
    next = Math.max(next, offset);
  }

  MemoryRecords records() {
    if (next == base) {
      return MemoryRecords.EMPTY;
    }
    if (builder != null) {
      builder.overrideLastOffset(next - 1);
      return builder.build();
    }
    ByteBuffer empty = ByteBuffer.allocate(OVERHEAD);
    DefaultRecordBatch.writeEmptyHeader(
        empty,
        RecordBatch.CURRENT_MAGIC_VALUE,
        RecordBatch.NO_PRODUCER_ID,
        RecordBatch.NO_PRODUCER_EPOCH,
        RecordBatch.NO_SEQUENCE,
        base,
        next - 1,
        LEADER_EPOCH,
        TimestampType.CREATE_TIME,
        RecordBatch.NO_TIMESTAMP,
        false,
        false);
    return MemoryRecords.readableRecords(empty.flip());
  }
}
