package io.thalweg.format.cast;

import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.VectorItems;
import io.thalweg.format.variant.Variant;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.ArrowBuf;
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
import org.apache.arrow.vector.complex.MapVector;
import org.apache.arrow.vector.complex.StructVector;

/**
 * Writes values into vectors. Each type has one form: {@code Boolean}, {@code Long} (whole numbers;
 * dates, times and timestamps in their Arrow unit), {@code Double}, {@code BigDecimal} of the
 * type's scale, {@code byte[]}, {@code float[]}, {@code double[]} or {@code byte[]} of the type's
 * length (vectors), {@link Variant}, {@code List} (arrays, rows), {@code Map} ({@link MapEntries}
 * where a key may occur twice). The caller has checked that each value fits. Stateless; any thread.
 */
public final class VectorWriter {
  private VectorWriter() {}

  /** Writes {@code value} at {@code index}; indexes come in rising order. */
  public static void write(FieldVector vector, int index, DataType type, Object value) {
    if (value == null) {
      vector.setNull(index);
      return;
    }
    switch (type.shape()) {
      case SCALAR -> writeScalar(vector, index, (DataType.Scalar) type, value);
      case VECTOR -> writeVector((FixedSizeListVector) vector, index, value);
      case VARIANT -> writeVariant((StructVector) vector, index, (Variant) value);
      case ARRAY -> writeList((ListVector) vector, index, (DataType.Array) type, (List<?>) value);
      case MAP -> writeMap((MapVector) vector, index, (DataType.Map) type, (Map<?, ?>) value);
      case ROW -> writeRow((StructVector) vector, index, (DataType.Row) type, (List<?>) value);
    }
  }

  private static void writeVector(FixedSizeListVector list, int index, Object numbers) {
    ArrowBuf data = VectorItems.room(list, index);
    long first = (long) index * list.getListSize();
    if (numbers instanceof float[] floats) {
      for (int i = 0; i < floats.length; i++) {
        data.setFloat((first + i) * Float.BYTES, floats[i]);
      }
    } else if (numbers instanceof double[] doubles) {
      for (int i = 0; i < doubles.length; i++) {
        data.setDouble((first + i) * Double.BYTES, doubles[i]);
      }
    } else {
      data.setBytes(first, (byte[]) numbers);
    }
  }

  private static void writeVariant(StructVector struct, int index, Variant variant) {
    struct.setIndexDefined(index);
    ((VarBinaryVector) struct.getChildrenFromFields().get(0)).setSafe(index, variant.metadata());
    ((VarBinaryVector) struct.getChildrenFromFields().get(1)).setSafe(index, variant.value());
  }

  private static void writeList(ListVector list, int index, DataType.Array type, List<?> elements) {
    int start = list.startNewValue(index);
    for (int i = 0; i < elements.size(); i++) {
      write(list.getDataVector(), start + i, type.element(), elements.get(i));
    }
    list.endValue(index, elements.size());
  }

  private static void writeRow(StructVector struct, int index, DataType.Row type, List<?> fields) {
    struct.setIndexDefined(index);
    for (int i = 0; i < fields.size(); i++) {
      write(
          struct.getChildrenFromFields().get(i), index, type.fields().get(i).type(), fields.get(i));
    }
  }

  private static void writeMap(MapVector vector, int index, DataType.Map type, Map<?, ?> entries) {
    int at = vector.startNewValue(index);
    StructVector pairs = (StructVector) vector.getDataVector();
    for (Map.Entry<?, ?> entry : entries.entrySet()) {
      pairs.setIndexDefined(at);
      write(pairs.getChildrenFromFields().get(0), at, type.key(), entry.getKey());
      write(pairs.getChildrenFromFields().get(1), at, type.value(), entry.getValue());
      at++;
    }
    vector.endValue(index, entries.size());
  }

  static void writeScalar(FieldVector vector, int index, DataType.Scalar type, Object value) {
    switch (type.kind()) {
      case BOOLEAN -> ((BitVector) vector).setSafe(index, (Boolean) value ? 1 : 0);
      case TINYINT -> ((TinyIntVector) vector).setSafe(index, ((Long) value).intValue());
      case SMALLINT -> ((SmallIntVector) vector).setSafe(index, ((Long) value).intValue());
      case INT -> ((IntVector) vector).setSafe(index, ((Long) value).intValue());
      case BIGINT -> ((BigIntVector) vector).setSafe(index, (Long) value);
      case FLOAT -> ((Float4Vector) vector).setSafe(index, ((Double) value).floatValue());
      case DOUBLE -> ((Float8Vector) vector).setSafe(index, (Double) value);
      case DECIMAL -> ((DecimalVector) vector).setSafe(index, (BigDecimal) value);
      case CHAR, STRING -> ((VarCharVector) vector).setSafe(index, (byte[]) value);
      case BINARY -> ((FixedSizeBinaryVector) vector).setSafe(index, (byte[]) value);
      case BYTES -> ((VarBinaryVector) vector).setSafe(index, (byte[]) value);
      case DATE -> ((DateDayVector) vector).setSafe(index, ((Long) value).intValue());
      case TIME -> writeTime(vector, index, type, (Long) value);
      case TIMESTAMP, TIMESTAMP_LTZ -> ((TimeStampVector) vector).setSafe(index, (Long) value);
    }
  }

  private static void writeTime(FieldVector vector, int index, DataType.Scalar type, long value) {
    switch (ArrowTypes.unit(type.precision())) {
      case SECOND -> ((TimeSecVector) vector).setSafe(index, (int) value);
      case MILLISECOND -> ((TimeMilliVector) vector).setSafe(index, (int) value);
      case MICROSECOND -> ((TimeMicroVector) vector).setSafe(index, value);
      case NANOSECOND -> ((TimeNanoVector) vector).setSafe(index, value);
    }
  }
}
