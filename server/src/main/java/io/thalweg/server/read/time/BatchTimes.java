package io.thalweg.server.read.time;

import io.thalweg.format.batch.BatchRows;
import io.thalweg.format.batch.RecordTimes;
import io.thalweg.format.batch.RowPlaces;
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
    if (batch instanceof Fetched.LogBatch log) {
      BatchRows rows = log.encoded().rows();
      RowPlaces places = rows.places();
      OptionalInt found =
          rows.times()
              .firstAtOrAfter(
                  millis,
                  places.firstFrom(from - batch.baseOffset()),
                  places.firstFrom(batch.recordCount()));
      return found.isPresent()
          ? OptionalLong.of(batch.baseOffset() + places.of(found.getAsInt()))
          : OptionalLong.empty();
    }
    if (batch instanceof Fetched.SegmentRows rows) {
      TimeStampVector times = times(rows);
      for (int i = first(batch, from); i < rows.recordCount(); i++) {
        if (times.get(i) >= millis) {
          return OptionalLong.of(rows.baseOffset() + i);
        }
      }
    }
    return OptionalLong.empty();
  }

  /** The greatest time of the records from {@code from} on; the least of all if there is none. */
  static long greatest(Fetched.Batch batch, long from) {
    long greatest = Long.MIN_VALUE;
    if (batch instanceof Fetched.LogBatch log) {
      RowPlaces places = log.encoded().rows().places();
      RecordTimes times = log.encoded().rows().times();
      int end = places.firstFrom(batch.recordCount());
      for (int i = places.firstFrom(from - batch.baseOffset()); i < end; i++) {
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
