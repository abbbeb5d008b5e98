package io.thalweg.format.recordvalue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.alter.Alteration;
import io.thalweg.format.batch.EncodedBatch;
import io.thalweg.format.batch.KafkaBody;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.kafka.KafkaBatches;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.testing.RandomTables;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Kind;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Values of records as columns: which fit, what they are, and why others do not. */
class RecordReadingTest extends RecordFixture {
  private static final String[] EVENTS = {
    "{\"id\":1,\"price\":0.5,\"tag\":\"a\"}",
    "{\"price\":2,\"more\":{\"deep\":[1,{\"id\":9}]},\"id\":2}",
    "{\"id\":\"three\"}",
    null,
    "{\"id\":5,\"price\":null}",
  };

  private static TableInfo events() {
    return topic("ADD COLUMN id BIGINT, ADD COLUMN price DOUBLE, ADD COLUMN tag STRING");
  }

  @Test
  void fieldsAreColumnsByTheirNamesAndOthersArePassedOver() {
    assertThat(rows(events(), EVENTS))
        .containsExactly(
            "{\"id\":1,\"price\":0.5,\"tag\":\"a\"}",
            "{\"id\":2,\"price\":2.0,\"tag\":null}",
            "{\"id\":null,\"price\":null,\"tag\":null}",
            "{\"id\":5,\"price\":null,\"tag\":null}");
    assertThat(rejected(events(), EVENTS))
        .containsExactly("2: column 'id': 'three' does not fit BIGINT: it is no number");
  }

