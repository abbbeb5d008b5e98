package io.thalweg.parquet;

import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.testing.RandomTables;
import io.thalweg.format.testing.VectorValues;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Kind;
import io.thalweg.format.type.DataType.Scalar;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.AbstractMap.SimpleImmutableEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;

/** Writes rows to bytes of files and reads them back. */
final class ParquetTables {
  static final ParquetWriteOptions SMALL = new ParquetWriteOptions(1, 700, 64 << 10, 512);

  private ParquetTables() {}

  /** A file in memory. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record File(byte[] bytes, ParquetFooter footer) {}

  static File write(
      Schema schema,
      List<List<Object>> rows,
      ParquetWriteOptions options,
      int batchRows,
      BufferAllocator allocator) {
    return write(schema, rows, options, batchRows, row -> true, allocator);
  }

  /** The same, where a row group may end only after some rows, given by their index. */
  static File write(
      Schema schema,
      List<List<Object>> rows,
      ParquetWriteOptions options,
      int batchRows,
      IntPredicate mayEndAfter,
      BufferAllocator allocator) {
    return write(schema, rows, options, batchRows, mayEndAfter, new byte[0], allocator);
  }

  /** The same, with bytes that no reader of Parquet looks at. */
  static File write(
      Schema schema,
      List<List<Object>> rows,
      ParquetWriteOptions options,
      int batchRows,
      IntPredicate mayEndAfter,
      byte[] attached,
      BufferAllocator allocator) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ParquetFileWriter writer =
        new ParquetFileWriter(
            schema.columns(),
            options,
            Map.of("written", "by a test"),
            allocator,
            bytes -> out.write(bytes.array(), bytes.arrayOffset(), bytes.remaining()))) {
      for (int from = 0; from < rows.size(); from += batchRows) {
        List<List<Object>> some = rows.subList(from, Math.min(rows.size(), from + batchRows));
        try (VectorSchemaRoot root = RandomTables.toArrow(schema, some, allocator)) {
          int first = from;
          writer.write(root, row -> mayEndAfter.test(first + row));
        }
      }
      if (attached.length > 0) {
        ByteRange place = writer.attach(ByteBuffer.wrap(attached));
        writer.metadata("attached", place.offset() + "," + place.length());
      }
      ParquetFooter footer = writer.finish();
      if (writer.bytesWritten() != out.size()) {
        throw new AssertionError(writer.bytesWritten() + " counted, " + out.size() + " received");
      }
      return new File(out.toByteArray(), footer);
    }
  }

  static ParquetFooter footer(byte[] file) {
    return ParquetFooter.read(ByteBuffer.wrap(file), file.length);
  }

  /** All rows of those columns, in the forms of {@link RandomTables}. */
  static List<List<Object>> read(
      byte[] file, ParquetFooter footer, List<Column> columns, BufferAllocator allocator) {
    List<List<Object>> rows = new ArrayList<>();
    for (int group = 0; group < footer.rowGroups().size(); group++) {
      List<ByteRange> ranges = RowGroupReader.ranges(footer, group, columns, 100);
      List<ByteBuffer> bytes =
          ranges.stream()
              .map(range -> ByteBuffer.wrap(file, (int) range.offset(), range.length()).slice())
              .toList();
      try (VectorSchemaRoot root =
          RowGroupReader.decode(footer, group, columns, ranges, bytes, allocator)) {
        for (int row = 0; row < root.getRowCount(); row++) {
          List<Object> values = new ArrayList<>();
          for (int i = 0; i < columns.size(); i++) {
            values.add(VectorValues.get(root.getVector(i), row, columns.get(i).type()));
          }
          rows.add(values);
        }
      }
    }
    return rows;
  }

  /** Rows that Parquet can hold: seconds are brought into the range of milliseconds. */
  static List<List<Object>> storable(Schema schema, List<List<Object>> rows) {
    List<List<Object>> result = new ArrayList<>();
    for (List<Object> row : rows) {
      List<Object> values = new ArrayList<>();
      for (int i = 0; i < row.size(); i++) {
        values.add(storable(schema.columns().get(i).type(), row.get(i)));
      }
      result.add(values);
    }
    return result;
  }

  private static Object storable(DataType type, Object value) {
    if (value == null) {
      return null;
    }
    if (type instanceof DataType.Vector || type instanceof DataType.Variant) {
      return value;
    }
    if (type instanceof DataType.Array array) {
      List<Object> elements = new ArrayList<>();
      ((List<?>) value).forEach(each -> elements.add(storable(array.element(), each)));
      return elements;
    }
    if (type instanceof DataType.Map map) {
      List<Object> entries = new ArrayList<>();
      for (Object each : (List<?>) value) {
        Map.Entry<?, ?> entry = (Map.Entry<?, ?>) each;
        entries.add(
            new SimpleImmutableEntry<>(
                storable(map.key(), entry.getKey()), storable(map.value(), entry.getValue())));
      }
      return entries;
    }
    if (type instanceof DataType.Row row) {
      List<Object> fields = new ArrayList<>();
      for (int i = 0; i < row.fields().size(); i++) {
        fields.add(storable(row.fields().get(i).type(), ((List<?>) value).get(i)));
      }
      return fields;
    }
    Scalar scalar = (Scalar) type;
    boolean seconds =
        scalar.precision() == 0
            && (scalar.kind() == Kind.TIMESTAMP || scalar.kind() == Kind.TIMESTAMP_LTZ);
    return seconds ? (Object) ((Long) value % (Long.MAX_VALUE / 1000)) : value;
  }
}
