package io.thalweg.parquet;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.testing.RandomTables;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Kind;
import io.thalweg.format.type.DataType.Scalar;
import io.thalweg.parquet.schema.FileTypes;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.AbstractMap.SimpleImmutableEntry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.parquet.column.ParquetProperties.WriterVersion;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.internal.column.columnindex.ColumnIndex;
import org.apache.parquet.internal.column.columnindex.OffsetIndex;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** parquet-java reads what we write, and we read what it writes. */
class ParquetJavaOracleTest {
  private final BufferAllocator allocator = new RootAllocator();
  @TempDir private Path directory;

  @AfterEach
  void everyBufferIsReleased() {
    allocator.close();
  }

  @Test
  void randomTables() throws IOException {
    for (int seed = 0; seed < 60; seed++) {
      RandomTables tables = new RandomTables(new Random(seed));
      Schema schema = tables.schema(5, 4);
      int count = new Random(seed).nextInt(seed % 6 == 0 ? 3_000 : 150);
      check(seed, schema, ParquetTables.storable(schema, tables.rows(schema, count)));
    }
  }

  @Test
  void everyType() throws IOException {
    Schema schema = RoundTripTest.EVERY_TYPE;
    List<List<Object>> rows = new RandomTables(new Random(1)).rows(schema, 2_000);
    check(1, schema, ParquetTables.storable(schema, rows));
  }

  private void check(int seed, Schema schema, List<List<Object>> rows) throws IOException {
    Path ours = directory.resolve("ours" + seed + ".parquet");
    ParquetWriteOptions options = seed % 2 == 0 ? ParquetTables.SMALL : ParquetWriteOptions.DEFAULT;
    byte[] attached = new byte[seed % 3 * 100];
    Files.write(
        ours,
        ParquetTables.write(schema, rows, options, 500, row -> true, attached, allocator).bytes());
    List<Group> groups = new ArrayList<>();
    MessageType type;
    try (ParquetFileReader reader = ParquetFileReader.open(new LocalInputFile(ours))) {
      type = reader.getFooter().getFileMetaData().getSchema();
      PageReadStore pages = reader.readNextRowGroup();
      while (pages != null) {
        RecordReader<Group> records =
            new ColumnIOFactory()
                .getColumnIO(type)
                .getRecordReader(pages, new GroupRecordConverter(type));
        for (long i = 0; i < pages.getRowCount(); i++) {
          groups.add(records.read());
        }
        pages = reader.readNextRowGroup();
      }
    }
    same(seed, schema, groups.stream().map(group -> row(schema, group)).toList(), rows);
    for (WriterVersion version : WriterVersion.values()) {
      Path theirs = directory.resolve("theirs" + seed + version + ".parquet");
      try (ParquetWriter<Group> writer =
          ExampleParquetWriter.builder(new LocalOutputFile(theirs))
              .withType(type)
              .withWriterVersion(version)
              .withCompressionCodec(
                  seed % 3 == 0 ? CompressionCodecName.UNCOMPRESSED : CompressionCodecName.ZSTD)
              .withPageSize(4_096)
              .withRowGroupSize(128L << 10)
              .build()) {
        for (List<Object> row : rows) {
          writer.write(group(schema, row, type));
        }
      }
      byte[] bytes = Files.readAllBytes(theirs);
      ParquetFooter footer = ParquetTables.footer(bytes);
      same(seed, schema, ParquetTables.read(bytes, footer, schema.columns(), allocator), rows);
    }
  }

  private static void same(
      int seed, Schema schema, List<List<Object>> found, List<List<Object>> wanted) {
    assertThat(found).as("seed %s", seed).hasSameSizeAs(wanted);
    for (int i = 0; i < wanted.size(); i++) {
      assertThat(RandomTables.comparable(found.get(i)))
          .as("row %s of seed %s: %s", i, seed, schema)
          .isEqualTo(RandomTables.comparable(wanted.get(i)));
    }
  }

  private static List<Object> row(Schema schema, Group group) {
    List<Object> row = new ArrayList<>();
    for (int i = 0; i < schema.columns().size(); i++) {
      row.add(value(schema.columns().get(i).type(), group, i));
    }
    return row;
  }

