package io.thalweg.format.schema;

import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Kind;
import io.thalweg.format.type.Defaults;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The durable form of types and schemas; the package text specifies it. Stateless. */
public final class SchemaCodec {
  private static final int NOT_NULL = 0x80;
  private static final int ARRAY = 64;
  private static final int MAP = 65;
  private static final int ROW = 66;

  /** Stands before a type whose column or field has default values. */
  private static final int DEFAULTS = 67;

  private static final int VECTOR = 68;
  private static final int VARIANT = 69;

  private static final int MAX_TEXT = Names.MAX_TEXT_BYTES;

  private SchemaCodec() {}

  /** Writes a schema. */
  public static void write(BytesWriter out, Schema schema) {
    out.varint(schema.schemaId()).varint(schema.highestColumnId());
    out.list(
        schema.columns(),
        (writer, column) -> {
          writer.varint(column.id()).text(column.name());
          writeDefaults(writer, column.defaults());
          writeType(writer, column.type());
          writer.text(column.comment());
        });
    out.list(schema.primaryKey(), (writer, id) -> writer.varint(id));
  }

  /** Reads a schema. */
  public static Schema read(BytesReader in) {
    int schemaId = in.varint(Integer.MAX_VALUE);
    int highest = in.varint(Integer.MAX_VALUE);
    List<Column> columns =
        in.list(
            reader -> {
              int id = reader.varint(Integer.MAX_VALUE);
              String name = reader.text(MAX_TEXT);
              Defaults defaults = readDefaults(reader);
              DataType type = readType(reader, 0);
              return new Column(id, name, type, reader.text(MAX_TEXT), defaults);
            });
    return new Schema(
        schemaId, highest, columns, in.list(reader -> reader.varint(Integer.MAX_VALUE)));
  }

  /** Writes nothing for a column that is null where none was written, as every older one is. */
  private static void writeDefaults(BytesWriter out, Defaults defaults) {
    if (!defaults.isNone()) {
      out.int8(DEFAULTS);
      writeDefault(out, defaults.initial());
      writeDefault(out, defaults.write());
    }
  }

  private static void writeDefault(BytesWriter out, Optional<String> value) {
    out.bool(value.isPresent());
    value.ifPresent(out::text);
  }

  private static Defaults readDefaults(BytesReader in) {
    if (!in.acceptInt8(DEFAULTS)) {
      return Defaults.NONE;
    }
    return new Defaults(readDefault(in), readDefault(in));
  }

  private static Optional<String> readDefault(BytesReader in) {
    return in.bool() ? Optional.of(in.text(MAX_TEXT)) : Optional.empty();
  }

  private static void writeType(BytesWriter out, DataType type) {
    int flag = type.nullable() ? 0 : NOT_NULL;
    switch (type.shape()) {
      case SCALAR -> {
        DataType.Scalar scalar = (DataType.Scalar) type;
        out.int8(scalar.kind().number() | flag).varint(scalar.precision()).varint(scalar.scale());
      }
      case VECTOR -> {
        DataType.Vector vector = (DataType.Vector) type;
        out.int8(VECTOR | flag).varint(vector.elementId());
        out.int8(vector.element().number()).varint(vector.length());
      }
      case VARIANT -> out.int8(VARIANT | flag);
      case ARRAY -> {
        DataType.Array array = (DataType.Array) type;
        out.int8(ARRAY | flag).varint(array.elementId());
        writeType(out, array.element());
      }
      case MAP -> {
        DataType.Map map = (DataType.Map) type;
        out.int8(MAP | flag).varint(map.keyId());
        writeType(out, map.key());
        out.varint(map.valueId());
        writeType(out, map.value());
      }
      case ROW -> {
        DataType.Row row = (DataType.Row) type;
        out.int8(ROW | flag).varint(row.fields().size());
        for (DataType.Field field : row.fields()) {
          out.varint(field.id()).text(field.name());
          writeDefaults(out, field.defaults());
          writeType(out, field.type());
        }
      }
    }
  }

  private static DataType readType(BytesReader in, int depth) {
    if (depth > DataType.MAX_DEPTH + 1) {
      throw ThalwegException.corrupt("a type is nested deeper than " + DataType.MAX_DEPTH);
    }
    int head = in.int8() & 0xff;
    boolean nullable = (head & NOT_NULL) == 0;
    int kind = head & ~NOT_NULL;
    try {
      return switch (kind) {
        case VECTOR ->
            new DataType.Vector(
                in.varint(Integer.MAX_VALUE),
                scalarKind(in.int8()),
                in.varint(Integer.MAX_VALUE),
                nullable);
        case VARIANT -> new DataType.Variant(nullable);
        case ARRAY ->
            new DataType.Array(in.varint(Integer.MAX_VALUE), readType(in, depth + 1), nullable);
        case MAP ->
            new DataType.Map(
                in.varint(Integer.MAX_VALUE),
                readType(in, depth + 1),
                in.varint(Integer.MAX_VALUE),
                readType(in, depth + 1),
                nullable);
        case ROW -> {
          int count = in.varint(in.remaining());
          List<DataType.Field> fields = new ArrayList<>();
          for (int i = 0; i < count; i++) {
            int id = in.varint(Integer.MAX_VALUE);
            String name = in.text(MAX_TEXT);
            Defaults defaults = readDefaults(in);
            fields.add(new DataType.Field(id, name, readType(in, depth + 1), defaults));
          }
          yield new DataType.Row(fields, nullable);
        }
        default ->
            new DataType.Scalar(scalarKind(kind), in.varint(65_535), in.varint(38), nullable);
      };
    } catch (IllegalArgumentException outOfBounds) {
      throw ThalwegException.corrupt("a type cannot be: " + outOfBounds.getMessage());
    }
  }

  private static Kind scalarKind(int number) {
    for (Kind kind : Kind.values()) {
      if (kind.number() == number) {
        return kind;
      }
    }
    throw ThalwegException.unsupported("a type has the kind " + number + ", unknown here");
  }
}
