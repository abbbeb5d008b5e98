package io.thalweg.server.read.time;

import io.thalweg.format.batch.RecordTimes;
import io.thalweg.format.schema.SystemColumns;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.ReadSpec;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.apache.arrow.vector.TimeStampVector;

/** The times of the records of batches that were fetched with {@link ReadSpec#times}. Stateless. */
final class BatchTimes {
  private BatchTimes() {}

  /** The first offset from {@code from} on whose record is of {@code millis} or later. */
  static OptionalLong firstAtOrAfter(Fetched.Batch batch, long millis, long from) {
    int first = first(batch, from);
    if (batch instanceof Fetched.LogBatch log && log.encoded().rows().hasGaps()) {
      return firstOfGappy(log, millis, from);
    }
    if (batch instanceof Fetched.LogBatch log) {
      OptionalInt found =
          log.encoded().rows().times().firstAtOrAfter(millis, first, batch.recordCount());
      return found.isPresent()
          ? OptionalLong.of(batch.baseOffset() + found.getAsInt())
          : OptionalLong.empty();
    }
    if (batch instanceof Fetched.SegmentRows rows) {
      TimeStampVector times = times(rows);
      for (int i = first; i < rows.recordCount(); i++) {
        if (times.get(i) >= millis) {
          return OptionalLong.of(rows.baseOffset() + i);
        }
      }
    }
    return OptionalLong.empty();
  }

  private static OptionalLong firstOfGappy(Fetched.LogBatch batch, long millis, long from) {
    int[] places = batch.encoded().rows().places();
    RecordTimes times = batch.encoded().rows().times();
    for (int row = 0; row < places.length; row++) {
      long offset = batch.baseOffset() + places[row];
      if (offset >= from && times.at(row) >= millis) {
        return OptionalLong.of(offset);
      }
    }
    return OptionalLong.empty();
  }

  /** The greatest time of the records from {@code from} on; the least of all if there is none. */
  static long greatest(Fetched.Batch batch, long from) {
    long greatest = Long.MIN_VALUE;
    if (batch instanceof Fetched.LogBatch log) {
      RecordTimes times = log.encoded().rows().times();
      if (log.encoded().rows().hasGaps()) {
        int[] places = log.encoded().rows().places();
        for (int row = 0; row < places.length; row++) {
          boolean counts = batch.baseOffset() + places[row] >= from;
          greatest = counts ? Math.max(greatest, times.at(row)) : greatest;
        }
        return greatest;
      }
      for (int i = first(batch, from); i < batch.recordCount(); i++) {
        greatest = Math.max(greatest, times.at(i));
      }
    } else if (batch instanceof Fetched.SegmentRows rows) {
      TimeStampVector times = times(rows);
      for (int i = first(batch, from); i < rows.recordCount(); i++) {
        greatest = Math.max(greatest, times.get(i));
      }
    }
    return greatest;
  }

  private static int first(Fetched.Batch batch, long from) {
    return (int) Math.max(0, from - batch.baseOffset());
  }

  private static TimeStampVector times(Fetched.SegmentRows rows) {
    int column = rows.columnIds().indexOf(SystemColumns.TIMESTAMP.id());
    return (TimeStampVector) rows.rows().getVector(column);
  }
}