  /** Random rows, written as JSON, come back as they were. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void valuesOfEveryTypeAreRead(long seed) {
    RandomTables random = new RandomTables(new Random(seed));
    Schema schema = random.schema(12, 2);
    TableInfo table = topic(schema.columns(), "json");
    List<String> texts;
    try (VectorSchemaRoot rows =
        RandomTables.toArrow(schema, random.rows(schema, 100), allocator)) {
      texts = json(schema.columns(), rows);
    }
    assertThat(rows(table, texts.toArray(String[]::new))).isEqualTo(texts);
    assertThat(rejected(table, texts.toArray(String[]::new))).isEmpty();
  }

  /** The value of a BIGINT NOT NULL, or the whole text, and what is wrong with it. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`` | it is no JSON object",
        "nothing | it is no JSON: Unrecognized token",
        "[1] | it is no JSON object",
        "7 | it is no JSON object",
        "{\"n\":1 | it is no JSON: Unexpected end-of-input",
        "{\"n\":1} {} | there is more behind the JSON object",
        "{\"n\":1}x | it is no JSON: Unrecognized token",
        "{\"n\":1,\"n\":2} | it is no JSON: Duplicate field 'n'",
        "{\"x\":{\"y\":1,\"y\":1},\"n\":2} | it is no JSON: Duplicate field 'y'",
        "{} | column 'n' is NOT NULL and has no value",
        "{\"n\":null} | column 'n' is NOT NULL and has no value",
        "{\"n\":1.5} | column 'n': 1.5 does not fit BIGINT: it is no whole number",
        "{\"n\":9223372036854775808} | column 'n': 9223372036854775808 does not fit BIGINT: it is out of range",
        "{\"n\":1e400} | does not fit BIGINT: it is out of range",
        "{\"n\":1e999999999} | does not fit BIGINT",
        "{\"n\":true} | column 'n': true does not fit BIGINT: it is a boolean",
        "{\"n\":{}} | column 'n': an object does not fit BIGINT: it takes one value",
        "{\"n\":[1]} | column 'n': an array does not fit BIGINT: it takes one value",
        "{\"n\":1,\"d\":\"yesterday\"} | column 'd': 'yesterday' does not fit DATE: write it as in 2026-11-28",
        "{\"n\":1,\"d\":20261130} | column 'd': 20261130 does not fit DATE: it is a number",
        "{\"n\":1,\"c\":\"abcd\"} | column 'c': abcd does not fit CHAR(3): it has 4 characters",
        "{\"n\":1,\"b\":\"?\"} | column 'b': '?' does not fit BYTES: bytes are written in Base64",
        "{\"n\":1,\"r\":{\"z\":1}} | column 'r' has no field 'z'; its fields are [a]",
        "{\"n\":1,\"r\":{}} | column 'r.a' is NOT NULL and has no value",
        "{\"n\":1,\"v\":[1,2,3]} | column 'v'",
        "{\"n\":1,\"l\":[1,null]} | column 'l.element' is NOT NULL and has no value",
        "{\"n\":1,\"e\":1234.5} | column 'e': 1234.5 does not fit DECIMAL(5, 2)",
      })
  void whatDoesNotFitIsRejectedWithTheReason(String value, String reason) {
    DataType whole = DataType.of(Kind.INT).withNullable(false);
    TableInfo table =
        topic(
            List.of(
                Column.of("n", DataType.of(Kind.BIGINT).withNullable(false)),
                Column.of("d", DataType.of(Kind.DATE)),
                Column.of("c", DataType.of(Kind.CHAR, 3)),
                Column.of("b", DataType.of(Kind.BYTES)),
                Column.of("r", new DataType.Row(List.of(new DataType.Field(0, "a", whole)), true)),
                Column.of("v", new DataType.Vector(0, Kind.FLOAT, 2, true)),
                Column.of("l", new DataType.Array(0, whole, true)),
                Column.of("e", DataType.decimal(5, 2))),
            "json");
    String[] values = {"{\"n\":1}", value, "{\"n\":2}"};
    assertThat(rejected(table, values))
        .singleElement()
        .asString()
        .startsWith("1: ")
        .contains(reason);
    assertThat(rows(table, values)).hasSize(2).allMatch(row -> row.startsWith("{\"n\":"));
  }

  @Test
  void bytesThatAreNoTextAreRejected() {
    byte[] broken = {'{', '"', 'x', '"', ':', '"', (byte) 0xff, '"', '}'};
    byte[] cut = {'{', '}', (byte) 0xc3};
    assertThat(rejected(events(), new KafkaBatches().ofBytes(broken, cut)))
        .containsExactly("0: it is not UTF-8", "1: it is not UTF-8");
  }

  @Test
  void reasonsAreShortAndOnOneLine() {
    String text = "\\n".repeat(5_000);
    TableInfo table = topic(List.of(Column.of("n".repeat(255), DataType.of(Kind.INT))), "json");
    assertThat(rejected(table, "{\"" + "n".repeat(255) + "\":\"" + text + "\"}"))
        .singleElement()
        .asString()
        .hasSizeLessThan(500)
        .doesNotContain("\n");
    assertThat(rejected(table, "{" + "x".repeat(100_000)))
        .singleElement()
        .asString()
        .hasSizeLessThan(500);
  }

  @Test
  void whatIsMissingHasTheDefaultOfNow() {
    TableInfo table =
        topic("ADD COLUMN n INT NOT NULL DEFAULT 7, ADD COLUMN s STRING DEFAULT 'none'");
    String[] values = {"{}", "{\"n\":1,\"s\":null}", "{\"n\":null}", "{\"s\":\"\"}"};
    assertThat(rows(table, values))
        .containsExactly(
            "{\"n\":7,\"s\":\"none\"}", "{\"n\":1,\"s\":null}", "{\"n\":7,\"s\":\"\"}");
    assertThat(rejected(table, values))
        .containsExactly("2: column 'n' is NOT NULL and has no value");
    TableInfo later = altered(table, "ALTER COLUMN n SET DEFAULT 8, ALTER COLUMN n DROP NOT NULL");
    assertThat(rows(later, values))
        .containsExactly(
            "{\"n\":8,\"s\":\"none\"}",
            "{\"n\":1,\"s\":null}",
            "{\"n\":null,\"s\":\"none\"}",
            "{\"n\":8,\"s\":\"\"}");
  }

  @Test
  void aRecordWithoutValueHasNulls() {
    TableInfo nullable = topic("ADD COLUMN n INT DEFAULT 7");
    assertThat(rows(nullable, null, "{}")).containsExactly("{\"n\":null}", "{\"n\":7}");
    TableInfo strict = topic("ADD COLUMN n INT NOT NULL DEFAULT 7");
    assertThat(rows(strict, null, "{}")).containsExactly("{\"n\":7}");
    assertThat(rejected(strict, null, "{}"))
        .containsExactly("0: column 'n' is NOT NULL, and the record has no value");
  }

  @Test
  void theNameOfNowCounts() {
    String[] values = {"{\"a\":1,\"b\":2}"};
    TableInfo table = topic("ADD COLUMN a INT");
    assertThat(rows(table, values)).containsExactly("{\"a\":1}");
    TableInfo renamed = altered(table, "RENAME COLUMN a TO b, ADD COLUMN a BIGINT");
    assertThat(rows(renamed, values)).containsExactly("{\"b\":2,\"a\":1}");
    TableInfo wider = altered(renamed, "ALTER COLUMN b TYPE BIGINT, DROP COLUMN a");
    assertThat(rows(wider, values)).containsExactly("{\"b\":2}");
    // A reader that began before reads as it began.
    assertThat(rows(Alteration.asOf(wider, table.schema().schemaId()), values))
        .containsExactly("{\"a\":1}");
  }

  @Test
  void aReaderWhoseColumnsTheFormatDoesNotGiveAnyMoreBeginsAnew() {
    TableInfo table = topic("ADD COLUMN a INT, ADD COLUMN b INT");
    TableInfo whole =
        altered(
            table,
            "DROP COLUMN a, DROP COLUMN b, ADD COLUMN v VARIANT,"
                + " SET ('table.kafka.value-format' = 'variant')");
    TableInfo then = Alteration.asOf(whole, table.schema().schemaId());
    assertThatThrownBy(() -> RecordReading.rows(then))
        .isInstanceOfSatisfying(
            ThalwegException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.SCHEMA_CHANGED));
    TableInfo bare = altered(table, "DROP COLUMN a, DROP COLUMN b");
    assertThat(RecordReading.rows(bare)).isEmpty();
  }

  @Test
  void aVariantHasTheWholeValue() {
    TableInfo table = topic(List.of(Column.of("v", new DataType.Variant(true))), "variant");
    String[] values = {
      "{\"a\":[1,2]}", "7", "\"x\"", null, "null", "[true]", "{", "1 2", "", "{\"a\":1,\"a\":2}"
    };
    assertThat(rows(table, values))
        .containsExactly(
            "{\"v\":{\"a\":[1,2]}}",
            "{\"v\":7}",
            "{\"v\":\"x\"}",
            "{\"v\":null}",
            "{\"v\":null}",
            "{\"v\":[true]}");
    assertThat(rejected(table, values))
        .hasSize(4)
        .extracting(each -> each.substring(0, 20))
        .containsExactly(
            "6: it is no JSON: Un",
            "7: there is more beh",
            "8: it is no JSON: it",
            "9: it is no JSON: Du");
    TableInfo strict = topic(List.of(Column.of("v", new DataType.Variant(false))), "variant");
    assertThat(rows(strict, "null", null)).containsExactly("{\"v\":null}");
    assertThat(rejected(strict, "null", null))
        .containsExactly("1: column 'v' is NOT NULL, and the record has no value");
  }

  /** Deep values end at a limit, not at the end of the stack. */
  @Test
  void deepValuesAreRejected() {
    String deep = "[".repeat(200_000) + "]".repeat(200_000);
    assertThat(rejected(events(), "{\"x\":" + deep + "}"))
        .singleElement()
        .asString()
        .contains("it is no JSON: Document nesting depth");
    TableInfo whole = topic(List.of(Column.of("v", new DataType.Variant(true))), "variant");
    assertThat(rejected(whole, deep)).hasSize(1);
  }

