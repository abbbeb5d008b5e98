package io.thalweg.parquet;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.filter.BoundPredicate;
import io.thalweg.format.filter.PredicateParser;
import io.thalweg.format.filter.Selection;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.testing.RandomTables;
import io.thalweg.format.type.DataType.Scalar;
import io.thalweg.format.type.TypeText;
import io.thalweg.format.variant.ShreddedType;
import io.thalweg.format.variant.ShreddingSample;
import io.thalweg.format.variant.Variant;
import io.thalweg.format.variant.VariantException;
import io.thalweg.format.variant.VariantKind;
import io.thalweg.format.variant.VariantPath;
import io.thalweg.format.variant.VariantView;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.MessageType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Shredded variants come back as they were; parquet-java reads ours, and we read its. */
class ShreddedVariantTest {
  private static final Schema SCHEMA = RoundTripTest.schema("i BIGINT, v VARIANT");
  private static final List<String> TYPES =
      List.of(
          "BIGINT",
          "INT",
          "SMALLINT",
          "TINYINT",
          "STRING",
          "BOOLEAN",
          "DOUBLE",
          "DECIMAL(9, 2)",
          "DECIMAL(18, 2)",
          "DECIMAL(38, 3)");

  private final BufferAllocator allocator = new RootAllocator();
  @TempDir private Path directory;

  @AfterEach
  void everyBufferIsReleased() {
    allocator.close();
  }

  static ShreddedType type(String... pathsAndTypes) throws VariantException {
    Map<List<String>, Scalar> paths = new TreeMap<>((a, b) -> a.toString().compareTo(b.toString()));
    for (int i = 0; i < pathsAndTypes.length; i += 2) {
      paths.put(
          List.of(pathsAndTypes[i].split("\\.")), (Scalar) TypeText.parse(pathsAndTypes[i + 1]));
    }
    return ShreddedType.of(paths);
  }

