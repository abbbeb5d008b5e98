package io.thalweg.format.kafka;

import io.thalweg.format.error.ThalwegException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.OptionalInt;
import java.util.zip.CRC32C;

/** Looks at the records of a batch by their keys, and takes some of them out. Stateless. */
public final class RecordCleaner {
  private RecordCleaner() {}

  /** Decides about one record. */
  @FunctionalInterface
  public interface Choice {
    /**
     * Whether the record stays.
     *
     * @param offsetDelta its offset, less the batch's base offset
     * @param key null if it has none; valid for the time of the call
     * @param hasValue whether it is more than the end of its key
     */
    boolean stays(int offsetDelta, ByteBuffer key, boolean hasValue);
  }

  /**
   * The batch with those of its records that stay, byte for byte and with their offsets; the same
   * buffer where all do. Where none does, a batch without records.
   *
   * @param batch one whole batch of a log
   * @param limit most bytes of the records once decompressed
   * @throws ThalwegException CORRUPT_DATA where the records are not what the header says, TOO_LARGE
   *     past the limit
   */
  public static ByteBuffer clean(ByteBuffer batch, long limit, Choice choice) {
    RecordBatchHeader header = RecordBatchHeader.read(batch);
    ByteBuffer records = RecordColumns.records(header, batch, limit);
    RecordCursor cursor = new RecordCursor(records, header);
    ByteBuffer kept = null;
    int count = 0;
    long latest = Long.MIN_VALUE;
    while (cursor.next()) {
      boolean stays = choice.stays(cursor.offsetDelta(), cursor.key(), cursor.valueLength() >= 0);
      if (!stays && kept == null) {
        kept = ByteBuffer.allocate(records.remaining());
        kept.put(records.slice(records.position(), cursor.recordAt() - records.position()));
      }
      if (!stays) {
        continue;
      }
      count++;
      latest = Math.max(latest, RecordColumns.time(header, cursor));
      if (kept != null) {
        kept.put(cursor.bytes().slice(cursor.recordAt(), cursor.recordEnd() - cursor.recordAt()));
      }
    }
    if (kept == null) {
      return batch;
    }
    ByteBuffer body =
        count == 0 ? ByteBuffer.allocate(0) : header.compression().compress(kept.flip());
    return write(batch, header, count, latest, body);
  }

  /**
   * The first record of the batch that has no key: how many are before it.
   *
   * @throws ThalwegException as {@link #clean}
   */
  public static OptionalInt firstWithoutKey(ByteBuffer batch, long limit) {
    int[] seen = {0, -1};
    clean(
        batch,
        limit,
        (delta, key, hasValue) -> {
          if (key == null && seen[1] < 0) {
            seen[1] = seen[0];
          }
          seen[0]++;
          return true;
        });
    return seen[1] < 0 ? OptionalInt.empty() : OptionalInt.of(seen[1]);
  }

  private static ByteBuffer write(
      ByteBuffer batch, RecordBatchHeader header, int count, long latest, ByteBuffer body) {
    ByteBuffer out = ByteBuffer.allocate(RecordBatchHeader.SIZE + body.remaining());
    out.put(batch.slice(batch.position(), RecordBatchHeader.SIZE)).put(body).flip();
    out.putInt(RecordBatchHeader.AT_LENGTH, out.limit() - RecordBatchHeader.BEFORE_LENGTH);
    out.putInt(RecordBatchHeader.AT_COUNT, count);
    if (count > 0 && !header.hasBrokerTime()) {
      out.putLong(RecordBatchHeader.AT_MAX_TIMESTAMP, latest);
    }
    return seal(out);
  }

  /** A batch without records that stands for {@code span} offsets. */
  public static ByteBuffer hole(int span) {
    ByteBuffer out = ByteBuffer.allocate(RecordBatchHeader.SIZE).order(ByteOrder.BIG_ENDIAN);
    out.putInt(
        RecordBatchHeader.AT_LENGTH, RecordBatchHeader.SIZE - RecordBatchHeader.BEFORE_LENGTH);
    out.putInt(12, -1).put(RecordBatchHeader.AT_MAGIC, RecordBatchHeader.MAGIC);
    out.putInt(RecordBatchHeader.AT_LAST_OFFSET_DELTA, span - 1);
    out.putLong(27, -1).putLong(RecordBatchHeader.AT_MAX_TIMESTAMP, -1);
    out.putLong(43, -1).putShort(51, (short) -1).putInt(53, -1);
    return seal(out);
  }

  private static ByteBuffer seal(ByteBuffer batch) {
    CRC32C crc = new CRC32C();
    crc.update(
        batch.slice(
            RecordBatchHeader.AT_ATTRIBUTES, batch.limit() - RecordBatchHeader.AT_ATTRIBUTES));
    return batch.putInt(RecordBatchHeader.AT_CRC, (int) crc.getValue());
  }
}
