package io.thalweg.format.check;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.DataType;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.types.TimeUnit;

/**
 * Checks that times lie within a day, and that timestamps in seconds fit into milliseconds, which
 * segments hold. Stateless.
 */
public final class TimeCheck {
  private static final long DAY_SECONDS = 86_400;
  private static final long MOST_SECONDS = Long.MAX_VALUE / 1_000;

  private TimeCheck() {}

  /** Checks the vector of a TIME, TIMESTAMP or TIMESTAMP_LTZ. */
  public static void check(String path, DataType.Scalar type, BaseFixedWidthVector vector) {
    TimeUnit unit = ArrowTypes.unit(type.precision());
    if (type.kind() == DataType.Kind.TIME) {
      within(path, vector, 0, DAY_SECONDS * perSecond(unit) - 1);
    } else if (unit == TimeUnit.SECOND) {
      within(path, vector, -MOST_SECONDS, MOST_SECONDS);
    }
  }

  private static long perSecond(TimeUnit unit) {
    return switch (unit) {
      case SECOND -> 1L;
      case MILLISECOND -> 1_000L;
      case MICROSECOND -> 1_000_000L;
      case NANOSECOND -> 1_000_000_000L;
    };
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