  static byte[] write(
      Schema schema, List<List<Object>> rows, ShreddedType type, BufferAllocator allocator) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ParquetFileWriter writer =
            new ParquetFileWriter(
                schema.columns(),
                Map.of(schema.columns().get(1).id(), type),
                ParquetTables.SMALL,
                Map.of(),
                allocator,
                bytes -> out.write(bytes.array(), bytes.arrayOffset(), bytes.remaining()));
        VectorSchemaRoot root = RandomTables.toArrow(schema, rows, allocator)) {
      writer.write(root);
      writer.finish();
    }
    return out.toByteArray();
  }

  private static List<Object> row(long i, Variant variant) {
    return Arrays.asList(i, variant == null ? null : List.of(variant.metadata(), variant.value()));
  }

  private static List<List<Object>> rows(List<Variant> variants) {
    List<List<Object>> rows = new ArrayList<>();
    for (int i = 0; i < variants.size(); i++) {
      rows.add(row(i, variants.get(i)));
    }
    return rows;
  }

  private List<Variant> read(byte[] file) throws VariantException {
    List<Variant> variants = new ArrayList<>();
    for (List<Object> row :
        ParquetTables.read(file, ParquetTables.footer(file), SCHEMA.columns(), allocator)) {
      List<?> parts = (List<?>) row.get(1);
      variants.add(parts == null ? null : Variant.of((byte[]) parts.get(0), (byte[]) parts.get(1)));
    }
    return variants;
  }

  /**
   * Compares kinds and values. Bytes may differ in the order of an object's values, and
   * parquet-java gives numbers the width of their column.
   */
  private static void same(List<Variant> given, List<Variant> wanted) {
    assertThat(given).hasSameSizeAs(wanted);
    for (int i = 0; i < wanted.size(); i++) {
      if (wanted.get(i) == null) {
        assertThat(given.get(i)).isNull();
      } else {
        same(given.get(i).view(), wanted.get(i).view());
      }
    }
  }

  private static void same(VariantView given, VariantView wanted) {
    assertThat(given.kind()).isEqualTo(wanted.kind());
    if (wanted.kind() == VariantKind.OBJECT || wanted.kind() == VariantKind.ARRAY) {
      assertThat(given.size()).isEqualTo(wanted.size());
      for (int i = 0; i < wanted.size(); i++) {
        if (wanted.kind() == VariantKind.OBJECT) {
          assertThat(given.name(i)).isEqualTo(wanted.name(i));
        }
        same(given.item(i), wanted.item(i));
      }
    } else if (wanted.kind() == VariantKind.LONG) {
      assertThat(given.asLong()).isEqualTo(wanted.asLong());
    } else if (wanted.kind() == VariantKind.DECIMAL) {
      assertThat(given.asDecimal()).isEqualTo(wanted.asDecimal());
    } else {
      assertThat(given.toVariant().value()).isEqualTo(wanted.toVariant().value());
    }
  }

  /** A document whose paths repeat, with types that mostly do. */
  private static Variant document(Random random) throws VariantException {
    if (random.nextInt(12) == 0) {
      return Variant.parse(new RandomTables(random).json(3));
    }
    List<String> fields = new ArrayList<>();
    for (String name : List.of("zeta", "a", "kind", "b", "c", "price")) {
      if (random.nextInt(4) > 0) {
        fields.add("\"" + name + "\": " + value(name, random, 3));
      }
    }
    return Variant.parse("{" + String.join(", ", fields) + "}");
  }

  private static String value(String name, Random random, int depth) {
    if (random.nextInt(8) == 0) {
      return new RandomTables(random).json(2);
    }
    return switch (name) {
      case "kind" -> "\"k" + random.nextInt(5) + "\"";
      case "price" -> random.nextInt(1000) + ".25";
      case "a" ->
          depth == 0
              ? "7"
              : "{\"b\": "
                  + value("b", random, depth - 1)
                  + ", \"a\": "
                  + value("a", random, depth - 1)
                  + ", \"x\": [1, 2, {\"b\": null}]}";
      case "b" -> String.valueOf(random.nextInt(100_000));
      default -> String.valueOf(random.nextBoolean());
    };
  }

  private static List<Variant> documents(int seed, int count) throws VariantException {
    Random random = new Random(seed);
    List<Variant> documents = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      documents.add(random.nextInt(20) == 0 ? null : document(random));
    }
    return documents;
  }

  private static ShreddedType shape(int seed) throws VariantException {
    Random random = new Random(seed);
    List<String> all =
        List.of("a.b", "a.a.b", "a.a.a.b", "b", "c", "kind", "price", "zeta", "none.x");
    List<String> parts = new ArrayList<>();
    for (String path : all) {
      if (random.nextBoolean()) {
        parts.add(path);
        parts.add(
            switch (random.nextInt(3)) {
              case 0 -> TYPES.get(random.nextInt(TYPES.size()));
              default ->
                  path.endsWith("b")
                      ? "BIGINT"
                      : path.equals("price")
                          ? "DECIMAL(18, 2)"
                          : path.equals("kind") ? "STRING" : "BOOLEAN";
            });
      }
    }
    return parts.isEmpty() ? type("b", "BIGINT") : type(parts.toArray(String[]::new));
  }

  @Test
  void comesBackAsItWas() throws Exception {
    for (int seed = 0; seed < 60; seed++) {
      List<Variant> documents = documents(seed, 300);
      List<Variant> back = read(write(SCHEMA, rows(documents), shape(seed), allocator));
      same(back, documents);
      for (int i = 0; i < back.size(); i++) {
        if (back.get(i) != null) {
          assertThat(back.get(i).value()).hasSameSizeAs(documents.get(i).value());
        }
      }
    }
  }

  @Test
  void parquetJavaReadsOursAndWeReadIts() throws Exception {
    for (int seed = 100; seed < 130; seed++) {
      List<Variant> documents = documents(seed, 200);
      Path ours = directory.resolve("ours" + seed);
      Files.write(ours, write(SCHEMA, rows(documents), shape(seed), allocator));
      MessageType type = schemaOf(ours);
      same(theirRead(ours, type), documents);
      Path theirs = directory.resolve("theirs" + seed);
      theirWrite(theirs, type, documents);
      same(read(Files.readAllBytes(theirs)), documents);
    }
  }

  private static final List<String> FILTERS =
      List.of(
          "variant_get(v, '$.a.b', 'BIGINT') > 50000",
          "variant_get(v, '$.a.b', 'INT') <= 99",
          "variant_get(v, '$.a.b', 'STRING') LIKE '9%'",
          "variant_get(v, '$.a.b', 'BIGINT') IS NULL",
          "variant_get(v, '$[\"kind\"]', 'STRING') IN ('k1', 'k2')",
          "NOT variant_get(v, '$.kind', 'STRING') = 'k1'",
          "variant_get(v, '$.price', 'DECIMAL(18, 2)') < 100",
          "variant_get(v, '$.price', 'DOUBLE') >= 500",
          "variant_get(v, '$.c', 'BOOLEAN') IS TRUE OR variant_get(v, '$.b', 'SMALLINT') > 3",
          "variant_get(v, '$.zeta', 'STRING') = 'true'",
          "variant_get(v, '$.b', 'BIGINT') > 1000000",
          "variant_get(v, '$.b', 'BIGINT') IS NOT NULL AND i > 10");

  /** A filter finds the same in the paths alone as in whole variants, and skips none of it. */
  @Test
  void filtersFindTheSameInPathsAlone() throws Exception {
    int skipped = 0;
    int alone = 0;
    for (int seed = 200; seed < 230; seed++) {
      List<Variant> documents = seed % 3 == 0 ? regular(seed, 300) : documents(seed, 300);
      byte[] file = write(SCHEMA, rows(documents), shape(seed), allocator);
      ParquetFooter footer = ParquetTables.footer(file);
      for (String text : FILTERS) {
        BoundPredicate filter = BoundPredicate.bind(PredicateParser.parse(text), SCHEMA);
        Map<Integer, List<VariantPath>> paths = new HashMap<>();
        filter.variantPaths().forEach((at, each) -> paths.put(SCHEMA.columns().get(at).id(), each));
        assertThat(paths).hasSize(1);
        for (int group = 0; group < footer.rowGroups().size(); group++) {
          ColumnReads some = new ColumnReads(SCHEMA.columns(), paths);
          List<Integer> wanted =
              select(filter, file, footer, group, ColumnReads.of(SCHEMA.columns()));
          assertThat(select(filter, file, footer, group, some)).as(text).isEqualTo(wanted);
          alone +=
              bytes(footer, group, some) < bytes(footer, group, ColumnReads.of(SCHEMA.columns()))
                  ? 1
                  : 0;
          RowGroup rows = footer.rowGroups().get(group);
          if (!filter.mayMatch(rows.stats(), rows.inside(), rows.rowCount())) {
            assertThat(wanted).as(text).isEmpty();
            skipped++;
          }
        }
      }
    }
    assertThat(alone).isGreaterThan(100);
    assertThat(skipped).isGreaterThan(10);
  }

  /** Documents of which each path has one type. */
  private static List<Variant> regular(int seed, int count) throws VariantException {
    Random random = new Random(seed);
    List<Variant> documents = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      documents.add(
          Variant.parse(
              "{\"b\": %d, \"a\": {\"b\": %d}, \"kind\": \"k%d\", \"price\": %d.50}"
                  .formatted(
                      random.nextInt(1000),
                      random.nextInt(90_000) + 100,
                      random.nextInt(4) + 2,
                      random.nextInt(300) + 100)));
    }
    return documents;
  }

  private static long bytes(ParquetFooter footer, int group, ColumnReads reads) {
    return RowGroupReader.ranges(footer, group, reads, 0).stream()
        .mapToLong(ByteRange::length)
        .sum();
  }

  private List<Integer> select(
      BoundPredicate filter, byte[] file, ParquetFooter footer, int group, ColumnReads reads) {
    List<ByteRange> ranges = RowGroupReader.ranges(footer, group, reads, 100);
    List<ByteBuffer> bytes =
        ranges.stream()
            .map(range -> ByteBuffer.wrap(file, (int) range.offset(), range.length()).slice())
            .toList();
    try (VectorSchemaRoot root =
        RowGroupReader.decode(
            footer, group, reads, ranges, bytes, ChecksumRules.STANDARD, allocator)) {
      Selection selection = filter.select(root::getVector, root.getRowCount());
      List<Integer> rows = new ArrayList<>();
      for (int i = 0; i < selection.count(); i++) {
        rows.add(selection.row(i));
      }
      return rows;
    }
  }

  @Test
  void aSampleTakesWhatOccursOftenAndIsAlike() throws Exception {
    Schema schema = SCHEMA;
    List<Variant> documents = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      documents.add(
          Variant.parse(
              "{\"a\": {\"b\": %d, \"mixed\": %s}, \"k\": \"x\", \"p\": 1.%02d%s, \"l\": [1]}"
                  .formatted(i, i % 2 == 0 ? "1" : "\"1\"", i, i < 5 ? ", \"rare\": 1" : "")));
    }
    try (VectorSchemaRoot root = RandomTables.toArrow(schema, rows(documents), allocator)) {
      ShreddingSample sample = new ShreddingSample();
      sample.add((StructVector) root.getVector(1), root.getRowCount());
      assertThat(sample.type())
          .contains(type("a.b", "BIGINT", "k", "STRING", "p", "DECIMAL(18, 2)"));
    }
    assertThat(new ShreddingSample().type()).isEmpty();
  }

  /** A list among the parts, which we never write. */
  @Test
  void shreddedArraysOfParquetJava() throws Exception {
    MessageType type =
        org.apache.parquet.schema.MessageTypeParser.parseMessageType(
            """
            message table {
              optional int64 i;
              optional group v (VARIANT(1)) {
                required binary metadata;
                optional binary value;
                optional group typed_value (LIST) {
                  repeated group list {
                    required group element {
                      optional binary value;
                      optional binary typed_value (STRING);
                    }
                  }
                }
              }
            }
            """);
    List<Variant> documents = new ArrayList<>();
    for (String json :
        List.of("[\"x\", 3, null, \"y\", {\"b\": [1]}]", "[]", "\"none\"", "[1]", "null", "{}")) {
      documents.add(Variant.parse(json));
    }
    Path theirs = directory.resolve("arrays");
    theirWrite(theirs, type, documents);
    same(read(Files.readAllBytes(theirs)), documents);
  }

  private static MessageType schemaOf(Path file) throws IOException {
    try (ParquetFileReader reader = ParquetFileReader.open(new LocalInputFile(file))) {
      return reader.getFooter().getFileMetaData().getSchema();
    }
  }

  private static List<Variant> theirRead(Path file, MessageType type) throws Exception {
    List<Variant> variants = new ArrayList<>();
    try (ParquetFileReader reader = ParquetFileReader.open(new LocalInputFile(file))) {
      PageReadStore pages = reader.readNextRowGroup();
      while (pages != null) {
        RecordReader<Variant> records =
            new ColumnIOFactory()
                .getColumnIO(type)
                .getRecordReader(pages, new VariantRecords.Reading(type));
        for (long i = 0; i < pages.getRowCount(); i++) {
          variants.add(records.read());
        }
        pages = reader.readNextRowGroup();
      }
    }
    return variants;
  }

  private static void theirWrite(Path file, MessageType type, List<Variant> variants)
      throws IOException {
    try (ParquetWriter<Variant> writer =
        new VariantRecords.Builder(new LocalOutputFile(file), type).build()) {
      for (Variant variant : variants) {
        writer.write(variant);
      }
    }
  }

  static org.apache.parquet.variant.Variant theirs(Variant variant) {
    return new org.apache.parquet.variant.Variant(
        ByteBuffer.wrap(variant.value()), ByteBuffer.wrap(variant.metadata()));
  }
}