  @Test
  void aValueOfTheLimitIsReadAndALongerOneIsRejected() {
    TableInfo table = topic("ADD COLUMN id BIGINT, ADD COLUMN s STRING");
    String most = "{\"id\":1,\"s\":\"" + "x".repeat(ValueReader.MAX_BYTES - 15) + "\"}";
    assertThat(most).hasSize(ValueReader.MAX_BYTES);
    String[] values = {most, most + " ", "{\"id\":2}"};
    assertThat(rows(table, values)).hasSize(2);
    assertThat(rejected(table, values))
        .containsExactly("1: it has 16,777,217 bytes, and at most 16,777,216 are read as JSON");
  }

  /** Whatever is asked for, the rows are the same ones, with their places and times. */
  @Test
  void allColumnsHaveTheSameRows() {
    TableInfo table = events();
    RecordReading reading = RecordReading.rows(table).orElseThrow();
    try (EncodedBatch batch = encoded(new KafkaBatches().time(100).header("h", "x").of(EVENTS))) {
      for (int[] columns :
          new int[][] {{}, {0}, {3}, {4}, {2, 6}, {6, 1, 0}, all(reading.schema())}) {
        try (ReadRecords read = reading.read(batch, columns, allocator);
            VectorSchemaRoot root = read.load(reading.schema(), columns, allocator)) {
          assertThat(root.getRowCount()).isEqualTo(4);
          assertThat(root.getFieldVectors()).hasSize(columns.length);
          for (int i = 0; i < columns.length; i++) {
            assertThat(root.getSchema().getFields().get(i))
                .isEqualTo(reading.schema().toArrow().getFields().get(columns[i]));
            assertThat(root.getVector(i).getValueCount()).isEqualTo(4);
          }
          assertThat(read.places().of(2)).isEqualTo(3);
          assertThat(read.places().firstFrom(2)).isEqualTo(2);
          assertThat(read.times().at(2)).isEqualTo(103);
          assertThat(read.statistics()).isEmpty();
        }
      }
      assertThat(keys(reading, batch)).containsExactly("k0", "k1", "k3", "k4");
      assertThat(keys(RecordReading.rejected(table), batch)).containsExactly("k2");
    }
  }

