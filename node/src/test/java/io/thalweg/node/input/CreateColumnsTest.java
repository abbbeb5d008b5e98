package io.thalweg.node.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.StorageId;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.TypeText;
import java.io.InputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A table that is created from a file takes every row of it, and no value changes. */
class CreateColumnsTest {
  private static final int FILES = 150;

  private final BufferAllocator allocator = new RootAllocator();
  @TempDir Path directory;

  @AfterEach
  void everyBufferIsReleased() {
    allocator.close();
  }

  /** The kinds of cells that a column may have. */
  private enum Family {
    BOOLEANS,
    WHOLES,
    FRACTIONS,
    DAYS,
    MOMENTS,
    TIMES,
    TEXTS,
    ANYTHING;

    String cell(Random random) {
      return switch (this) {
        case BOOLEANS -> pick(random, "true", "false", "TRUE", "False", "yes");
        case WHOLES -> whole(random);
        case FRACTIONS -> fraction(random);
        case DAYS ->
            String.format(
                "%04d-%02d-%02d",
                pick(random, 1, 1677, 1970, 2023, 2024, 2262, 9999),
                1 + random.nextInt(random.nextInt(20) == 0 ? 13 : 12),
                1 + random.nextInt(random.nextInt(20) == 0 ? 32 : 28));
        case MOMENTS ->
            DAYS.cell(random)
                + pick(random, "T", " ")
                + TIMES.cell(random)
                + (random.nextInt(50) == 0 ? "Z" : "");
        case TIMES ->
            String.format(
                    "%02d:%02d:%02d",
                    random.nextInt(random.nextInt(20) == 0 ? 25 : 24),
                    random.nextInt(60),
                    random.nextInt(random.nextInt(20) == 0 ? 61 : 60))
                + pick(random, "", ".5", ".123456", ".123456789", ".000000001", ".1234567890");
        case TEXTS ->
            pick(random, "x", "", " 1", "007", "+1", "1_000", "ä\ud83d\ude00", "NaN", "-");
        case ANYTHING -> values()[random.nextInt(values().length - 1)].cell(random);
      };
    }

    private static String whole(Random random) {
      return pick(
          random,
          Long.toString(random.nextLong() >> random.nextInt(64)),
          "0",
          "-0",
          "9223372036854775807",
          "-9223372036854775808",
          "9223372036854775808",
          "9007199254740993",
          new BigInteger(1 + random.nextInt(140), random).toString());
    }

    private static String fraction(Random random) {
      return pick(
          random,
          Double.toString(random.nextGaussian()),
          Double.toString(Double.longBitsToDouble(random.nextLong())).replace("Infinity", "1"),
          new BigDecimal(new BigInteger(60, random), random.nextInt(40)).toPlainString(),
          "-0.0",
          "1e400",
          "1e-400",
          "5e-324",
          "0.1",
          whole(random));
    }

