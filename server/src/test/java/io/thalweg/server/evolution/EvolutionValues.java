package io.thalweg.server.evolution;

import io.thalweg.format.cast.Exact;
import io.thalweg.format.variant.Variant;
import io.thalweg.format.variant.VariantException;
import java.math.BigDecimal;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoField;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FixedSizeBinaryVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.StructVector;

/** Values of the plain model to and from Arrow. Stateless. */
final class EvolutionValues {
  private EvolutionValues() {}

  /** A value in the form of {@code VectorWriter}. */
  static Object form(PlainType type, Object value) {
    if (value == null) {
      return null;
    }
    if (type instanceof PlainType.Scalar scalar) {
      return scalar.form(value);
    }
    if (type instanceof PlainType.Vector vector) {
      try {
        return vector.form(value);
      } catch (Exact.Misfit misfit) {
        throw new AssertionError(misfit);
      }
    }
    if (type instanceof PlainType.Variant) {
      try {
        return Variant.parse((String) value);
      } catch (VariantException refused) {
        throw new AssertionError(refused);
      }
    }
    if (type instanceof PlainType.Array array) {
      List<Object> elements = new ArrayList<>();
      ((List<?>) value).forEach(each -> elements.add(form(array.element(), each)));
      return elements;
    }
    List<Object> fields = new ArrayList<>();
    for (PlainType.Field field : ((PlainType.Row) type).fields()) {
      fields.add(form(field.type(), ((Map<?, ?>) value).get(field.id())));
    }
    return fields;
  }

  /**
   * A value that an earlier type wrote, as the type has it: fields that came since have defaults.
   */
  static Object written(PlainType type, Object value) {
    if (value == null || !type.nests()) {
      return value;
    }
    if (type instanceof PlainType.Array array) {
      List<Object> elements = new ArrayList<>();
      ((List<?>) value).forEach(each -> elements.add(written(array.element(), each)));
      return elements;
    }
    Map<Integer, Object> fields = new LinkedHashMap<>();
    for (PlainType.Field field : ((PlainType.Row) type).fields()) {
      Map<?, ?> given = (Map<?, ?>) value;
      fields.put(
          field.id(),
          given.containsKey(field.id())
              ? written(field.type(), given.get(field.id()))
              : field.write());
    }
    return fields;
  }

  /** Whether a reader of {@code plain} cannot hold some value of the row. */
  static boolean misfits(PlainTable plain, Map<Integer, Object> row) {
    for (PlainType.Field column : plain.columns) {
      if (misfits(column.type(), plain.read(row).get(column.id()))) {
        return true;
      }
    }
    return false;
  }

  private static boolean misfits(PlainType type, Object value) {
    if (value == null || !(type.nests() || type instanceof PlainType.Scalar)) {
      return false;
    }
    if (type instanceof PlainType.Array array) {
      return ((List<?>) value).stream().anyMatch(each -> misfits(array.element(), each));
    }
    if (type instanceof PlainType.Row row) {
      return row.fields().stream()
          .anyMatch(field -> misfits(field.type(), ((Map<?, ?>) value).get(field.id())));
    }
    PlainType.Scalar scalar = (PlainType.Scalar) type;
    int level = scalar.level();
    return switch (scalar.family()) {
      case 0 -> {
        int unused = 64 - (8 << level);
        yield ((Long) value) << unused >> unused != (Long) value;
      }
      case 1 -> level == 0 && (float) (double) (Double) value != (Double) value;
      case 2 -> level == 0 && ((BigDecimal) value).precision() > 5;
      case 3 -> {
        LocalDateTime at = (LocalDateTime) value;
        yield level == 0
            ? !at.toLocalTime().equals(LocalTime.MIDNIGHT)
            : at.get(ChronoField.NANO_OF_SECOND)
                    % (level == 1 ? 1_000_000_000 : level == 2 ? 1_000_000 : 1_000)
                != 0;
      }
      case 4 -> {
        int nano = ((LocalTime) value).get(ChronoField.NANO_OF_SECOND);
        yield nano % (level == 0 ? 1_000_000_000 : level == 1 ? 1_000_000 : level == 2 ? 1_000 : 1)
            != 0;
      }
      default -> false;
    };
  }