  private List<String> keys(RecordReading reading, EncodedBatch batch) {
    int[] key = {0};
    List<String> keys = new ArrayList<>();
    try (ReadRecords read = reading.read(batch, key, allocator);
        VectorSchemaRoot root = read.load(reading.schema(), key, allocator)) {
      VarBinaryVector vector = (VarBinaryVector) root.getVector(0);
      for (int i = 0; i < root.getRowCount(); i++) {
        keys.add(new String(vector.get(i), StandardCharsets.UTF_8));
      }
    }
    return keys;
  }

  @Test
  void batchesOfWhichRecordsAreGoneKeepTheirPlaces() {
    TableInfo table = events();
    RecordReading reading = RecordReading.rows(table).orElseThrow();
    ByteBuffer left;
    try (EncodedBatch batch = encoded(new KafkaBatches().of(EVENTS))) {
      left =
          new KafkaBody(batch).cleaned((delta, key, hasValue) -> delta != 1, () -> 0).orElseThrow();
    }
    try (EncodedBatch batch = EncodedBatch.copy(left, allocator);
        ReadRecords read = reading.read(batch, new int[] {4}, allocator)) {
      assertThat(rows(table, batch)).hasSize(3);
      assertThat(read.places().of(0)).isZero();
      assertThat(read.places().of(1)).isEqualTo(3);
      assertThat(read.places().of(2)).isEqualTo(4);
      assertThat(read.places().at(2)).isEmpty();
    }
    try (EncodedBatch hole = EncodedBatch.copy(KafkaBody.hole(BUCKET, 9), allocator)) {
      assertThat(rows(table, hole)).isEmpty();
    }
  }

  /** A few bytes of JSON cannot fill the memory with defaults. */
  @Test
  void columnsThatTakeTooMuchAreRefused() {
    List<Column> vectors = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      vectors.add(Column.of("v" + i, new DataType.Vector(0, Kind.DOUBLE, 4_096, true)));
    }
    String[] values = new String[1_000];
    Arrays.fill(values, "{}");
    assertThatThrownBy(() -> rows(topic(vectors, "json"), values))
        .isInstanceOfSatisfying(
            ThalwegException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.TOO_LARGE));
  }

  @Test
  void withoutMemoryTheCallerIsToTryAgain() {
    TableInfo table = events();
    RecordReading reading = RecordReading.rows(table).orElseThrow();
    String[] values = new String[1_000];
    Arrays.fill(values, "{\"id\":1,\"tag\":\"0123456789\"}");
    try (EncodedBatch batch = encoded(new KafkaBatches().of(values));
        BufferAllocator small = allocator.newChildAllocator("small", 0, 48 << 10)) {
      assertThatThrownBy(() -> reading.read(batch, new int[] {4, 6}, small).close())
          .isInstanceOfSatisfying(
              ThalwegException.class,
              error -> assertThat(error.code()).isEqualTo(ErrorCode.OVERLOADED));
    }
  }
}