    @SafeVarargs
    private static <T> T pick(Random random, T... values) {
      return values[random.nextInt(values.length)];
    }
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void aTableMadeFromCsvHoldsTheFile(Family family) throws Exception {
    for (int seed = 0; seed < FILES; seed++) {
      Random random = new Random(seed);
      List<String> cells = new ArrayList<>();
      for (int i = 0; i < 1 + random.nextInt(6); i++) {
        cells.add(family.cell(random));
      }
      StringBuilder csv = new StringBuilder("c\n");
      cells.forEach(cell -> csv.append('"').append(cell).append("\"\n"));
      Path file = Files.writeString(directory.resolve("f.csv"), csv);
      holds(file, cells, family + ", seed " + seed);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Family.class,
      names = {"BOOLEANS", "WHOLES", "FRACTIONS", "TEXTS", "ANYTHING"})
  void aTableMadeFromJsonHoldsTheFile(Family family) throws Exception {
    for (int seed = 0; seed < FILES; seed++) {
      Random random = new Random(seed);
      List<String> cells = new ArrayList<>();
      StringBuilder json = new StringBuilder();
      for (int i = 0; i < 1 + random.nextInt(6); i++) {
        String cell = family.cell(random);
        boolean bare = cell.matches("true|false|-?(0|[1-9]\\d*)(\\.\\d+)?([eE]-?\\d+)?");
        cells.add(cell);
        json.append("{\"c\":").append(bare ? cell : '"' + cell + '"').append("}\n");
      }
      holds(Files.writeString(directory.resolve("f.json"), json), cells, family + ", seed " + seed);
    }
  }

  private void holds(Path file, List<String> cells, String what) throws Exception {
    List<Column> columns = columns(file);
    List<Object> read = read(columns, file);
    assertThat(read).as(what).hasSameSizeAs(cells);
    DataType.Scalar type = (DataType.Scalar) columns.get(0).type();
    for (int i = 0; i < cells.size(); i++) {
      assertSame(what + ", row " + i + ", " + type, type, cells.get(i), read.get(i));
    }
  }

  /** Compares without any code of the reader under test. */
  private static void assertSame(String what, DataType.Scalar type, String cell, Object read) {
    switch (type.kind()) {
      case STRING -> assertThat(read.toString()).as(what).isEqualTo(cell);
      case BOOLEAN -> assertThat(read.toString()).as(what).isEqualToIgnoringCase(cell);
      case BIGINT -> assertThat(read.toString()).as(what).isEqualTo(cell);
      case DECIMAL -> assertThat((BigDecimal) read).as(what).isEqualByComparingTo(cell);
      case DOUBLE -> {
        double number = (Double) read;
        assertThat(number).as(what).isEqualTo(Double.parseDouble(cell));
        assertThat(
                new BigDecimal(Double.toString(number)).compareTo(new BigDecimal(cell)) == 0
                    || new BigDecimal(number).compareTo(new BigDecimal(cell)) == 0)
            .as(what)
            .isTrue();
      }
      case DATE ->
          assertThat(LocalDate.ofEpochDay((Integer) read))
              .as(what)
              .isEqualTo(LocalDate.parse(cell));
      case TIMESTAMP -> {
        LocalDateTime wanted =
            LocalDate.parse(cell.substring(0, 10)).atTime(LocalTime.parse(cell.substring(11)));
        assertThat(read).as(what).isEqualTo(wanted);
      }
      default -> throw new AssertionError(what + " was not expected");
    }
  }

  private static TableInfo table(List<Column> columns) {
    return TableInfo.created(
        1,
        new StorageId(2),
        TablePath.parse("default.t"),
        new TableDescriptor(Schema.first(columns, List.of()), 1, List.of(), Map.of(), ""),
        0);
  }

  private List<Column> columns(Path file) throws Exception {
    try (InputFile input = InputFile.open(file.toString(), null, InputStream.nullInputStream())) {
      return input.columns(allocator);
    }
  }

  private String types(Path file) throws Exception {
    return String.join(
        ", ", columns(file).stream().map(each -> each.name() + " " + each.type()).toList());
  }

  private List<Object> read(List<Column> columns, Path file) throws Exception {
    List<Object> values = new ArrayList<>();
    try (InputFile input = InputFile.open(file.toString(), null, InputStream.nullInputStream());
        FileRows source = input.rows(table(columns), allocator)) {
      for (VectorSchemaRoot root = source.next(); root != null; root = source.next()) {
        for (int row = 0; row < root.getRowCount(); row++) {
          Object value = root.getVector(0).getObject(row);
          values.add(
              columns.get(0).type() instanceof DataType.Scalar scalar
                      && scalar.kind() == DataType.Kind.TIMESTAMP
                  ? LocalDateTime.class.cast(value)
                  : value);
        }
      }
    }
    return values;
  }

  private Path csv(String... lines) throws Exception {
    return Files.writeString(directory.resolve("f.csv"), String.join("\n", lines) + "\n");
  }

  private Path json(String... lines) throws Exception {
    return Files.writeString(directory.resolve("f.json"), String.join("\n", lines) + "\n");
  }

  private Path parquet(String select) throws Exception {
    Path file = directory.resolve("f.parquet");
    Files.deleteIfExists(file);
    try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = duck.createStatement()) {
      statement.execute("SET TimeZone = 'UTC'");
      statement.execute("COPY (" + select + ") TO '" + file + "' (FORMAT parquet)");
    }
    return file;
  }