  /** The rows of {@code root}, whose vectors are the columns of {@code plain}, by column id. */
  static List<Map<Integer, Object>> rows(VectorSchemaRoot root, PlainTable plain) {
    List<Map<Integer, Object>> rows = new ArrayList<>();
    for (int i = 0; i < root.getRowCount(); i++) {
      Map<Integer, Object> row = new LinkedHashMap<>();
      for (int at = 0; at < plain.columns.size(); at++) {
        PlainType.Field column = plain.columns.get(at);
        row.put(column.id(), value(root.getVector(column.name()), i, column.type()));
      }
      rows.add(row);
    }
    return rows;
  }

  private static Object value(FieldVector vector, int i, PlainType type) {
    if (vector.isNull(i)) {
      return null;
    }
    if (type instanceof PlainType.Array array) {
      List<Object> elements = new ArrayList<>();
      ListVector list = (ListVector) vector;
      for (int at = list.getElementStartIndex(i); at < list.getElementEndIndex(i); at++) {
        elements.add(value(list.getDataVector(), at, array.element()));
      }
      return elements;
    }
    if (type instanceof PlainType.Variant) {
      List<FieldVector> parts = ((StructVector) vector).getChildrenFromFields();
      return Variant.trusted(
              ((VarBinaryVector) parts.get(0)).get(i), ((VarBinaryVector) parts.get(1)).get(i))
          .toJson();
    }
    if (type instanceof PlainType.Vector) {
      return List.copyOf(((FixedSizeListVector) vector).getObject(i));
    }
    if (type instanceof PlainType.Row row) {
      Map<Integer, Object> fields = new LinkedHashMap<>();
      List<FieldVector> children = ((StructVector) vector).getChildrenFromFields();
      for (int at = 0; at < children.size(); at++) {
        PlainType.Field field = row.fields().get(at);
        fields.put(field.id(), value(children.get(at), i, field.type()));
      }
      return fields;
    }
    return scalar(vector, i, (PlainType.Scalar) type);
  }

  private static Object scalar(FieldVector vector, int i, PlainType.Scalar type) {
    return switch (type.family()) {
      case 1 ->
          vector instanceof Float4Vector floats
              ? (Object) (double) floats.get(i)
              : (Object) ((Float8Vector) vector).get(i);
      case 2 -> ((DecimalVector) vector).getObject(i);
      case 3 -> moment(number(vector, i), type.level());
      case 4 ->
          LocalTime.ofNanoOfDay(
              number(vector, i) * new long[] {1_000_000_000, 1_000_000, 1_000, 1}[type.level()]);
      case 5 -> ((VarCharVector) vector).getObject(i).toString();
      case 6 ->
          bytes(
              vector instanceof FixedSizeBinaryVector fixed
                  ? fixed.get(i)
                  : ((VarBinaryVector) vector).get(i));
      case 7 -> ((BitVector) vector).get(i) == 1;
      default -> number(vector, i);
    };
  }

  private static List<Byte> bytes(byte[] bytes) {
    List<Byte> list = new ArrayList<>();
    for (byte each : bytes) {
      list.add(each);
    }
    return list;
  }

  private static LocalDateTime moment(long number, int level) {
    return switch (level) {
      case 0 -> LocalDateTime.ofEpochSecond(number * 86_400, 0, ZoneOffset.UTC);
      case 1 -> LocalDateTime.ofEpochSecond(number, 0, ZoneOffset.UTC);
      case 2 ->
          LocalDateTime.ofEpochSecond(
              Math.floorDiv(number, 1_000),
              (int) Math.floorMod(number, 1_000L) * 1_000_000,
              ZoneOffset.UTC);
      default ->
          LocalDateTime.ofEpochSecond(
              Math.floorDiv(number, 1_000_000),
              (int) Math.floorMod(number, 1_000_000L) * 1_000,
              ZoneOffset.UTC);
    };
  }

  private static long number(FieldVector vector, int i) {
    ArrowBuf data = vector.getDataBuffer();
    return switch (((BaseFixedWidthVector) vector).getTypeWidth()) {
      case 1 -> data.getByte(i);
      case 2 -> data.getShort(i * 2L);
      case 4 -> data.getInt(i * 4L);
      default -> data.getLong(i * 8L);
    };
  }
}
