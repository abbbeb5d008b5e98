package io.thalweg.format.testing;

import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Scalar;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.AbstractMap;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FixedSizeBinaryVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.SmallIntVector;
import org.apache.arrow.vector.TimeMicroVector;
import org.apache.arrow.vector.TimeMilliVector;
import org.apache.arrow.vector.TimeNanoVector;
import org.apache.arrow.vector.TimeSecVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.StructVector;

/** Sets and reads single values of vectors, in the Java forms of {@link RandomTables}. */
public final class VectorValues {
  private VectorValues() {}

  /** Sets one value; values are set in the order of their index. */
  public static void set(FieldVector vector, int index, Object value, DataType type) {
    if (type instanceof DataType.Variant) {
      set(vector, index, value, DataType.Variant.STORAGE);
    } else if (type instanceof DataType.Row row) {
      setRow((StructVector) vector, index, value, row);
    } else if (vector instanceof FixedSizeListVector list && value != null) {
      int at = list.startNewValue(index);
      List<?> numbers = (List<?>) value;
      for (int i = 0; i < numbers.size(); i++) {
        set(list.getDataVector(), at + i, numbers.get(i), ((DataType.Vector) type).elementType());
      }
    } else if (vector instanceof ListVector list) {
      setList(list, index, value, type);
    } else if (value == null) {
      while (vector.getValueCapacity() <= index) {
        vector.reAlloc();
      }
      vector.setNull(index);
    } else {
      setScalar(vector, index, value, (Scalar) type);
    }
  }

  private static void setRow(StructVector struct, int index, Object value, DataType.Row row) {
    while (struct.getValueCapacity() <= index) {
      struct.reAlloc();
    }
    if (value == null) {
      struct.setNull(index);
    } else {
      struct.setIndexDefined(index);
    }
    for (int i = 0; i < row.fields().size(); i++) {
      Object child = value == null ? null : ((List<?>) value).get(i);
      set(struct.getChildrenFromFields().get(i), index, child, row.fields().get(i).type());
    }
  }

  private static void setList(ListVector list, int index, Object value, DataType type) {
    if (value == null) {
      while (list.getValueCapacity() <= index) {
        list.reAlloc();
      }
      list.setNull(index);
      return;
    }
    List<?> items = (List<?>) value;
    int at = list.startNewValue(index);
    for (int i = 0; i < items.size(); i++) {
      if (type instanceof DataType.Array array) {
        set(list.getDataVector(), at + i, items.get(i), array.element());
        continue;
      }
      DataType.Map map = (DataType.Map) type;
      StructVector entries = (StructVector) list.getDataVector();
      while (entries.getValueCapacity() <= at + i) {
        entries.reAlloc();
      }
      entries.setIndexDefined(at + i);
      Map.Entry<?, ?> entry = (Map.Entry<?, ?>) items.get(i);
      set(entries.getChildrenFromFields().get(0), at + i, entry.getKey(), map.key());
      set(entries.getChildrenFromFields().get(1), at + i, entry.getValue(), map.value());
    }
    list.endValue(index, items.size());
  }

  private static void setScalar(FieldVector vector, int index, Object value, Scalar type) {
    switch (type.kind()) {
      case BOOLEAN -> ((BitVector) vector).setSafe(index, (Boolean) value ? 1 : 0);
      case TINYINT -> ((TinyIntVector) vector).setSafe(index, ((Long) value).intValue());
      case SMALLINT -> ((SmallIntVector) vector).setSafe(index, ((Long) value).intValue());
      case INT -> ((IntVector) vector).setSafe(index, ((Long) value).intValue());
      case BIGINT -> ((BigIntVector) vector).setSafe(index, (Long) value);
      case FLOAT -> ((Float4Vector) vector).setSafe(index, (Float) value);
      case DOUBLE -> ((Float8Vector) vector).setSafe(index, (Double) value);
      case DECIMAL ->
          ((DecimalVector) vector).setSafe(index, new BigDecimal((BigInteger) value, type.scale()));
      case CHAR, STRING ->
          ((VarCharVector) vector)
              .setSafe(index, ((String) value).getBytes(StandardCharsets.UTF_8));
      case BINARY -> ((FixedSizeBinaryVector) vector).setSafe(index, (byte[]) value);
      case BYTES -> ((VarBinaryVector) vector).setSafe(index, (byte[]) value);
      case DATE -> ((DateDayVector) vector).setSafe(index, ((Long) value).intValue());
      case TIME -> setTime(vector, index, (Long) value);
      case TIMESTAMP, TIMESTAMP_LTZ -> ((TimeStampVector) vector).setSafe(index, (Long) value);
    }
  }