  @Test
  void timestampsAreAsFineAsTheirRangeAllows() throws Exception {
    assertThat(types(csv("t", "2024-01-01 00:00:00.123456789"))).isEqualTo("t TIMESTAMP(9)");
    for (String far : List.of("9999-12-31 23:59:59", "0001-01-01 00:00:00.000001")) {
      assertThat(types(csv("t", "2024-01-01 00:00:00", far))).isEqualTo("t TIMESTAMP(6)");
      assertThat(types(csv("t", "2024-01-01 00:00:00.123456789", far))).isEqualTo("t STRING");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"2023-02-29", "2023-02-30 10:00:00", "2023-04-31", "2024-01-01 24:00"})
  void whatIsNoDayIsNeitherGuessedNorMovedToAnother(String none) throws Exception {
    assertThat(types(csv("d", none))).isEqualTo("d STRING");
    for (String type : List.of("DATE", "TIMESTAMP(6)", "TIMESTAMP_LTZ(6)")) {
      List<Column> columns = List.of(Column.of("d", TypeText.parse(type)));
      for (Path file : List.of(csv("d", none), json("{\"d\":\"" + none + "\"}"))) {
        assertThatThrownBy(() -> read(columns, file))
            .isInstanceOf(InputException.class)
            .hasMessageContaining("row 1")
            .hasMessageContaining("column 'd'");
      }
    }
  }

  @Test
  void aDayThatDoesNotExistIsToldSo() throws Exception {
    List<Column> day = List.of(Column.of("d", DataType.of(DataType.Kind.DATE)));
    assertThatThrownBy(() -> read(day, csv("d", "2023-02-29")))
        .hasMessageContaining("'2023-02-29' does not fit DATE: there is no such day or time");
    assertThatThrownBy(() -> read(day, csv("d", "29.2.2024")))
        .hasMessageContaining("write it as in 2026-11-28");
  }

  @Test
  void halfOfASurrogatePairIsRefusedWithItsPlace() throws Exception {
    List<Column> text = List.of(Column.of("c", DataType.of(DataType.Kind.STRING)));
    Path plain = json("{\"c\":\"a\"}", "{\"c\":\"cut \\ud83d\"}");
    String[] wanted = {"f.json", "row 2 (line 2)", "column 'c'", "\\ud83d behind 4 characters"};
    assertThatThrownBy(() -> read(text, plain)).hasMessageContainingAll(wanted);
    assertThatThrownBy(() -> columns(plain)).hasMessageContainingAll(wanted);
    Path nested = json("{\"c\":{\"x\":[\"ok\",\"\\udc00\"]}}");
    assertThatThrownBy(() -> columns(nested))
        .hasMessageContainingAll("row 1 (line 1)", "column 'c.x.element'", "surrogate");
    List<Column> map = List.of(Column.of("c", TypeText.parse("MAP<STRING, INT>")));
    assertThatThrownBy(() -> read(map, json("{\"c\":{\"\\ud800\":1}}")))
        .hasMessageContainingAll("line 1", "urrogate");
    Path cell = csv("c", "\"{\"\"\\ud800\"\":1}\"");
    assertThatThrownBy(() -> read(map, cell)).hasMessageContainingAll("row ", "urrogate");
    assertThat(read(text, json("{\"c\":\"\\ud83d\\ude00\"}")).get(0).toString())
        .isEqualTo("\ud83d\ude00");
  }

  @Test
  void numbersBeyondAllTypesAreTexts() throws Exception {
    Path file = json("{\"c\":1e99999}", "{\"c\":1e9999999999}", "{\"c\":1}");
    assertThat(types(file)).isEqualTo("c STRING");
    assertThat(read(columns(file), file).toString()).isEqualTo("[1e99999, 1e9999999999, 1]");
  }

  @Test
  void allEntriesOfAMapAreRead() throws Exception {
    List<Column> map = List.of(Column.of("c", TypeText.parse("MAP<INT, INT>")));
    Path file =
        json(
            "{\"c\":[{\"key\":1,\"value\":2},{\"key\":1,\"value\":3}]}",
            "{\"c\":{\"1\":4,\"01\":5}}");
    assertThat(read(map, file).toString())
        .isEqualTo(
            "[[{\"key\":1,\"value\":2},{\"key\":1,\"value\":3}], [{\"key\":1,\"value\":4},{\"key\":1,\"value\":5}]]");
  }

