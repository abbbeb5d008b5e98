package io.thalweg.node.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.StorageId;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.type.TypeText;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every type from every format, without any value changed on reading. */
class InputFileTest {
  private final BufferAllocator allocator = new RootAllocator();
  @TempDir Path directory;

  @AfterEach
  void everyBufferIsReleased() {
    allocator.close();
  }

  private static TableInfo table(String columns) {
    List<Column> parsed =
        TypeText.parseColumns(columns).stream()
            .map(field -> Column.of(field.name(), field.type()))
            .toList();
    return TableInfo.created(
        1,
        new StorageId(2),
        TablePath.parse("default.t"),
        new TableDescriptor(Schema.first(parsed, List.of()), 1, List.of(), Map.of(), ""),
        0);
  }

  private InputFile open(Path file) throws Exception {
    return InputFile.open(file.toString(), null, InputStream.nullInputStream());
  }

  private List<List<Object>> read(String columns, Path file) throws Exception {
    List<List<Object>> rows = new ArrayList<>();
    try (InputFile input = open(file);
        FileRows source = input.rows(table(columns), allocator)) {
      for (VectorSchemaRoot root = source.next(); root != null; root = source.next()) {
        for (int row = 0; row < root.getRowCount(); row++) {
          List<Object> values = new ArrayList<>();
          for (FieldVector vector : root.getFieldVectors()) {
            Object value = vector.getObject(row);
            values.add(
                value == null
                    ? null
                    : value instanceof byte[] bytes ? Arrays.toString(bytes) : value.toString());
          }
          rows.add(values);
        }
      }
    }
    return rows;
  }

  private Path json(String... lines) throws Exception {
    return Files.writeString(directory.resolve("f.json"), String.join("\n", lines) + "\n");
  }

  private Path csv(String... lines) throws Exception {
    return Files.writeString(directory.resolve("f.csv"), String.join("\n", lines) + "\n");
  }

