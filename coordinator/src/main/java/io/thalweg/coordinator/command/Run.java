package io.thalweg.coordinator.command;

import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;

/**
 * Consecutive records of one bucket whose batches are back to back in one payload, the only durable
 * home of those offsets.
 *
 * @param baseOffset of the first record
 * @param recordCount at least 1
 * @param maxTimestamp greatest batch timestamp, milliseconds since the epoch
 * @param payload which payload
 * @param position of the first batch in the payload, in bytes
 * @param length of all batches, in bytes
 */
public record Run(
    long baseOffset,
    int recordCount,
    long maxTimestamp,
    Payload payload,
    int position,
    int length) {

  /** The offset after the last record. */
  public long endOffset() {
    return baseOffset + recordCount;
  }

  /** Whether it is a segment from which records are gone that others with their keys replaced. */
  public boolean isCleaned() {
    return payload instanceof Payload.Segment segment && segment.isCleaned();
  }

  /** Whether {@code next} continues this run in records and bytes, so that both can be one. */
  public boolean continuedBy(Run next) {
    return recordCount <= Integer.MAX_VALUE - next.recordCount
        && length <= Integer.MAX_VALUE - next.length
        && next.payload.equals(payload)
        && next.baseOffset == endOffset()
        && next.position == position + length;
  }

  /** This run and {@code next}, which continues it, as one. */
  public Run with(Run next) {
    return new Run(
        baseOffset,
        recordCount + next.recordCount,
        Math.max(maxTimestamp, next.maxTimestamp),
        payload,
        position,
        length + next.length);
  }

  /** Writes the durable form: base offset, count, time, payload, position, length. */
  public void write(BytesWriter out) {
    out.varint(baseOffset).varint(recordCount).int64(maxTimestamp);
    payload.write(out);
    out.varint(position).varint(length);
  }

  /** Reads what {@link #write} wrote. */
  public static Run read(BytesReader in) {
    return new Run(
        in.varint(),
        in.varint(Integer.MAX_VALUE),
        in.int64(),
        Payload.read(in),
        in.varint(Integer.MAX_VALUE),
        in.varint(Integer.MAX_VALUE));
  }
}
