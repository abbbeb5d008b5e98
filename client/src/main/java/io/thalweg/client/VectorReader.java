package io.thalweg.client;

import io.thalweg.format.cast.MapEntries;
import io.thalweg.format.type.DataType;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TimeMicroVector;
import org.apache.arrow.vector.TimeMilliVector;
import org.apache.arrow.vector.TimeNanoVector;
import org.apache.arrow.vector.TimeSecVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.StructVector;

/** Reads values out of vectors, as {@link Row} gives them. Stateless. */
final class VectorReader {
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private VectorReader() {}

  /** The value at {@code index}, null for null. */
  static Object read(FieldVector vector, int index, DataType type) {
    if (vector.isNull(index)) {
      return null;
    }
    if (type instanceof DataType.Scalar scalar) {
      return scalar(vector, index, scalar);
    }
    if (type instanceof DataType.Row row) {
      StructVector struct = (StructVector) vector;
      Object[] values = new Object[row.fields().size()];
      List<String> names = new ArrayList<>(values.length);
      for (int i = 0; i < values.length; i++) {
        names.add(row.fields().get(i).name());
        values[i] = read(struct.getChildrenFromFields().get(i), index, row.fields().get(i).type());
      }
      return new Row(names, values);
    }
    ListVector list = (ListVector) vector;
    int start = list.getElementStartIndex(index);
    int end = list.getElementEndIndex(index);
    if (type instanceof DataType.Map map) {
      StructVector pairs = (StructVector) list.getDataVector();
      MapEntries all = new MapEntries();
      for (int i = start; i < end; i++) {
        all.add(
            read(pairs.getChildrenFromFields().get(0), i, map.key()),
            read(pairs.getChildrenFromFields().get(1), i, map.value()));
      }
      Map<Object, Object> byKey = new LinkedHashMap<>(all);
      return byKey.size() == all.size() ? byKey : all;
    }
    List<Object> read = new ArrayList<>(end - start);
    for (int i = start; i < end; i++) {
      read.add(read(list.getDataVector(), i, ((DataType.Array) type).element()));
    }
    return read;
  }

  private static Object scalar(FieldVector vector, int index, DataType.Scalar type) {
    return switch (type.kind()) {
      case BOOLEAN -> ((BitVector) vector).get(index) != 0;
      case CHAR, STRING -> new String(((VarCharVector) vector).get(index), StandardCharsets.UTF_8);
      case DATE -> LocalDate.ofEpochDay(((DateDayVector) vector).get(index));
      case TIME -> LocalTime.ofNanoOfDay(time(vector, index) * ValueCheck.nanosPerUnit(type));
      case TIMESTAMP, TIMESTAMP_LTZ -> timestamp((TimeStampVector) vector, index, type);
      case TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE, DECIMAL, BINARY, BYTES ->
          vector.getObject(index);
    };
  }

  private static long time(FieldVector vector, int index) {
    if (vector instanceof TimeSecVector seconds) {
      return seconds.get(index);
    }
    if (vector instanceof TimeMilliVector millis) {
      return millis.get(index);
    }
    return vector instanceof TimeMicroVector micros
        ? micros.get(index)
        : ((TimeNanoVector) vector).get(index);
  }

  private static Object timestamp(TimeStampVector vector, int index, DataType.Scalar type) {
    long perUnit = ValueCheck.nanosPerUnit(type);
    long perSecond = NANOS_PER_SECOND / perUnit;
    long value = vector.get(index);
    long seconds = Math.floorDiv(value, perSecond);
    int nanos = (int) (Math.floorMod(value, perSecond) * perUnit);
    return type.kind() == DataType.Kind.TIMESTAMP
        ? LocalDateTime.ofEpochSecond(seconds, nanos, ZoneOffset.UTC)
        : Instant.ofEpochSecond(seconds, nanos);
  }
}