  private Path parquet(String name, String select) throws Exception {
    Path file = directory.resolve(name);
    Files.createDirectories(file.getParent());
    Path plain = directory.resolve("plain.parquet");
    try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = duck.createStatement()) {
      statement.execute("SET TimeZone = 'UTC'");
      statement.execute("COPY (" + select + ") TO '" + plain + "' (FORMAT parquet)");
    }
    Files.move(plain, file);
    return file;
  }

  private void refused(String columns, Path file, String... containing) {
    assertThatThrownBy(() -> read(columns, file))
        .isInstanceOf(InputException.class)
        .hasMessageContainingAll(containing);
  }

  /** A type, a value in JSON, and DuckDB's text of the same value. */
  private record Sample(String type, String json, String duck) {
    @Override
    public String toString() {
      return type;
    }
  }

  static List<Sample> everyType() {
    List<Sample> all =
        new ArrayList<>(
            List.of(
                new Sample("BOOLEAN", "true", "true"),
                new Sample("TINYINT", "-128", "(-128)::TINYINT"),
                new Sample("SMALLINT", "32767", "32767::SMALLINT"),
                new Sample("INT", "-2147483648", "(-2147483648)::INTEGER"),
                new Sample("BIGINT", "9223372036854775807", "9223372036854775807::BIGINT"),
                new Sample("FLOAT", "0.1", "0.1::FLOAT"),
                new Sample("DOUBLE", "0.1", "0.1::DOUBLE"),
                new Sample(
                    "DECIMAL(19, 2)",
                    "12345678901234567.89",
                    "12345678901234567.89::DECIMAL(19,2)"),
                new Sample(
                    "DECIMAL(38, 10)",
                    "1234567890.0000000001",
                    "1234567890.0000000001::DECIMAL(38,10)"),
                new Sample("CHAR(3)", "\"abc\"", "'abc'"),
                new Sample("STRING", "\"2024-01-01\"", "'2024-01-01'"),
                new Sample("BINARY(3)", "\"AAEC\"", "'\\x00\\x01\\x02'::BLOB"),
                new Sample("BYTES", "\"AAE=\"", "'\\x00\\x01'::BLOB"),
                new Sample("DATE", "\"1969-07-20\"", "DATE '1969-07-20'"),
                new Sample("ARRAY<INT>", "[1,null,3]", "[1::INTEGER, NULL, 3]"),
                new Sample("VECTOR(2)", "[0.1,-2]", "[0.1::FLOAT, (-2)::FLOAT]"),
                new Sample("VECTOR(2, DOUBLE)", "[0.1,2]", "[0.1::DOUBLE, 2::DOUBLE]"),
                new Sample("VECTOR(1, TINYINT)", "[-128]", "[(-128)::TINYINT]"),
                new Sample("VARIANT", "{\"a\":[1,null,2.50]}", "'{\"a\": [1, null, 2.50]}'"),
                new Sample("ARRAY<DOUBLE>", "[1,2]", "[1::INTEGER, 2]"),
                new Sample("ARRAY<DECIMAL(5, 2)>", "[1.25]", "[1.25::DECIMAL(5,2)]"),
                new Sample(
                    "MAP<STRING, BIGINT>", "{\"a\":1,\"b\":null}", "MAP {'a': 1, 'b': NULL}"),
                new Sample("MAP<INT, STRING>", "{\"7\":\"x\"}", "MAP {7: 'x'}"),
                new Sample(
                    "ROW<a INT, b STRING, missing DATE>",
                    "{\"b\":\"x\",\"a\":1}",
                    "{'b': 'x', 'a': 1}"),
                new Sample(
                    "ARRAY<ROW<at TIMESTAMP(3)>>",
                    "[{\"at\":\"2024-02-29T12:30:01.123\"}]",
                    "[{'at': TIMESTAMP '2024-02-29 12:30:01.123'}]")));
    for (int p = 0; p <= 9; p++) {
      String fraction = p == 0 ? "" : "." + "123456789".substring(0, p);
      String time = "12:30:01" + fraction;
      String moment = "2024-02-29T" + time;
      String text = moment.replace('T', ' ');
      String nanos = p > 6 ? "_NS" : "";
      all.add(
          new Sample(
              "TIME(" + p + ")",
              '"' + time + '"',
              "'" + time + (p > 6 ? "'::TIME_NS" : "'::TIME")));
      all.add(
          new Sample(
              "TIMESTAMP(" + p + ")", '"' + moment + '"', "'" + text + "'::TIMESTAMP" + nanos));
      all.add(
          new Sample(
              "TIMESTAMP_LTZ(" + p + ")",
              '"' + moment + "Z\"",
              "'" + text + "+00'::TIMESTAMPTZ" + nanos));
    }
    return all;
  }

  @ParameterizedTest
  @MethodSource("everyType")
  void everyTypeFromEveryFormat(Sample sample) throws Exception {
    String columns = "id INT, c " + sample.type;
    List<List<Object>> fromJson =
        read(columns, json("{\"id\":1,\"c\":" + sample.json + "}", "{\"id\":2,\"c\":null}"));
    assertThat(fromJson.get(0).get(1)).isNotNull();
    assertThat(fromJson.get(1)).containsExactly("2", null);
    String cell =
        sample.json.startsWith("\"")
            ? sample.json.substring(1, sample.json.length() - 1)
            : '"' + sample.json.replace("\"", "\"\"") + '"';
    assertThat(read(columns, csv("id,c", "1," + cell, "2,"))).isEqualTo(fromJson);
    String select = "SELECT 1 AS id, " + sample.duck + " AS c UNION ALL SELECT 2, NULL ORDER BY id";
    assertThat(read(columns, parquet("f.parquet", select))).isEqualTo(fromJson);
  }

  @Test
  void numbersOfJsonAreReadDigitByDigit() throws Exception {
    assertThat(read("c DECIMAL(19, 2)", json("{\"c\":12345678901234567.89}")))
        .containsExactly(List.of("12345678901234567.89"));
    assertThat(read("c BIGINT", json("{\"c\":9007199254740993}")))
        .containsExactly(List.of("9007199254740993"));
    refused("c BIGINT", json("{\"c\":1}", "{\"c\":2.7}"), "row 2 (line 2)", "column 'c'", "2.7");
    refused("c TINYINT", json("{\"c\":300}"), "300");
    refused("c DOUBLE", json("{\"c\":9007199254740993}"), "round");
    refused("c DECIMAL(4, 1)", json("{\"c\":1.25}"), "1.25");
  }

  @Test
  void variantsAreAnyJsonWithinTheirLimits() throws Exception {
    String column = "c VARIANT";
    refused(column, json("{\"c\":1}", "{\"c\":{\"a\":1,\"a\":2}}"), "line 2", "'a'");
    refused(column, json("{\"c\":" + "[".repeat(200) + "]".repeat(200) + "}"), "at most 100");
    refused(column, json("{\"c\":\"" + "x".repeat(1 << 20) + "\"}"), "at most 1048576 bytes");
    refused(column, json("{\"c\":NaN}"), "NaN");
    refused(column, csv("c", "{"), "row 1");
    assertThat(read("c VARIANT NOT NULL", json("{\"c\":null}", "{\"c\":\"x\"}")))
        .containsExactly(List.of(encoded("AA==")), List.of(encoded("BXg=")));
    assertThat(read("c VARIANT", csv("c", "\"\"\"x\"\"\"", "true")))
        .containsExactly(List.of(encoded("BXg=")), List.of(encoded("BA==")));
  }

  /** A variant without names, as Arrow prints it. */
  private static String encoded(String value) {
    return "{\"metadata\":\"EQAA\",\"value\":\"" + value + "\"}";
  }

  @Test
  void vectorsHaveTheirLengthAndNoNull() throws Exception {
    String column = "c VECTOR(2)";
    refused(
        column,
        json("{\"c\":[1,2]}", "{\"c\":[1,2,3]}"),
        "row 2 (line 2)",
        "column 'c': VECTOR(2) has 2 numbers, this value has 3");
    refused(column, csv("c", "\"[]\""), "row 1", "has 2 numbers, this value has 0");
    refused(column, json("{\"c\":[1,null]}"), "column 'c.element' is NOT NULL");
    refused(column, json("{\"c\":7}"), "column 'c' is VECTOR(2): give an array");
    refused(column, parquet("f.parquet", "SELECT [1.0::FLOAT] AS c"), "this value has 1");
    assertThat(read("c VECTOR(2)", json("{\"c\":[NaN,-Infinity]}", "{\"c\":[\"NaN\",\"0.5\"]}")))
        .containsExactly(List.of("[\"NaN\",\"-Infinity\"]"), List.of("[\"NaN\",0.5]"));
  }

  @Test
  void textsStayAsTheyAre() throws Exception {
    assertThat(
            read(
                "c STRING",
                json(
                    "{\"c\":\"2024-01-01\"}",
                    "{\"c\":\"550E8400-E29B-41D4-A716-446655440000\"}",
                    "{\"c\":1.10}",
                    "{\"c\":\"x\"}",
                    "{\"c\":true}")))
        .containsExactly(
            List.of("2024-01-01"),
            List.of("550E8400-E29B-41D4-A716-446655440000"),
            List.of("1.10"),
            List.of("x"),
            List.of("true"));
    assertThat(read("c STRING, d INT", csv("c,d", "007,1", "\"\",2", ",3", "\"a\"\"b\nc\",4")))
        .containsExactly(
            List.of("007", "1"),
            List.of("", "2"),
            Arrays.asList(null, "3"),
            List.of("a\"b\nc", "4"));
  }

  @Test
  void wholeFilesAreLookedAtForTheirTypes() throws Exception {
    StringBuilder csv = new StringBuilder("n,code,at,x,d\n");
    csv.append("1,01,2024-01-01,1,0.1\n".repeat(30_000));
    csv.append("2.75,xy,2024-01-02,99999999999999999999,12345678901234567.89\n");
    Path file = Files.writeString(directory.resolve("late.csv"), csv);
    List<Column> columns;
    try (InputFile input = open(file)) {
      columns = input.columns(allocator);
    }
    assertThat(columns.stream().map(column -> column.name() + " " + column.type()))
        .containsExactly(
            "n DOUBLE", "code STRING", "at DATE", "x DECIMAL(20, 0)", "d DECIMAL(19, 2)");
    List<List<Object>> rows =
        read("n DOUBLE, code STRING, at DATE, x DECIMAL(20, 0), d DECIMAL(19, 2)", file);
    assertThat(rows).hasSize(30_001);
    assertThat(rows.get(30_000)).startsWith("2.75", "xy").endsWith("12345678901234567.89");
    Path json =
        json(
            "{\"a\":1,\"s\":\"2024-01-01\",\"o\":{\"x\":[1]}}",
            "{\"a\":\"x\",\"s\":null,\"o\":{\"y\":true}}");
    try (InputFile input = open(json)) {
      assertThat(input.columns(allocator).stream().map(each -> each.name() + " " + each.type()))
          .containsExactly("a STRING", "s STRING", "o ROW<x ARRAY<BIGINT>, y BOOLEAN>");
    }
  }

  @Test
  void aNameIsNoPattern() throws Exception {
    Path other = parquet("x1.parquet", "SELECT 1 AS c");
    assertThat(other).exists();
    for (String name : List.of("x[1].parquet", "x*.parquet", "x?.parquet", "it's {a,b}.parquet")) {
      assertThat(read("c INT", parquet(name, "SELECT 2 AS c"))).containsExactly(List.of("2"));
    }
    assertThat(
            read(
                "day STRING, c INT", parquet("day=other/f.parquet", "SELECT 'own' AS day, 3 AS c")))
        .containsExactly(List.of("own", "3"));
    Path hive = parquet("more=1/f.parquet", "SELECT 4 AS c");
    assertThat(read("c INT", hive)).containsExactly(List.of("4"));
    Path folder = Files.createDirectories(directory.resolve("year=2024"));
    Path csv = Files.writeString(folder.resolve("y[1].csv"), "c\n5\n");
    assertThat(read("c INT", csv)).containsExactly(List.of("5"));
  }

  @Test
  void parquetIsCastExactly() throws Exception {
    refused(
        "c BIGINT",
        parquet("f.parquet", "SELECT unnest([1.0, 2.7])::DOUBLE AS c"),
        "row 2, column 'c'",
        "2.7");
    refused(
        "c TIMESTAMP(0)",
        parquet("s.parquet", "SELECT TIMESTAMP '2024-01-01 00:00:00.5' AS c"),
        "finer");
    refused(
        "c TIMESTAMP(9)",
        parquet("far.parquet", "SELECT make_timestamp(9088000000000000000) AS c"),
        "out of range");
    refused("c ROW<a INT>", parquet("r.parquet", "SELECT {'a': 1, 'z': 2} AS c"), "no field 'z'");
  }

  /** Columns id INT32 and c INT96, one row, no compression; written by another library. */
  private static final byte[] INT96_FILE =
      Base64.getDecoder()
          .decode(
              "UEFSMRUAFRQVFCwVAhUAFQYVBhwAAAACAAAAAgEBAAAAFQAVJBUkLBUCFQAVBhUGHAAAAAIAAAACARVn+qPtKAAA"
                  + "0oolABUEGTw1ABgGc2NoZW1hFQQAFQIlAhgCaWQAFQYlAhgBYwAWAhkcGSwmABwVAhklBgAZGAJpZBUAFgIWOhY6"
                  + "JghJHBUAFQAVAgA8KQYZJgACAAAAJgAcFQYZJQYAGRgBYxUAFgIWShZKJkJJHBUAFQAVAgA8KQYZJgACAAAAFoQB"
                  + "FgImCBaEAQAoIHBhcnF1ZXQtY3BwLWFycm93IHZlcnNpb24gMjYuMC4xGSwcAAAcAAAAswAAAFBBUjE=");

  /** That file with another timestamp: {@code nanos} of a day, and the Julian day. */
  private Path int96(long nanos, int day) throws Exception {
    byte[] file = INT96_FILE.clone();
    ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    int at = 0;
    while (bytes.getLong(at) != 45_001_123_456_789L) {
      at++;
    }
    bytes.putLong(at, nanos).putInt(at + Long.BYTES, day);
    return Files.write(directory.resolve("int96.parquet"), file);
  }

  @Test
  void int96IsExactOrRefused() throws Exception {
    String columns = "id INT, c TIMESTAMP(9)";
    assertThat(read(columns, int96(45_001_123_456_789L, 2_460_370)))
        .containsExactly(List.of("1", "2024-02-29T12:30:01.123456789"));
    refused("id INT, c TIMESTAMP(6)", int96(45_001_123_456_789L, 2_460_370), "column 'c'", "finer");
    assertThat(read("id INT, c TIMESTAMP(6)", int96(45_001_123_456_000L, 2_460_370)))
        .containsExactly(List.of("1", "2024-02-29T12:30:01.123456"));
    int year290000 = 2_440_588 + 105_191_000;
    for (int day : List.of(year290000, 112_000_000, 300_000_000, Integer.MAX_VALUE, -1)) {
      refused(columns, int96(1_000_000_000L, day), "row 1, column 'c'", "out of range");
    }
    assertThat(read("id INT, c TIMESTAMP(6)", int96(1_000_000_000L, year290000)).get(0).get(1))
        .asString()
        .contains("289973-");
    refused("id INT, c TIMESTAMP(6)", int96(0, 300_000_000), "out of range");
    assertThat(read("id INT, c TIMESTAMP_LTZ(9)", int96(1_000_000_001L, 2_440_588)))
        .containsExactly(List.of("1", "1000000001"));
    refused("id INT, c BIGINT", int96(0, 2_440_588), "column 'c'", "Parquet's INT96");
    try (InputFile input = open(int96(0, 2_440_588))) {
      assertThat(input.columns(allocator).stream().map(each -> each.name() + " " + each.type()))
          .containsExactly("id INT", "c TIMESTAMP(9)");
    }
  }

  @Test
  void ourOwnColumnsAreLeftOut() throws Exception {
    assertThat(read("c INT", csv("__offset,c,__timestamp", "7,1,2024-01-01T00:00:00Z")))
        .containsExactly(List.of("1"));
    assertThat(read("c INT", json("{\"__offset\":7,\"c\":1,\"__timestamp\":{\"a\":[]}}")))
        .containsExactly(List.of("1"));
    Path segment =
        parquet(
            "own.parquet",
            "SELECT 1 AS c, 7 AS __offset, TIMESTAMPTZ '2024-01-01 00:00:00Z' AS __timestamp");
    assertThat(read("c INT", segment)).containsExactly(List.of("1"));
    try (InputFile input = open(segment);
        FileRows rows = input.rows(table("c INT"), allocator)) {
      assertThat(rows.leftOut()).containsExactly("__offset", "__timestamp");
      assertThat(input.columns(allocator).stream().map(Column::name)).containsExactly("c");
    }
    for (Path changes :
        List.of(
            csv("c,__change_type", "1,0"),
            json("{\"c\":1,\"__change_type\":0}"),
            parquet("changes.parquet", "SELECT 1 AS c, 0::TINYINT AS __change_type"))) {
      refused("c INT", changes, "changes of a table with a primary key");
    }
    refused("c INT", csv("c,__other", "1,0"), "no column '__other'");
  }

  @Test
  void filesWithoutContentAreToldInOurWords() throws Exception {
    for (String name : List.of("e.csv", "e.json", "e.parquet")) {
      refused("c INT", Files.writeString(directory.resolve(name), ""), name, "the file is empty");
    }
    assertThatThrownBy(
            () -> InputFile.open("-", InputFile.Format.JSON, InputStream.nullInputStream()))
        .hasMessage("standard input is empty; there is nothing to append");
    Path whole =
        parquet("whole.parquet", "SELECT range AS c, random()::VARCHAR AS r FROM range(5000)");
    byte[] bytes = Files.readAllBytes(whole);
    for (int cut : List.of(1, 11, 12, bytes.length / 2, bytes.length - 1)) {
      Path part = Files.write(directory.resolve("part.parquet"), Arrays.copyOf(bytes, cut));
      assertInOurWords(part);
    }
    Random random = new Random(7);
    for (int i = 0; i < 60; i++) {
      byte[] damaged = bytes.clone();
      int at = 4 + random.nextInt(bytes.length - 4);
      Arrays.fill(damaged, at, Math.min(bytes.length, at + 40), (byte) random.nextInt());
      assertInOurWords(Files.write(directory.resolve("damaged.parquet"), damaged));
    }
  }

  /** The file is read, or refused with a message that contains nothing of the library's. */
  private void assertInOurWords(Path file) {
    try {
      read("c BIGINT, r STRING", file);
    } catch (InputException refused) {
      assertThat(refused.getMessage())
          .contains(file.getFileName().toString())
          .doesNotContainIgnoringCase(
              "duckdb", "select", "rows.parquet", "invalid input", "thrift");
    } catch (Exception other) {
      throw new AssertionError("not refused but failed", other);
    }
  }

  @Test
  void rowsBeforeAFailureComeFirst() throws Exception {
    Path file = csv("c", "1", "2", "x");
    try (InputFile input = open(file);
        FileRows rows = input.rows(table("c INT"), allocator)) {
      assertThat(rows.next().getRowCount()).isEqualTo(2);
      assertThatThrownBy(rows::next).hasMessageContaining("row 3 (line 4), column 'c': 'x'");
    }
  }

  @Test
  void filesThatAreNone() throws Exception {
    refused("c INT", csv("d", "1"), "no column 'd'; its columns are [c]");
    refused("c INT", json("{\"d\":1}"), "no column 'd'");
    refused("c INT", csv("c,c", "1,2"), "column 'c' twice");
    refused("c INT, d INT", csv("c,d", "1"), "row 1 (line 2) has 1 cells, the header 2");
    refused("c INT", Files.writeString(directory.resolve("e.csv"), ""), "the file is empty");
    refused("c INT", json("{\"c\":1"), "cannot read");
    refused("c INT", Files.writeString(directory.resolve("n.parquet"), "no"), "no Parquet file");
    Path latin =
        Files.write(
            directory.resolve("l.csv"), "c\n\u00fc\n".getBytes(StandardCharsets.ISO_8859_1));
    refused("c STRING", latin, "not UTF-8");
    refused("c INT NOT NULL", json("{}"), "'c' is NOT NULL");
  }
}
