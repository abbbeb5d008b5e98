package io.thalweg.format.row;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.testing.RandomTables;
import io.thalweg.format.testing.VectorValues;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Scalar;
import io.thalweg.format.type.TypeText;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Rows through codec, view and builder, with examples and seeded properties. */
class RowCodecTest {
  private static final int SEEDS = 300;
  private final BufferAllocator allocator = new RootAllocator();

  @AfterEach
  void everyBufferIsReleased() {
    allocator.close();
  }

  private static Schema schema(String columns) {
    return Schema.first(
        TypeText.parseColumns(columns).stream()
            .map(field -> Column.of(field.name(), field.type()))
            .toList(),
        List.of());
  }

  private BinaryList encode(Schema schema, List<List<Object>> rows) {
    BinaryList out = BinaryList.of(new byte[] {1, 2, 3}, null);
    try (VectorSchemaRoot root = RandomTables.toArrow(schema, rows, allocator)) {
      new RowCodec(schema).encode(root.getFieldVectors(), rows.size(), out);
    }
    assertThat(out.count()).isEqualTo(rows.size() + 2);
    assertThat(out.get(0)).containsExactly(1, 2, 3);
    BinaryList encoded = new BinaryList();
    for (int i = 2; i < out.count(); i++) {
      encoded.add(out, i);
    }
    return encoded;
  }

  private List<List<Object>> decode(
      RowCodec codec, BinaryList rows, int from, int to, int... wanted) {
    Schema schema = codec.schema();
    List<FieldVector> vectors = new ArrayList<>();
    try {
      for (int column : wanted) {
        vectors.add(schema.toArrow().getFields().get(column).createVector(allocator));
      }
      codec.decode(rows, from, to, vectors, wanted);
      List<List<Object>> values = new ArrayList<>();
      for (int row = from; row < to; row++) {
        List<Object> value = new ArrayList<>();
        for (int i = 0; i < wanted.length; i++) {
          assertThat(vectors.get(i).getValueCount()).isEqualTo(to - from);
          value.add(
              VectorValues.get(vectors.get(i), row - from, schema.columns().get(wanted[i]).type()));
        }
        values.add(value);
      }
      return values;
    } finally {
      vectors.forEach(FieldVector::close);
    }
  }

  private static Object comparable(List<List<Object>> rows) {
    return rows.stream().map(RandomTables::comparable).toList();
  }

  @Test
  void givesBackAnyProjectionOfAnyRange() {
    for (int seed = 0; seed < SEEDS; seed++) {
      Random random = new Random(seed);
      RandomTables tables = new RandomTables(random);
      Schema schema = tables.schema(12, 3);
      List<List<Object>> rows = tables.rows(schema, random.nextInt(40));
      BinaryList encoded = encode(schema, rows);
      List<Integer> order =
          new ArrayList<>(IntStream.range(0, schema.columns().size()).boxed().toList());
      Collections.shuffle(order, random);
      int[] wanted =
          order.subList(0, random.nextInt(order.size() + 1)).stream().mapToInt(i -> i).toArray();
      int from = random.nextInt(rows.size() + 1);
      int to = from + random.nextInt(rows.size() - from + 1);
      List<List<Object>> expected = new ArrayList<>();
      for (List<Object> row : rows.subList(from, to)) {
        List<Object> projected = new ArrayList<>();
        for (int column : wanted) {
          projected.add(row.get(column));
        }
        expected.add(projected);
      }
      assertThat(comparable(decode(new RowCodec(schema), encoded, from, to, wanted)))
          .as("seed %d, %s", seed, schema)
          .isEqualTo(comparable(expected));
    }
  }

  @Test
  void manyRowsCrossEveryTile() {
    RandomTables tables = new RandomTables(new Random(9));
    Schema schema = schema("a BIGINT, b STRING, c BOOLEAN, d DECIMAL(30, 2), e BINARY(3), f BYTES");
    List<List<Object>> rows = tables.rows(schema, 1_700);
    assertThat(
            comparable(
                decode(new RowCodec(schema), encode(schema, rows), 0, 1_700, 0, 1, 2, 3, 4, 5)))
        .isEqualTo(comparable(rows));
  }