  @Test
  void parquetTypesThatTablesLackBecomeWiderOnes() throws Exception {
    Path file =
        parquet(
            "SELECT 255::UTINYINT AS a, 65535::USMALLINT AS b, 4294967295::UINTEGER AS c,"
                + " 18446744073709551615::UBIGINT AS d, [4294967295::UINTEGER] AS l,"
                + " {'x': 7::UINTEGER} AS r");
    assertThat(types(file))
        .isEqualTo(
            "a SMALLINT, b INT, c BIGINT, d DECIMAL(20, 0), l ARRAY<BIGINT>, r ROW<x BIGINT>");
    List<Column> columns = columns(file);
    try (InputFile input = InputFile.open(file.toString(), null, InputStream.nullInputStream());
        FileRows rows = input.rows(table(columns), allocator)) {
      VectorSchemaRoot root = rows.next();
      assertThat(root.getFieldVectors().stream().map(each -> each.getObject(0).toString()))
          .containsExactly(
              "255", "65535", "4294967295", "18446744073709551615", "[4294967295]", "{\"x\":7}");
    }
    assertThatThrownBy(() -> columns(parquet("SELECT INTERVAL 1 DAY AS i")))
        .isInstanceOf(InputException.class)
        .hasMessageContainingAll("f.parquet", "column 'i'", "cast it");
  }

  @Test
  void theIndexColumnsOfPandasLoseTheirUnderscores() throws Exception {
    for (Path file :
        List.of(
            csv("__index_level_0__,v", "7,1"),
            json("{\"__index_level_0__\":7,\"v\":1}"),
            parquet("SELECT 7::BIGINT AS __index_level_0__, 1::BIGINT AS v"))) {
      assertThat(types(file)).isEqualTo("index_level_0 BIGINT, v BIGINT");
      try (InputFile input = InputFile.open(file.toString(), null, InputStream.nullInputStream());
          FileRows rows = input.rows(table(columns(file)), allocator)) {
        assertThat(rows.next().getVector("index_level_0").getObject(0)).isEqualTo(7L);
        assertThat(rows.renamed()).containsExactly("__index_level_0__");
        assertThat(rows.next()).isNull();
      }
    }
    for (Path both :
        List.of(
            csv("__index_level_0__,index_level_0", "7,1"),
            json("{\"__index_level_0__\":7,\"index_level_0\":1}"),
            parquet("SELECT 7 AS __index_level_0__, 1 AS index_level_0"))) {
      assertThatThrownBy(() -> columns(both))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("would both be 'index_level_0'");
    }
  }

  @Test
  void bareNaNsOfJsonAreFractions() throws Exception {
    Path file = json("{\"c\":NaN}", "{\"c\":-Infinity}", "{\"c\":1.5}");
    assertThat(types(file)).isEqualTo("c DOUBLE");
    assertThat(read(columns(file), file))
        .containsExactly(Double.NaN, Double.NEGATIVE_INFINITY, 1.5);
    assertThat(types(json("{\"c\":NaN}", "{\"c\":12345678901234567890.5}"))).isEqualTo("c STRING");
    List<Column> whole = List.of(Column.of("c", DataType.of(DataType.Kind.BIGINT)));
    assertThatThrownBy(() -> read(whole, file)).hasMessageContaining("row 1");
  }

  @Test
  void brokenJsonIsToldInOurWords() throws Exception {
    List<Column> text = List.of(Column.of("c", DataType.of(DataType.Kind.STRING)));
    for (String broken :
        List.of("{\"c\":", "{\"c\":nope}", "{\"c\":'x'}", "{\"c\":01}", "{\"c\":\"\\x\"}", "[{}")) {
      assertThatThrownBy(() -> read(text, json(broken)))
          .as(broken)
          .isInstanceOf(InputException.class)
          .hasMessageContaining("no JSON at line ")
          .message()
          .doesNotContain("REDACTED", "Feature", "Source");
    }
  }

  @Test
  void aParquetTextThatIsNoUtf8IsToldSo() throws Exception {
    Path file = parquet("SELECT 'zzzzabcd' AS s");
    byte[] bytes = Files.readAllBytes(file);
    for (int at = 0; at + 8 <= bytes.length; at++) {
      if (new String(bytes, at, 8, StandardCharsets.ISO_8859_1).equals("zzzzabcd")) {
        bytes[at + 4] = (byte) 0xff;
      }
    }
    Files.write(file, bytes);
    assertThatThrownBy(() -> columns(file))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("not UTF-8");
  }

