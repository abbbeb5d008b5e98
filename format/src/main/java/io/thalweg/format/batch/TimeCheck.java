package io.thalweg.format.batch;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TimeMicroVector;
import org.apache.arrow.vector.TimeMilliVector;
import org.apache.arrow.vector.TimeNanoVector;
import org.apache.arrow.vector.TimeSecVector;
import org.apache.arrow.vector.TimeStampSecTZVector;
import org.apache.arrow.vector.TimeStampSecVector;

/**
 * Checks that times lie within a day, and that timestamps in seconds fit into milliseconds, which
 * segments hold. Stateless.
 */
final class TimeCheck {
  private static final long DAY_SECONDS = 86_400;
  private static final long MOST_SECONDS = Long.MAX_VALUE / 1_000;

  private TimeCheck() {}

  static void check(String path, FieldVector vector) {
    if (vector instanceof TimeSecVector times) {
      within(path, times, 0, DAY_SECONDS - 1);
    } else if (vector instanceof TimeMilliVector times) {
      within(path, times, 0, DAY_SECONDS * 1_000 - 1);
    } else if (vector instanceof TimeMicroVector times) {
      within(path, times, 0, DAY_SECONDS * 1_000_000 - 1);
    } else if (vector instanceof TimeNanoVector times) {
      within(path, times, 0, DAY_SECONDS * 1_000_000_000 - 1);
    } else if (vector instanceof TimeStampSecVector || vector instanceof TimeStampSecTZVector) {
      within(path, (BaseFixedWidthVector) vector, -MOST_SECONDS, MOST_SECONDS);
    }
  }

  private static void within(String path, BaseFixedWidthVector vector, long least, long most) {
    ArrowBuf data = vector.getDataBuffer();
    boolean wide = vector.getTypeWidth() == Long.BYTES;
    for (int row = 0; row < vector.getValueCount(); row++) {
      long value = wide ? data.getLong(row * 8L) : data.getInt(row * 4L);
      if ((value < least || value > most) && !vector.isNull(row)) {
        throw new ThalwegException(
            ErrorCode.SCHEMA_MISMATCH,
            "column '"
                + path
                + "' takes values from "
                + least
                + " to "
                + most
                + " in its unit, row "
                + row
                + " of the batch has "
                + value);
      }
    }
  }
}