  @Test
  void viewAndBuilderAgreeWithTheCodec() {
    for (int seed = 0; seed < SEEDS; seed++) {
      RandomTables tables = new RandomTables(new Random(seed));
      Schema schema = tables.schema(12, 2);
      List<List<Object>> rows = tables.rows(schema, 8);
      BinaryList encoded = encode(schema, rows);
      RowCodec codec = new RowCodec(schema);
      RowView view = new RowView(codec);
      RowBuilder copied = new RowBuilder(codec);
      RowBuilder set = new RowBuilder(codec);
      BinaryList built = new BinaryList();
      for (int row = 0; row < rows.size(); row++) {
        view.wrap(encoded, row);
        assertThat(view.isCurrent()).isTrue();
        copied.reset();
        set.reset();
        for (int column = schema.columns().size() - 1; column >= 0; column--) {
          DataType type = schema.columns().get(column).type();
          Object value = rows.get(row).get(column);
          assertThat(view.isNull(column)).isEqualTo(value == null);
          copied.set(column, view);
          if (value == null) {
            set.setNull(column);
          } else if (type instanceof Scalar scalar) {
            assertThat(RandomTables.comparable(viewed(view, column, scalar)))
                .as("seed %d, %s", seed, scalar)
                .isEqualTo(RandomTables.comparable(value));
            set(set, column, scalar, value);
          } else {
            set.set(column, view);
          }
        }
        copied.appendTo(built);
        set.appendTo(built);
        for (int i = 2 * row; i < built.count(); i++) {
          assertThat(built.get(i)).as("seed %d, %s", seed, schema).isEqualTo(encoded.get(row));
        }
      }
    }
  }

  private static Object viewed(RowView view, int column, Scalar type) {
    return switch (type.kind()) {
      case BOOLEAN -> view.getBoolean(column);
      case TINYINT, SMALLINT, INT, DATE -> {
        assertThat(view.getLong(column)).isEqualTo(view.getInt(column));
        yield view.getLong(column);
      }
      case BIGINT, TIME, TIMESTAMP, TIMESTAMP_LTZ -> view.getLong(column);
      case FLOAT -> view.getFloat(column);
      case DOUBLE -> view.getDouble(column);
      case DECIMAL -> {
        BigInteger unscaled =
            BigInteger.valueOf(view.getDecimalHigh(column))
                .shiftLeft(64)
                .add(new BigInteger(Long.toUnsignedString(view.getDecimalLow(column))));
        assertThat(view.getDecimal(column)).isEqualTo(new BigDecimal(unscaled, type.scale()));
        yield unscaled;
      }
      case CHAR, STRING -> new String(bytes(view, column), StandardCharsets.UTF_8);
      case BINARY, BYTES -> bytes(view, column);
    };
  }

  private static byte[] bytes(RowView view, int column) {
    int start = view.getBytesStart(column);
    return Arrays.copyOfRange(view.array(), start, start + view.getBytesLength(column));
  }

  private static void set(RowBuilder row, int column, Scalar type, Object value) {
    switch (type.kind()) {
      case BOOLEAN -> row.setBoolean(column, (Boolean) value);
      case TINYINT, SMALLINT, INT, DATE, BIGINT, TIME, TIMESTAMP, TIMESTAMP_LTZ ->
          row.setLong(column, (Long) value);
      case FLOAT -> row.setFloat(column, (Float) value);
      case DOUBLE -> row.setDouble(column, (Double) value);
      case DECIMAL -> row.setDecimal(column, new BigDecimal((BigInteger) value, type.scale()));
      case CHAR, STRING -> row.setBytes(column, ((String) value).getBytes(StandardCharsets.UTF_8));
      case BINARY, BYTES -> row.setBytes(column, (byte[]) value);
    }
  }

  @Test
  void theLayoutIsThatOfThePackageText() {
    Schema schema =
        schema(
            "a INT, b STRING, c DECIMAL(18, 0), d ARRAY<TINYINT>, e MAP<BOOLEAN, STRING>, f INT");
    List<Object> row =
        Arrays.asList(
            0x01020304L,
            "ab",
            BigInteger.valueOf(-2),
            Arrays.asList(7L, null),
            List.of(java.util.Map.entry(true, "x")),
            null);
    assertThat(HexFormat.of().formatHex(encode(schema, List.of(row)).get(0)))
        .isEqualTo(
            "01000100" // version, schema id
                + "20" // f is null
                + "04030201" // a
                + "02000000" // b ends
                + "feffffffffffffff" // c
                + "09000000" // d ends
                + "1d000000" // e ends
                + "00000000" // f
                + "6162"
                + "02000000020700" // two elements, the second null
                + "06000000" // length of the keys
                + "010000000001"
                + "01000000000100000078");
  }