  /** The value of a field that is not repeated. */
  private static Object value(DataType type, Group group, int field) {
    if (group.getFieldRepetitionCount(field) == 0) {
      return null;
    }
    if (type instanceof DataType.Vector vector) {
      return value(new DataType.Array(0, vector.elementType(), true), group, field);
    }
    if (type instanceof DataType.Variant) {
      return value(DataType.Variant.STORAGE, group, field);
    }
    if (type instanceof DataType.Array array) {
      Group list = group.getGroup(field, 0);
      List<Object> elements = new ArrayList<>();
      for (int i = 0; i < list.getFieldRepetitionCount(0); i++) {
        elements.add(value(array.element(), list.getGroup(0, i), 0));
      }
      return elements;
    }
    if (type instanceof DataType.Map map) {
      Group entries = group.getGroup(field, 0);
      List<Object> pairs = new ArrayList<>();
      for (int i = 0; i < entries.getFieldRepetitionCount(0); i++) {
        Group pair = entries.getGroup(0, i);
        pairs.add(
            new SimpleImmutableEntry<>(value(map.key(), pair, 0), value(map.value(), pair, 1)));
      }
      return pairs;
    }
    if (type instanceof DataType.Row row) {
      Group fields = group.getGroup(field, 0);
      List<Object> values = new ArrayList<>();
      for (int i = 0; i < row.fields().size(); i++) {
        values.add(value(row.fields().get(i).type(), fields, i));
      }
      return values;
    }
    return scalar((Scalar) type, group, field);
  }

  private static Object scalar(Scalar type, Group group, int field) {
    return switch (type.kind()) {
      case BOOLEAN -> group.getBoolean(field, 0);
      case TINYINT, SMALLINT, INT, DATE -> (long) group.getInteger(field, 0);
      case BIGINT -> group.getLong(field, 0);
      case TIMESTAMP, TIMESTAMP_LTZ -> group.getLong(field, 0) / unit(type);
      case TIME ->
          (type.precision() <= 3 ? group.getInteger(field, 0) : group.getLong(field, 0))
              / unit(type);
      case FLOAT -> group.getFloat(field, 0);
      case DOUBLE -> group.getDouble(field, 0);
      case DECIMAL ->
          type.precision() <= 9
              ? BigInteger.valueOf(group.getInteger(field, 0))
              : type.precision() <= 18
                  ? BigInteger.valueOf(group.getLong(field, 0))
                  : new BigInteger(group.getBinary(field, 0).getBytes());
      case CHAR, STRING -> new String(group.getBinary(field, 0).getBytes(), StandardCharsets.UTF_8);
      case BINARY, BYTES -> group.getBinary(field, 0).getBytes();
    };
  }

  private static long unit(Scalar type) {
    return type.precision() == 0 ? 1_000 : 1;
  }

  private static Group group(Schema schema, List<Object> row, MessageType type) {
    Group group = new SimpleGroup(type);
    for (int i = 0; i < row.size(); i++) {
      set(schema.columns().get(i).type(), group, i, row.get(i));
    }
    return group;
  }

  private static void set(DataType type, Group group, int field, Object value) {
    if (value == null) {
      return;
    }
    if (type instanceof DataType.Vector vector) {
      set(new DataType.Array(0, vector.elementType(), true), group, field, value);
    } else if (type instanceof DataType.Variant) {
      set(DataType.Variant.STORAGE, group, field, value);
    } else if (type instanceof DataType.Array array) {
      Group list = group.addGroup(field);
      ((List<?>) value).forEach(each -> set(array.element(), list.addGroup(0), 0, each));
    } else if (type instanceof DataType.Map map) {
      Group entries = group.addGroup(field);
      for (Object each : (List<?>) value) {
        Group pair = entries.addGroup(0);
        set(map.key(), pair, 0, ((Map.Entry<?, ?>) each).getKey());
        set(map.value(), pair, 1, ((Map.Entry<?, ?>) each).getValue());
      }
    } else if (type instanceof DataType.Row row) {
      Group fields = group.addGroup(field);
      for (int i = 0; i < row.fields().size(); i++) {
        set(row.fields().get(i).type(), fields, i, ((List<?>) value).get(i));
      }
    } else {
      setScalar((Scalar) type, group, field, value);
    }
  }

  private static void setScalar(Scalar type, Group group, int field, Object value) {
    switch (type.kind()) {
      case BOOLEAN -> group.add(field, (Boolean) value);
      case TINYINT, SMALLINT, INT, DATE -> group.add(field, (int) (long) value);
      case BIGINT -> group.add(field, (long) value);
      case TIMESTAMP, TIMESTAMP_LTZ -> group.add(field, (long) value * unit(type));
      case TIME -> {
        if (type.precision() <= 3) {
          group.add(field, (int) ((long) value * unit(type)));
        } else {
          group.add(field, (long) value);
        }
      }
      case FLOAT -> group.add(field, (float) value);
      case DOUBLE -> group.add(field, (double) value);
      case DECIMAL -> setDecimal(type, group, field, (BigInteger) value);
      case CHAR, STRING -> group.add(field, (String) value);
      case BINARY, BYTES -> group.add(field, Binary.fromConstantByteArray((byte[]) value));
    }
  }

