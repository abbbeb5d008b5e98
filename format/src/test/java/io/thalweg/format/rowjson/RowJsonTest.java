package io.thalweg.format.rowjson;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.cast.Exact;
import io.thalweg.format.cast.TextValues;
import io.thalweg.format.cast.VectorWriter;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.testing.RandomTables;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Kind;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows as JSON and back. */
class RowJsonTest {
  private final BufferAllocator allocator = new RootAllocator();

  @AfterEach
  void close() {
    allocator.close();
  }

  private static String json(Schema schema, VectorSchemaRoot rows, int row) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (RowJson json = new RowJson(schema.columns(), out)) {
      json.write(rows.getFieldVectors(), row);
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  private static ByteBuffer utf8(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Each value is written once more from what was read: texts that differ are values that differ.
   */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void whatIsWrittenIsReadAsTheSameRow(long seed) throws Exception {
    RandomTables random = new RandomTables(new Random(seed));
    Schema schema = random.schema(12, 2);
    JsonRow reader = new JsonRow(schema.columns());
    try (VectorSchemaRoot rows = RandomTables.toArrow(schema, random.rows(schema, 100), allocator);
        VectorSchemaRoot back = VectorSchemaRoot.create(schema.toArrow(), allocator)) {
      int count = rows.getRowCount();
      for (int row = 0; row < count; row++) {
        Object[] values = reader.read(utf8(json(schema, rows, row)));
        for (int i = 0; i < values.length; i++) {
          VectorWriter.write(back.getVector(i), row, schema.columns().get(i).type(), values[i]);
        }
      }
      back.setRowCount(count);
      for (int row = 0; row < count; row++) {
        assertThat(json(schema, back, row)).isEqualTo(json(schema, rows, row));
      }
    }
  }

  private static Column column(String name, DataType type) {
    return Column.of(name, type);
  }

  @Test
  void eachTypeHasItsForm() throws Exception {
    Schema schema =
        Schema.first(
            List.of(
                column("truth", DataType.of(Kind.BOOLEAN)),
                column("whole", DataType.of(Kind.BIGINT)),
                column("half", DataType.of(Kind.FLOAT)),
                column("none", DataType.of(Kind.DOUBLE)),
                column("price", DataType.decimal(20, 10)),
                column("text \"q\"", DataType.of(Kind.STRING)),
                column("bytes", DataType.of(Kind.BYTES)),
                column("day", DataType.of(Kind.DATE)),
                column("time", DataType.of(Kind.TIME, 3)),
                column("local", DataType.of(Kind.TIMESTAMP, 6)),
                column("moment", DataType.of(Kind.TIMESTAMP_LTZ, 9)),
                column("nothing", DataType.of(Kind.INT)),
                column("numbers", new DataType.Vector(0, Kind.FLOAT, 2, true)),
                column("any", new DataType.Variant(true)),
                column(
                    "map",
                    new DataType.Map(
                        0,
                        DataType.of(Kind.INT).withNullable(false),
                        0,
                        DataType.of(Kind.STRING),
                        true))),
            List.of());
    String text =
        "{\"truth\":true,\"whole\":-9223372036854775808,\"half\":0.1,\"none\":\"NaN\","
            + "\"price\":0.0000000001,\"text \\\"q\\\"\":\"ä€\\n\",\"bytes\":\"AQL/\","
            + "\"day\":\"2026-11-30\",\"time\":\"16:30:00.5\",\"local\":\"2026-11-30T16:30:00\","
            + "\"moment\":\"2026-11-30T16:30:00.000000001Z\",\"nothing\":null,"
            + "\"numbers\":[1.5,\"Infinity\"],\"any\":{\"a\":[1,null]},\"map\":{\"7\":\"x\"}}";
    Object[] values = new JsonRow(schema.columns()).read(utf8(text));
    try (VectorSchemaRoot rows = VectorSchemaRoot.create(schema.toArrow(), allocator)) {
      for (int i = 0; i < values.length; i++) {
        VectorWriter.write(rows.getVector(i), 0, schema.columns().get(i).type(), values[i]);
      }
      rows.setRowCount(1);
      assertThat(json(schema, rows, 0)).isEqualTo(text);
    }
  }

  @Test
  void badRowsAreRefusedByTheirColumn() {
    JsonRow reader =
        new JsonRow(
            List.of(
                column("a", DataType.of(Kind.INT).withNullable(false)),
                column("b", DataType.of(Kind.STRING))));
    assertRefused(reader, "{\"a\": 1, \"c\": 2}", "no column 'c'; its columns are [a, b]");
    assertRefused(reader, "{\"b\": \"x\"}", "column 'a' is NOT NULL");
    assertRefused(reader, "{\"a\": null}", "column 'a' is NOT NULL");
    assertRefused(reader, "{\"a\": 1.5}", "column 'a': 1.5 does not fit INT");
    assertRefused(reader, "{\"a\": 1, \"a\": 2}", "no JSON: Duplicate field 'a'");
    assertRefused(reader, "[1]", "no JSON object");
    assertRefused(reader, "", "no JSON object");
    assertRefused(reader, "{\"a\": 1} {\"a\": 2}", "more behind");
    assertRefused(reader, "{\"a\": 1", "no JSON: ");
    assertThatThrownBy(() -> reader.read(ByteBuffer.wrap(new byte[] {(byte) 0xff})))
        .isInstanceOf(Exact.Misfit.class)
        .hasMessageContaining("not UTF-8");
  }

  /** Numbers that are read without their texts are what the texts are. */
  @ParameterizedTest
  @EnumSource(
      value = Kind.class,
      names = {"TINYINT", "SMALLINT", "INT", "BIGINT", "FLOAT", "DOUBLE", "STRING"})
  void numbersAreWhatTheirTextsAre(Kind kind) {
    DataType.Scalar type = DataType.of(kind);
    Random random = new Random(7);
    List<String> texts =
        new ArrayList<>(
            List.of(
                "0",
                "-0",
                "0.0",
                "-0.0",
                "127",
                "128",
                "-32769",
                "2147483648",
                "9007199254740991",
                "9007199254740992",
                "9007199254740993",
                "-9223372036854775808",
                "9223372036854775808",
                "0.1",
                "1e3",
                "12.0",
                "1e308",
                "1e309",
                "1e-400",
                "5e-324",
                "1.7976931348623157e308",
                "123456789012345678901234567890",
                "16777217"));
    for (int i = 0; i < 2_000; i++) {
      long bits = random.nextLong() >> random.nextInt(64);
      texts.add(Long.toString(bits));
      double number = Double.longBitsToDouble(random.nextLong());
      texts.add(Double.isFinite(number) ? Double.toString(number) : bits + ".5");
    }
    for (String text : texts) {
      assertThat(outcome(() -> JsonValues.parse("c", type, text)))
          .as(text)
          .isEqualTo(outcome(() -> TextValues.parse(type, text)));
    }
  }

  private static Object outcome(Callable<Object> read) {
    try {
      Object value = read.call();
      return value instanceof byte[] bytes ? new String(bytes, StandardCharsets.UTF_8) : value;
    } catch (Exact.Misfit misfit) {
      return misfit.getMessage().replace("column 'c': ", "");
    } catch (Exception other) {
      throw new AssertionError(other);
    }
  }

  private static void assertRefused(JsonRow reader, String json, String why) {
    assertThatThrownBy(() -> reader.read(utf8(json)))
        .as(json)
        .isInstanceOf(Exact.Misfit.class)
        .hasMessageContaining(why);
  }
}
