package io.thalweg.format.cast;

import io.thalweg.format.type.DataType;
import java.math.BigDecimal;
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
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.MapVector;
import org.apache.arrow.vector.complex.StructVector;

/**
 * Writes values in the one form that each type has here into vectors: {@code Boolean}, {@code Long}
 * (whole numbers; dates, times and timestamps in their Arrow unit), {@code Double}, {@code
 * BigDecimal} of the type's scale, {@code byte[]}, {@code List} (arrays, rows), {@code Map} ({@link
 * MapEntries} where a key may stand in it twice). Who calls has checked that a value fits.
 * Stateless; any thread.
 */
public final class VectorWriter {
  private VectorWriter() {}

  /** Writes {@code value} at {@code index}, which is written in rising order. */
  public static void write(FieldVector vector, int index, DataType type, Object value) {
    if (value == null) {
      vector.setNull(index);
    } else if (type instanceof DataType.Array array) {
      List<?> elements = (List<?>) value;
      ListVector list = (ListVector) vector;
      int start = list.startNewValue(index);
      for (int i = 0; i < elements.size(); i++) {
        write(list.getDataVector(), start + i, array.element(), elements.get(i));
      }
      list.endValue(index, elements.size());
    } else if (type instanceof DataType.Map map) {
      writeMap((MapVector) vector, index, map, (Map<?, ?>) value);
    } else if (type instanceof DataType.Row row) {
      StructVector struct = (StructVector) vector;
      struct.setIndexDefined(index);
      List<?> fields = (List<?>) value;
      for (int i = 0; i < fields.size(); i++) {
        write(
            struct.getChildrenFromFields().get(i),
            index,
            row.fields().get(i).type(),
            fields.get(i));
      }
    } else {
      writeScalar(vector, index, value);
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

  static void writeScalar(FieldVector vector, int index, Object value) {
    if (value instanceof Boolean flag) {
      ((BitVector) vector).setSafe(index, flag ? 1 : 0);
    } else if (value instanceof byte[] bytes) {
      writeBytes(vector, index, bytes);
    } else if (value instanceof BigDecimal decimal) {
      ((DecimalVector) vector).setSafe(index, decimal);
    } else if (value instanceof Double number) {
      if (vector instanceof Float4Vector single) {
        single.setSafe(index, number.floatValue());
      } else {
        ((Float8Vector) vector).setSafe(index, number);
      }
    } else {
      writeWhole(vector, index, (Long) value);
    }
  }

  private static void writeBytes(FieldVector vector, int index, byte[] bytes) {
    if (vector instanceof VarCharVector text) {
      text.setSafe(index, bytes);
    } else if (vector instanceof VarBinaryVector binary) {
      binary.setSafe(index, bytes);
    } else {
      ((FixedSizeBinaryVector) vector).setSafe(index, bytes);
    }
  }

  private static void writeWhole(FieldVector vector, int index, long value) {
    if (vector instanceof BigIntVector to) {
      to.setSafe(index, value);
    } else if (vector instanceof IntVector to) {
      to.setSafe(index, (int) value);
    } else if (vector instanceof TimeStampVector to) {
      to.setSafe(index, value);
    } else if (vector instanceof SmallIntVector to) {
      to.setSafe(index, (int) value);
    } else if (vector instanceof TinyIntVector to) {
      to.setSafe(index, (int) value);
    } else if (vector instanceof DateDayVector to) {
      to.setSafe(index, (int) value);
    } else if (vector instanceof TimeSecVector to) {
      to.setSafe(index, (int) value);
    } else if (vector instanceof TimeMilliVector to) {
      to.setSafe(index, (int) value);
    } else if (vector instanceof TimeMicroVector to) {
      to.setSafe(index, value);
    } else {
      ((TimeNanoVector) vector).setSafe(index, value);
    }
  }
}