  @Test
  void uuidsAndEnumsAreTexts() throws Exception {
    Path file =
        parquet(
            "SELECT '550e8400-e29b-41d4-a716-446655440000'::UUID AS u, 'a'::ENUM('a', 'b') AS e,"
                + " '{}'::JSON AS j");
    assertThat(types(file)).isEqualTo("u STRING, e STRING, j STRING");
    assertThat(read(columns(file), file).toString())
        .isEqualTo("[550e8400-e29b-41d4-a716-446655440000]");
  }

  /** DECIMAL(50, 2); a ROW with fields A and a; columns A and a: written by another library. */
  private static final String WIDE_DECIMAL =
      "UEFSMRUAFTYVNiwVAhUAFQYVBhwAAAACAAAAAgEAADdcJPOMxgwzpKm9WZLckXLcuqEVBBksNQAYBnNjaGVt"
          + "YRUCABUOFSoVAhgBZCUKFQQVZCxcFQQVZAAAABYCGRwZHCYAHBUOGSUGABkYAWQVABYCFlwWXCYISRwVABUA"
          + "FQIAPCkGGSYAAgAAABZcFgImCBZcACggcGFycXVldC1jcHAtYXJyb3cgdmVyc2lvbiAyNi4wLjEZHBwAAACK"
          + "AAAAUEFSMQ==";

  private static final String FIELDS_BY_CASE =
      "UEFSMRUAFRQVFCwVAhUAFQYVBhwAAAACAAAAAgIBAAAAFQAVFBUULBUCFQAVBhUGHAAAAAIAAAACAgIAAAAV"
          + "BBlMNQAYBnNjaGVtYRUCADUCGAJzdBUEABUCJQIYAUEAFQIlAhgBYQAWAhkcGSwmABwVAhklBgAZKAJzdAFB"
          + "FQAWAhY6FjomCEkcFQAVABUCADwpBhk2AAACAAAAJgAcFQIZJQYAGSgCc3QBYRUAFgIWOhY6JkJJHBUAFQAV"
          + "AgA8KQYZNgAAAgAAABZ0FgImCBZ0ACggcGFycXVldC1jcHAtYXJyb3cgdmVyc2lvbiAyNi4wLjEZLBwAABwA"
          + "AADAAAAAUEFSMQ==";

  private static final String COLUMNS_BY_CASE =
      "UEFSMRUAFRQVFCwVAhUAFQYVBhwAAAACAAAAAgEBAAAAFQAVFBUULBUCFQAVBhUGHAAAAAIAAAACAQIAAAAV"
          + "BBk8NQAYBnNjaGVtYRUEABUCJQIYAUEAFQIlAhgBYQAWAhkcGSwmABwVAhklBgAZGAFBFQAWAhY6FjomCEkc"
          + "FQAVABUCADwpBhkmAAIAAAAmABwVAhklBgAZGAFhFQAWAhY6FjomQkkcFQAVABUCADwpBhkmAAIAAAAWdBYC"
          + "JggWdAAoIHBhcnF1ZXQtY3BwLWFycm93IHZlcnNpb24gMjYuMC4xGSwcAAAcAAAArwAAAFBBUjE=";

  private Path decoded(String base64) throws Exception {
    return Files.write(directory.resolve("decoded.parquet"), Base64.getDecoder().decode(base64));
  }

  @Test
  void whatTheReaderOfParquetWouldChangeIsRefused() throws Exception {
    for (String type : List.of("DOUBLE", "DECIMAL(38, 2)")) {
      List<Column> wanted = List.of(Column.of("d", TypeText.parse(type)));
      assertThatThrownBy(() -> read(wanted, decoded(WIDE_DECIMAL)))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("column 'd' is DECIMAL(50, 2) in the file");
    }
    assertThatThrownBy(() -> columns(decoded(WIDE_DECIMAL))).hasMessageContaining("DECIMAL(50, 2)");
    assertThatThrownBy(() -> columns(decoded(FIELDS_BY_CASE)))
        .hasMessageContaining("column 'st' has fields 'A' and 'a'");
    assertThat(types(decoded(COLUMNS_BY_CASE))).isEqualTo("A INT, a INT");
  }
}
