package io.thalweg.client;

import io.thalweg.format.cast.MapEntries;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.VectorItems;
import io.thalweg.format.variant.Variant;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.StructVector;

/** Reads values out of vectors, in the form that {@link Row} returns. Stateless. */
final class VectorReader {
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private VectorReader() {}

  /** The value at {@code index}, null for null. */
  static Object read(FieldVector vector, int index, DataType type) {
    if (vector.isNull(index)) {
      return null;
    }
    return switch (type.shape()) {
      case SCALAR -> scalar(vector, index, (DataType.Scalar) type);
      case VECTOR -> numbers((FixedSizeListVector) vector, index, (DataType.Vector) type);
      case VARIANT -> variant((StructVector) vector, index);
      case ARRAY -> list((ListVector) vector, index, ((DataType.Array) type).element());
      case MAP -> map((ListVector) vector, index, (DataType.Map) type);
      case ROW -> row((StructVector) vector, index, (DataType.Row) type);
    };
  }

  private static Variant variant(StructVector struct, int index) {
    List<FieldVector> children = struct.getChildrenFromFields();
    return Variant.trusted(
        ((VarBinaryVector) children.get(0)).get(index),
        ((VarBinaryVector) children.get(1)).get(index));
  }

  /** The numbers of a VECTOR: {@code float[]}, {@code double[]} or {@code byte[]}. */
  private static Object numbers(FixedSizeListVector list, int index, DataType.Vector type) {
    byte[] bytes = new byte[type.width()];
    VectorItems.get(list, index, bytes, 0);
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    return switch (type.element()) {
      case FLOAT -> {
        float[] floats = new float[type.length()];
        in.asFloatBuffer().get(floats);
        yield floats;
      }
      case DOUBLE -> {
        double[] doubles = new double[type.length()];
        in.asDoubleBuffer().get(doubles);
        yield doubles;
      }
      default -> bytes;
    };
  }

  private static Row row(StructVector struct, int index, DataType.Row type) {
    Object[] values = new Object[type.fields().size()];
    List<String> names = new ArrayList<>(values.length);
    for (int i = 0; i < values.length; i++) {
      names.add(type.fields().get(i).name());
      values[i] = read(struct.getChildrenFromFields().get(i), index, type.fields().get(i).type());
    }
    return new Row(names, values);
  }

  private static Map<?, ?> map(ListVector list, int index, DataType.Map type) {
    StructVector pairs = (StructVector) list.getDataVector();
    MapEntries all = new MapEntries();
    for (int i = list.getElementStartIndex(index); i < list.getElementEndIndex(index); i++) {
      all.add(
          read(pairs.getChildrenFromFields().get(0), i, type.key()),
          read(pairs.getChildrenFromFields().get(1), i, type.value()));
    }
    Map<Object, Object> byKey = new LinkedHashMap<>(all);
    return byKey.size() == all.size() ? byKey : all;
  }

  private static List<Object> list(ListVector list, int index, DataType element) {
    int start = list.getElementStartIndex(index);
    int end = list.getElementEndIndex(index);
    List<Object> read = new ArrayList<>(end - start);
    for (int i = start; i < end; i++) {
      read.add(read(list.getDataVector(), i, element));
    }
    return read;
  }

  private static Object scalar(FieldVector vector, int index, DataType.Scalar type) {
    return switch (type.kind()) {
      case BOOLEAN -> ((BitVector) vector).get(index) != 0;
      case CHAR, STRING -> new String(((VarCharVector) vector).get(index), StandardCharsets.UTF_8);
      case DATE -> LocalDate.ofEpochDay(((DateDayVector) vector).get(index));
      case TIME -> LocalTime.ofNanoOfDay(time(vector, index, type) * ValueCheck.nanosPerUnit(type));
      case TIMESTAMP, TIMESTAMP_LTZ -> timestamp(((TimeStampVector) vector).get(index), type);
      case TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE, DECIMAL, BINARY, BYTES ->
          vector.getObject(index);
    };
  }

  private static long time(FieldVector vector, int index, DataType.Scalar type) {
    return switch (ArrowTypes.unit(type.precision())) {
      case SECOND -> ((TimeSecVector) vector).get(index);
      case MILLISECOND -> ((TimeMilliVector) vector).get(index);
      case MICROSECOND -> ((TimeMicroVector) vector).get(index);
      case NANOSECOND -> ((TimeNanoVector) vector).get(index);
    };
  }

  /** The point in time {@code value}, in the type's Arrow unit. */
  static Object timestamp(long value, DataType.Scalar type) {
    long perUnit = ValueCheck.nanosPerUnit(type);
    long perSecond = NANOS_PER_SECOND / perUnit;
    long seconds = Math.floorDiv(value, perSecond);
    int nanos = (int) (Math.floorMod(value, perSecond) * perUnit);
    return type.kind() == DataType.Kind.TIMESTAMP
        ? LocalDateTime.ofEpochSecond(seconds, nanos, ZoneOffset.UTC)
        : Instant.ofEpochSecond(seconds, nanos);
  }
}
