package io.thalweg.format.rowjson;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import io.thalweg.format.schema.Column;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Scalar;
import io.thalweg.format.variant.Variant;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
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

/**
 * Writes rows that lie in vectors as JSON objects, each behind what was written before. One thread.
 */
public final class RowJson implements AutoCloseable {
  private static final JsonFactory FACTORY =
      new JsonFactoryBuilder()
          .rootValueSeparator((String) null)
          .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
          .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
          .build();

  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private final List<Column> columns;
  private final JsonGenerator json;

  /** Writes rows of these columns to {@code out}. */
  public RowJson(List<Column> columns, ByteArrayOutputStream out) {
    this.columns = columns;
    try {
      this.json = FACTORY.createGenerator(out);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  /**
   * Writes one row.
   *
   * @param vectors of the columns, in their order
   */
  public void write(List<? extends FieldVector> vectors, int row) {
    try {
      json.writeStartObject();
      for (int i = 0; i < columns.size(); i++) {
        json.writeFieldName(columns.get(i).name());
        value(vectors.get(i), row, columns.get(i).type());
      }
      json.writeEndObject();
      json.flush();
    } catch (IOException impossible) {
      throw new UncheckedIOException("to memory", impossible);
    }
  }

  private void value(FieldVector vector, int index, DataType type) throws IOException {
    if (vector.isNull(index)) {
      json.writeNull();
      return;
    }
    switch (type.shape()) {
      case SCALAR -> scalar(vector, index, (Scalar) type);
      case VECTOR -> {
        FixedSizeListVector list = (FixedSizeListVector) vector;
        DataType element = ((DataType.Vector) type).elementType();
        int length = list.getListSize();
        array(list.getDataVector(), index * length, (index + 1) * length, element);
      }
      case VARIANT -> json.writeRawValue(variant((StructVector) vector, index).toJson());
      case ARRAY -> {
        ListVector list = (ListVector) vector;
        array(
            list.getDataVector(),
            list.getElementStartIndex(index),
            list.getElementEndIndex(index),
            ((DataType.Array) type).element());
      }
      case MAP -> map((ListVector) vector, index, (DataType.Map) type);
      case ROW -> {
        List<DataType.Field> fields = ((DataType.Row) type).fields();
        List<FieldVector> children = ((StructVector) vector).getChildrenFromFields();
        json.writeStartObject();
        for (int i = 0; i < fields.size(); i++) {
          json.writeFieldName(fields.get(i).name());
          value(children.get(i), index, fields.get(i).type());
        }
        json.writeEndObject();
      }
    }
  }

  private void array(FieldVector items, int from, int to, DataType type) throws IOException {
    json.writeStartArray();
    for (int i = from; i < to; i++) {
      value(items, i, type);
    }
    json.writeEndArray();
  }

  private static Variant variant(StructVector struct, int index) {
    List<FieldVector> children = struct.getChildrenFromFields();
    return Variant.trusted(
        ((VarBinaryVector) children.get(0)).get(index),
        ((VarBinaryVector) children.get(1)).get(index));
  }

  /** An object with the keys' texts, or an array of pairs where keys are nested or share a text. */
  private void map(ListVector list, int index, DataType.Map type) throws IOException {
    List<FieldVector> pairs = ((StructVector) list.getDataVector()).getChildrenFromFields();
    FieldVector keys = pairs.get(0);
    int from = list.getElementStartIndex(index);
    int to = list.getElementEndIndex(index);
    if (type.key() instanceof Scalar key && areDistinct(keys, from, to, key)) {
      json.writeStartObject();
      for (int i = from; i < to; i++) {
        json.writeFieldName(text(keys, i, key));
        value(pairs.get(1), i, type.value());
      }
      json.writeEndObject();
      return;
    }
    json.writeStartArray();
    for (int i = from; i < to; i++) {
      json.writeStartObject();
      json.writeFieldName("key");
      value(keys, i, type.key());
      json.writeFieldName("value");
      value(pairs.get(1), i, type.value());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static boolean areDistinct(FieldVector keys, int from, int to, Scalar type) {
    Set<String> texts = new HashSet<>();
    for (int i = from; i < to; i++) {
      if (!texts.add(text(keys, i, type))) {
        return false;
      }
    }
    return true;
  }

  private void scalar(FieldVector vector, int index, Scalar type) throws IOException {
    switch (type.kind()) {
      case BOOLEAN -> json.writeBoolean(((BitVector) vector).get(index) != 0);
      case TINYINT, SMALLINT, INT, BIGINT -> json.writeNumber(whole(vector, index, type));
      case FLOAT -> json.writeNumber(((Float4Vector) vector).get(index));
      case DOUBLE -> json.writeNumber(((Float8Vector) vector).get(index));
      case DECIMAL -> json.writeNumber(((DecimalVector) vector).getObject(index));
      case CHAR, STRING -> {
        byte[] utf8 = ((VarCharVector) vector).get(index);
        json.writeUTF8String(utf8, 0, utf8.length);
      }
      case BINARY, BYTES, DATE, TIME, TIMESTAMP, TIMESTAMP_LTZ ->
          json.writeString(text(vector, index, type));
    }
  }

  private static long whole(FieldVector vector, int index, Scalar type) {
    return switch (type.kind()) {
      case TINYINT -> ((TinyIntVector) vector).get(index);
      case SMALLINT -> ((SmallIntVector) vector).get(index);
      case INT -> ((IntVector) vector).get(index);
      default -> ((BigIntVector) vector).get(index);
    };
  }

  /** The plain text of a value that is not null. */
  private static String text(FieldVector vector, int index, Scalar type) {
    return switch (type.kind()) {
      case BOOLEAN -> Boolean.toString(((BitVector) vector).get(index) != 0);
      case TINYINT, SMALLINT, INT, BIGINT -> Long.toString(whole(vector, index, type));
      case FLOAT -> Float.toString(((Float4Vector) vector).get(index));
      case DOUBLE -> Double.toString(((Float8Vector) vector).get(index));
      case DECIMAL -> ((DecimalVector) vector).getObject(index).toPlainString();
      case CHAR, STRING -> new String(((VarCharVector) vector).get(index), StandardCharsets.UTF_8);
      case BINARY -> base64(((FixedSizeBinaryVector) vector).get(index));
      case BYTES -> base64(((VarBinaryVector) vector).get(index));
      case DATE -> LocalDate.ofEpochDay(((DateDayVector) vector).get(index)).toString();
      case TIME -> time(vector, index, type);
      case TIMESTAMP -> moment(((TimeStampVector) vector).get(index), type);
      case TIMESTAMP_LTZ -> moment(((TimeStampVector) vector).get(index), type) + "Z";
    };
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  private static String time(FieldVector vector, int index, Scalar type) {
    long units =
        switch (ArrowTypes.unit(type.precision())) {
          case SECOND -> ((TimeSecVector) vector).get(index);
          case MILLISECOND -> ((TimeMilliVector) vector).get(index);
          case MICROSECOND -> ((TimeMicroVector) vector).get(index);
          case NANOSECOND -> ((TimeNanoVector) vector).get(index);
        };
    return DateTimeFormatter.ISO_LOCAL_TIME.format(
        LocalTime.ofNanoOfDay(units * (NANOS_PER_SECOND / perSecond(type))));
  }

  private static String moment(long units, Scalar type) {
    long perSecond = perSecond(type);
    long nanos = Math.floorMod(units, perSecond) * (NANOS_PER_SECOND / perSecond);
    return DateTimeFormatter.ISO_LOCAL_DATE_TIME.format(
        LocalDateTime.ofEpochSecond(Math.floorDiv(units, perSecond), (int) nanos, ZoneOffset.UTC));
  }

  private static long perSecond(Scalar type) {
    return switch (ArrowTypes.unit(type.precision())) {
      case SECOND -> 1;
      case MILLISECOND -> 1_000;
      case MICROSECOND -> 1_000_000;
      case NANOSECOND -> NANOS_PER_SECOND;
    };
  }

  /** Writes nothing more; the stream stays its owner's. */
  @Override
  public void close() {
    try {
      json.close();
    } catch (IOException impossible) {
      throw new UncheckedIOException("to memory", impossible);
    }
  }
}
