package io.thalweg.server.read;

import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.SystemColumns;
import io.thalweg.format.type.ArrowTypes;
import java.util.function.IntToLongFunction;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.TimeStampMilliTZVector;
import org.apache.arrow.vector.types.pojo.Field;

/** Makes the vectors of {@link SystemColumns}, which the caller closes. Stateless; any thread. */
public final class SystemVectors {
  static final Field OFFSET_FIELD = field(SystemColumns.OFFSET);
  static final Field TIMESTAMP_FIELD = field(SystemColumns.TIMESTAMP);

  private SystemVectors() {}

  private static Field field(Column column) {
    return ArrowTypes.toArrow(column.name(), column.type());
  }

  /** The offsets of {@code count} rows, by row. */
  public static BigIntVector offsets(int count, IntToLongFunction offset, BufferAllocator into) {
    BigIntVector vector = new BigIntVector(OFFSET_FIELD, into);
    vector.allocateNew(count);
    for (int i = 0; i < count; i++) {
      vector.set(i, offset.applyAsLong(i));
    }
    vector.setValueCount(count);
    return vector;
  }

  /** When {@code count} rows were appended, by row, in milliseconds since the epoch. */
  public static TimeStampMilliTZVector timestamps(
      int count, IntToLongFunction millis, BufferAllocator into) {
    TimeStampMilliTZVector vector = new TimeStampMilliTZVector(TIMESTAMP_FIELD, into);
    vector.allocateNew(count);
    for (int i = 0; i < count; i++) {
      vector.set(i, millis.applyAsLong(i));
    }
    vector.setValueCount(count);
    return vector;
  }
}