  @Test
  void equalRowsHaveEqualBytesWhateverStandsUnderNulls() {
    Schema schema = schema("a INT");
    try (IntVector clean = new IntVector("a", allocator);
        IntVector dirty = new IntVector("a", allocator)) {
      clean.allocateNew(1);
      clean.setNull(0);
      clean.setValueCount(1);
      dirty.allocateNew(1);
      dirty.set(0, 77);
      dirty.setNull(0);
      dirty.setValueCount(1);
      BinaryList out = new BinaryList();
      new RowCodec(schema).encode(List.of(clean), 1, out);
      new RowCodec(schema).encode(List.of(dirty), 1, out);
      assertThat(out.get(0)).isEqualTo(out.get(1));
    }
  }

  @Test
  void rowsOfOlderSchemasAreReadByColumnIds() {
    DataType text = DataType.of(DataType.Kind.STRING);
    DataType number = DataType.of(DataType.Kind.BIGINT);
    DataType list = new DataType.Array(9, number, true);
    Schema old =
        new Schema(
            1,
            4,
            List.of(
                new Column(1, "id", number, ""),
                new Column(2, "gone", text, ""),
                new Column(3, "name", text, ""),
                new Column(4, "tags", list, "")),
            List.of());
    Schema current =
        new Schema(
            2,
            5,
            List.of(
                new Column(4, "labels", list, ""),
                new Column(5, "added", number, ""),
                new Column(3, "title", text, ""),
                new Column(1, "id", number, "")),
            List.of());
    BinaryList mixed = new BinaryList();
    mixed.add(encode(current, List.of(Arrays.asList(List.of(1L), 5L, "new", 10L))), 0);
    mixed.add(encode(old, List.of(Arrays.asList(11L, "x", "old", List.of(2L, 3L)))), 0);
    mixed.add(encode(current, List.of(Arrays.asList(null, null, null, 12L))), 0);
    RowCodec codec = new RowCodec(current, id -> id == 1 ? old : null);

    assertThat(decode(codec, mixed, 0, 3, 0, 1, 2, 3))
        .isEqualTo(
            List.of(
                Arrays.asList(List.of(1L), 5L, "new", 10L),
                Arrays.asList(List.of(2L, 3L), null, "old", 11L),
                Arrays.asList(null, null, null, 12L)));

    RowView view = new RowView(codec).wrap(mixed, 1);
    assertThat(view.isCurrent()).isFalse();
    assertThat(view.isNull(1)).isTrue();
    assertThat(view.getLong(3)).isEqualTo(11);
    RowBuilder builder = new RowBuilder(codec);
    for (int column = 0; column < 4; column++) {
      builder.set(column, view);
    }
    BinaryList rewritten = new BinaryList();
    builder.appendTo(rewritten);
    assertThat(decode(new RowCodec(current), rewritten, 0, 1, 0, 1, 2, 3))
        .isEqualTo(List.of(Arrays.asList(List.of(2L, 3L), null, "old", 11L)));
    assertThat(new RowView(codec).wrap(rewritten, 0).isCurrent()).isTrue();

    refused(
        ErrorCode.CORRUPT_DATA,
        "schema 1, which the table does not have",
        () -> decode(new RowCodec(current), mixed, 0, 3, 3));
    Schema changed = new Schema(2, 5, List.of(new Column(3, "name", number, "")), List.of());
    refused(
        ErrorCode.SCHEMA_MISMATCH,
        "name",
        () -> decode(new RowCodec(changed, id -> old), mixed, 1, 2, 0));
    refused(
        ErrorCode.UNSUPPORTED,
        "the type of a column has changed since schema 1",
        () -> new RowView(new RowCodec(changed, id -> old)).wrap(mixed, 1));
  }

  @Test
  void valuesOfAColumnWhoseTypeWasWidenedAreCast() {
    Schema narrow =
        new Schema(1, 1, List.of(new Column(1, "n", TypeText.parse("INT"), "")), List.of());
    Schema wide =
        new Schema(2, 1, List.of(new Column(1, "n", TypeText.parse("BIGINT"), "")), List.of());
    BinaryList mixed = new BinaryList();
    mixed.add(encode(narrow, List.of(List.of(7L))), 0);
    mixed.add(encode(wide, List.of(List.of(1L << 40))), 0);
    mixed.add(encode(narrow, List.of(Arrays.asList((Object) null))), 0);
    mixed.add(encode(narrow, List.of(List.of(-9L))), 0);
    assertThat(decode(new RowCodec(wide, id -> narrow), mixed, 0, 4, 0))
        .isEqualTo(
            List.of(List.of(7L), List.of(1L << 40), Arrays.asList((Object) null), List.of(-9L)));
  }