  private static void setDecimal(Scalar type, Group group, int field, BigInteger value) {
    if (type.precision() <= 9) {
      group.add(field, value.intValueExact());
    } else if (type.precision() <= 18) {
      group.add(field, value.longValueExact());
    } else {
      byte[] fixed = new byte[FileTypes.decimalBytes(type.precision())];
      Arrays.fill(fixed, (byte) (value.signum() < 0 ? -1 : 0));
      byte[] bytes = value.toByteArray();
      System.arraycopy(bytes, 0, fixed, fixed.length - bytes.length, bytes.length);
      group.add(field, Binary.fromConstantByteArray(fixed));
    }
  }

  @Test
  void thePageIndexIsRead() throws IOException {
    Schema schema = RoundTripTest.schema("i INT, s STRING, d DOUBLE");
    List<List<Object>> rows = new ArrayList<>();
    Random random = new Random(3);
    for (int i = 0; i < 2_000; i++) {
      Object word = i < 500 ? null : "x".repeat(40) + (char) ('a' + i / 500) + i;
      rows.add(
          Arrays.asList(
              i * 1000L + random.nextInt(900), word, i == 0 ? Double.NaN : random.nextDouble()));
    }
    Path file = directory.resolve("index.parquet");
    ParquetWriteOptions options = new ParquetWriteOptions(1, 1_000, 32 << 20, 300);
    Files.write(file, ParquetTables.write(schema, rows, options, 2_000, allocator).bytes());
    try (ParquetFileReader reader = ParquetFileReader.open(new LocalInputFile(file))) {
      assertThat(reader.getRowGroups()).hasSize(2);
      BlockMetaData block = reader.getRowGroups().get(0);
      ColumnChunkMetaData ints = block.getColumns().get(0);
      OffsetIndex pages = reader.readOffsetIndex(ints);
      ColumnIndex index = reader.readColumnIndex(ints);
      assertThat(pages.getPageCount()).isGreaterThan(1);
      assertThat(index.getNullPages()).hasSize(pages.getPageCount()).containsOnly(false);
      for (int page = 0; page < pages.getPageCount(); page++) {
        int first = (int) pages.getFirstRowIndex(page);
        int last = (int) pages.getLastRowIndex(page, block.getRowCount());
        assertThat((long) little(index.getMinValues().get(page))).isEqualTo(rows.get(first).get(0));
        assertThat((long) little(index.getMaxValues().get(page))).isEqualTo(rows.get(last).get(0));
      }
      ColumnIndex words = reader.readColumnIndex(block.getColumns().get(1));
      assertThat(words.getNullPages()).contains(true).contains(false);
      words.getMaxValues().forEach(max -> assertThat(max.remaining()).isLessThanOrEqualTo(32));
      assertThat(reader.readColumnIndex(block.getColumns().get(2))).as("NaN in it").isNull();
      assertThat(reader.readColumnIndex(reader.getRowGroups().get(1).getColumns().get(2)))
          .isNotNull();
    }
  }

  private static int little(ByteBuffer bytes) {
    return bytes.order(ByteOrder.LITTLE_ENDIAN).getInt();
  }

  /** Our statistics are true of every value, and exact where no bound is cut. */
  @Test
  void statisticsAreTrue() throws IOException {
    Schema schema = RoundTripTest.schema("id BIGINT NOT NULL, day DATE, s STRING");
    List<Column> columns = schema.columns();
    assertThat(columns.get(0).type()).isEqualTo(new Scalar(Kind.BIGINT, 0, 0, false));
    List<List<Object>> rows =
        List.of(List.of(5L, -3L, "b"), List.of(-7L, 12L, "a"), List.of(6L, 0L, "c"));
    Path file = directory.resolve("stats.parquet");
    Files.write(
        file,
        ParquetTables.write(schema, rows, ParquetWriteOptions.DEFAULT, 10, allocator).bytes());
    try (ParquetFileReader reader = ParquetFileReader.open(new LocalInputFile(file))) {
      List<ColumnChunkMetaData> chunks = reader.getRowGroups().get(0).getColumns();
      assertThat(chunks.stream().map(each -> each.getStatistics().minAsString()).toList())
          .containsExactly("-7", "1969-12-29", "a");
      assertThat(chunks.stream().map(each -> each.getStatistics().maxAsString()).toList())
          .containsExactly("6", "1970-01-13", "c");
      assertThat(chunks.stream().map(each -> each.getStatistics().getNumNulls()).toList())
          .containsExactly(0L, 0L, 0L);
    }
  }
}