  private static void setTime(FieldVector vector, int index, long value) {
    if (vector instanceof TimeSecVector seconds) {
      seconds.setSafe(index, (int) value);
    } else if (vector instanceof TimeMilliVector millis) {
      millis.setSafe(index, (int) value);
    } else if (vector instanceof TimeMicroVector micros) {
      micros.setSafe(index, value);
    } else {
      ((TimeNanoVector) vector).setSafe(index, value);
    }
  }

  /** Sets how many values a vector has, children too. */
  public static void setCount(FieldVector vector, int count) {
    vector.setValueCount(count);
  }

  /** Reads one value. */
  public static Object get(FieldVector vector, int index, DataType type) {
    if (vector.isNull(index)) {
      return null;
    }
    if (type instanceof DataType.Variant) {
      return get(vector, index, DataType.Variant.STORAGE);
    }
    if (type instanceof DataType.Row row) {
      List<Object> fields = new ArrayList<>();
      for (int i = 0; i < row.fields().size(); i++) {
        FieldVector child = ((StructVector) vector).getChildrenFromFields().get(i);
        fields.add(get(child, index, row.fields().get(i).type()));
      }
      return fields;
    }
    if (vector instanceof FixedSizeListVector list) {
      List<Object> numbers = new ArrayList<>();
      Scalar element = ((DataType.Vector) type).elementType();
      for (int i = 0; i < list.getListSize(); i++) {
        numbers.add(get(list.getDataVector(), index * list.getListSize() + i, element));
      }
      return numbers;
    }
    if (vector instanceof ListVector list) {
      return getList(list, index, type);
    }
    return getScalar(vector, index, (Scalar) type);
  }

  private static Object getList(ListVector list, int index, DataType type) {
    List<Object> items = new ArrayList<>();
    for (int i = list.getElementStartIndex(index); i < list.getElementEndIndex(index); i++) {
      if (type instanceof DataType.Array array) {
        items.add(get(list.getDataVector(), i, array.element()));
        continue;
      }
      DataType.Map map = (DataType.Map) type;
      List<FieldVector> pair = ((StructVector) list.getDataVector()).getChildrenFromFields();
      items.add(
          new AbstractMap.SimpleImmutableEntry<>(
              get(pair.get(0), i, map.key()), get(pair.get(1), i, map.value())));
    }
    return items;
  }

  private static Object getScalar(FieldVector vector, int index, Scalar type) {
    return switch (type.kind()) {
      case BOOLEAN -> ((BitVector) vector).get(index) == 1;
      case TINYINT -> (long) ((TinyIntVector) vector).get(index);
      case SMALLINT -> (long) ((SmallIntVector) vector).get(index);
      case INT -> (long) ((IntVector) vector).get(index);
      case BIGINT -> ((BigIntVector) vector).get(index);
      case FLOAT -> ((Float4Vector) vector).get(index);
      case DOUBLE -> ((Float8Vector) vector).get(index);
      case DECIMAL -> ((DecimalVector) vector).getObject(index).unscaledValue();
      case CHAR, STRING -> new String(((VarCharVector) vector).get(index), StandardCharsets.UTF_8);
      case BINARY -> ((FixedSizeBinaryVector) vector).get(index);
      case BYTES -> ((VarBinaryVector) vector).get(index);
      case DATE -> (long) ((DateDayVector) vector).get(index);
      case TIME -> getTime(vector, index);
      case TIMESTAMP, TIMESTAMP_LTZ -> ((TimeStampVector) vector).get(index);
    };
  }

  private static Object getTime(FieldVector vector, int index) {
    if (vector instanceof TimeSecVector seconds) {
      return (long) seconds.get(index);
    }
    if (vector instanceof TimeMilliVector millis) {
      return (long) millis.get(index);
    }
    return vector instanceof TimeMicroVector micros
        ? micros.get(index)
        : ((TimeNanoVector) vector).get(index);
  }
}