  private static void refused(ErrorCode code, String message, Runnable call) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(
            ThalwegException.class, refused -> assertThat(refused.code()).isEqualTo(code))
        .hasMessageContaining(message);
  }

  @Test
  void everyCutAndEveryExtensionOfARowIsRefused() {
    Schema schema = schema("a INT, b STRING, c ARRAY<INT>, d MAP<STRING, INT>");
    byte[] row =
        encode(
                schema,
                List.of(List.of(1L, "ab", List.of(1L, 2L), List.of(java.util.Map.entry("k", 1L)))))
            .get(0);
    RowCodec codec = new RowCodec(schema);
    for (int length = 0; length < row.length; length++) {
      BinaryList cut = BinaryList.of(Arrays.copyOf(row, length));
      assertThatThrownBy(() -> decode(codec, cut, 0, 1, 0, 1, 2, 3))
          .isInstanceOf(ThalwegException.class);
      assertThatThrownBy(() -> new RowView(codec).wrap(cut, 0))
          .isInstanceOf(ThalwegException.class);
    }
    refused(
        ErrorCode.CORRUPT_DATA,
        "bytes that belong to no column",
        () -> decode(codec, BinaryList.of(Arrays.copyOf(row, row.length + 1)), 0, 1, 0));
  }

  @Test
  void aRowOverTheLimitIsRefusedAndNothingIsAdded() {
    Schema schema = schema("a INT, b BYTES");
    List<List<Object>> rows =
        List.of(List.of(1L, new byte[1]), List.of(2L, new byte[RowCodec.MAX_ROW]));
    BinaryList out = new BinaryList();
    try (VectorSchemaRoot root = RandomTables.toArrow(schema, rows, allocator)) {
      refused(
          ErrorCode.TOO_LARGE,
          "row 1 of the batch takes",
          () -> new RowCodec(schema).encode(root.getFieldVectors(), 2, out));
    }
    assertThat(out.count()).isZero();
    RowBuilder builder = new RowBuilder(new RowCodec(schema));
    builder.setBytes(1, new byte[RowCodec.MAX_ROW]);
    refused(ErrorCode.TOO_LARGE, "a row takes", () -> builder.appendTo(out));
  }

  @Test
  void theBuilderRefusesWhatTheColumnCannotHold() {
    Schema schema = schema("a TINYINT, b DECIMAL(3, 1), c BINARY(2), d INT NOT NULL, e BOOLEAN");
    RowBuilder row = new RowBuilder(new RowCodec(schema));
    for (Runnable call :
        List.<Runnable>of(
            () -> row.setLong(0, 128),
            () -> row.setDecimal(1, new BigDecimal("100")),
            () -> row.setDecimal(1, new BigDecimal("1.55")),
            () -> row.setBytes(2, new byte[3]),
            () -> row.setLong(4, 1),
            () -> row.setBoolean(0, true))) {
      assertThatThrownBy(call::run).isInstanceOf(IllegalArgumentException.class);
    }
    refused(ErrorCode.NULL_VALUE, "column 'd' is NOT NULL", () -> row.appendTo(new BinaryList()));
    RowView view = new RowView(new RowCodec(schema));
    BinaryList out = new BinaryList();
    row.reset().setLong(0, -128).setDecimal(1, new BigDecimal("-99.9")).setLong(3, 1).appendTo(out);
    view.wrap(out, 0);
    assertThat(view.getInt(0)).isEqualTo(-128);
    assertThat(view.getDecimal(1)).isEqualTo("-99.9");
    assertThatThrownBy(() -> view.getInt(1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> view.getBoolean(0)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aFullAllocatorIsOverloadNotDamage() {
    Schema schema = schema("a BIGINT, b STRING");
    BinaryList rows = encode(schema, new RandomTables(new Random(1)).rows(schema, 500));
    try (BufferAllocator small = allocator.newChildAllocator("small", 0, 64);
        FieldVector vector = schema.toArrow().getFields().get(0).createVector(small)) {
      refused(
          ErrorCode.OVERLOADED,
          "no memory for rows",
          () -> new RowCodec(schema).decode(rows, 0, 500, List.of(vector), new int[] {0}));
    }
  }

  @Test
  void aSchemaIdThatRowsCannotHoldIsRefused() {
    List<Column> columns = schema("a INT").columns();
    refused(
        ErrorCode.LIMIT_REACHED,
        "not 65536",
        () -> new RowCodec(new Schema(65_536, 1, columns, List.of())));
  }
}
