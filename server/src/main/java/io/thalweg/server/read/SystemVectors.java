package io.thalweg.server.read;

import io.thalweg.format.schema.ChangeType;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.SystemColumns;
import io.thalweg.format.schema.TableView;
import io.thalweg.format.type.ArrowTypes;
import java.util.function.IntFunction;
import java.util.function.IntToLongFunction;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.TimeStampMilliTZVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.types.pojo.Field;

/** Makes the vectors of {@link SystemColumns}, which the caller closes. Stateless; any thread. */
public final class SystemVectors {
  static final Field OFFSET_FIELD = field(SystemColumns.OFFSET);
  static final Field TIMESTAMP_FIELD = field(SystemColumns.TIMESTAMP);

  private static final Field WORD_FIELD = field(TableView.CHANGE_TYPE);
  private static final int MAX_WORD = ChangeType.UPDATE_BEFORE.word().length();

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

  /**
   * The words of {@code _change_type} for {@code count} changes.
   *
   * @param word by row, in UTF-8
   */
  static VarCharVector words(int count, IntFunction<byte[]> word, BufferAllocator into) {
    VarCharVector vector = new VarCharVector(WORD_FIELD, into);
    try {
      vector.allocateNew(count * (long) MAX_WORD, count);
      for (int i = 0; i < count; i++) {
        vector.set(i, word.apply(i));
      }
      vector.setValueCount(count);
      return vector;
    } catch (RuntimeException | Error failure) {
      vector.close();
      throw failure;
    }
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
