package io.thalweg.parquet;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.schema.Schema;
import io.thalweg.format.testing.RandomTables;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Scalar;
import io.thalweg.format.variant.Variant;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** DuckDB reads what we write, and we read what DuckDB writes. */
class DuckDbOracleTest {
  private final BufferAllocator allocator = new RootAllocator();
  @TempDir private Path directory;
  private Connection connection;

  @BeforeEach
  void open() throws SQLException {
    connection = DriverManager.getConnection("jdbc:duckdb:");
    execute("SET TimeZone = 'UTC'");
    execute("SET threads = 1");
  }

  @AfterEach
  void close() throws SQLException {
    connection.close();
    allocator.close();
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private List<List<String>> query(String sql) throws SQLException {
    List<List<String>> rows = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      int columns = result.getMetaData().getColumnCount();
      while (result.next()) {
        List<String> row = new ArrayList<>();
        for (int i = 1; i <= columns; i++) {
          row.add(result.getString(i));
        }
        rows.add(row);
      }
    }
    return rows;
  }

  private Path write(String name, Schema schema, List<List<Object>> rows) throws IOException {
    Path file = directory.resolve(name);
    byte[] attached = new byte[1_000];
    Files.write(
        file,
        ParquetTables.write(
                schema, rows, ParquetTables.SMALL, 400, row -> true, attached, allocator)
            .bytes());
    return file;
  }

  /** One row of every type, as DuckDB prints it. */
  @Test
  void duckDbReadsEveryType() throws Exception {
    Schema schema = RoundTripTest.EVERY_TYPE;
    Path file = write("every.parquet", schema, List.of(EveryType.ROW));
    List<String> names = schema.columns().stream().map(column -> column.name()).toList();
    String casts =
        String.join(", ", names.stream().map(name -> "CAST(" + name + " AS VARCHAR)").toList());
    List<String> row = query("SELECT " + casts + " FROM '" + file + "'").get(0);
    List<String> told = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      told.add(names.get(i) + "=" + row.get(i));
    }
    assertThat(told).containsExactlyElementsOf(EveryType.AS_DUCKDB_TELLS);
    assertThat(query("SELECT count(*) FROM parquet_schema('" + file + "') WHERE field_id = 1"))
        .containsExactly(List.of("1"));
  }

  /** From us to DuckDB and back, for types that DuckDB writes as it read them. */
  @Test
  void randomTablesGoThroughDuckDb() throws Exception {
    for (int seed = 0; seed < 40; seed++) {
      RandomTables tables = new RandomTables(new Random(seed));
      Schema schema = tables.schema(5, 3);
      if (!schema.columns().stream().allMatch(column -> kept(column.type()))) {
        continue;
      }
      List<List<Object>> rows = tables.rows(schema, 1_500);
      Path ours = write("ours" + seed + ".parquet", schema, rows);
      Path theirs = directory.resolve("theirs" + seed + ".parquet");
      execute(
          "COPY (SELECT * FROM '"
              + ours
              + "') TO '"
              + theirs
              + "' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 2048, PARQUET_VERSION v"
              + (1 + seed % 2)
              + ")");
      byte[] bytes = Files.readAllBytes(theirs);
      List<List<Object>> read =
          ParquetTables.read(bytes, ParquetTables.footer(bytes), schema.columns(), allocator);
      assertThat(read).as("seed %s: %s", seed, schema).hasSameSizeAs(rows);
      for (int i = 0; i < rows.size(); i++) {
        assertThat(RandomTables.comparable(read.get(i)))
            .as("row %s of seed %s: %s", i, seed, schema)
            .isEqualTo(RandomTables.comparable(rows.get(i)));
      }
    }
  }

  /**
   * Whether DuckDB writes the type as it read it; it has no CHAR, for example, and unique map keys.
   */
  private static boolean kept(DataType type) {
    if (type instanceof DataType.Vector) {
      return true;
    }
    if (type instanceof DataType.Array array) {
      return kept(array.element());
    }
    if (type instanceof DataType.Row row) {
      return row.fields().stream().allMatch(field -> kept(field.type()));
    }
    if (type instanceof Scalar scalar) {
      return switch (scalar.kind()) {
        case BOOLEAN, TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE, DECIMAL, STRING, BYTES -> true;
        case DATE, CHAR, BINARY, TIME, TIMESTAMP, TIMESTAMP_LTZ -> false;
      };
    }
    return false;
  }

  @Test
  void duckDbReadsVariants() throws Exception {
    Schema schema = RoundTripTest.schema("i BIGINT, v VARIANT, l ARRAY<VARIANT>");
    List<List<Object>> rows = new ArrayList<>();
    List<List<String>> wanted = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      String json = "{\"a\":" + i + ",\"b\":[\"x" + i + "\",null,true,1.5]}";
      Variant variant = Variant.parse(json);
      Object value = List.of(variant.metadata(), variant.value());
      rows.add(Arrays.asList((long) i, i % 7 == 0 ? null : value, List.of(value)));
      wanted.add(Arrays.asList(i % 7 == 0 ? null : json, "[" + json + "]"));
    }
    Path file = write("variants.parquet", schema, rows);
    assertThat(query("SELECT CAST(v AS JSON), CAST(l AS JSON) FROM '" + file + "' ORDER BY i"))
        .isEqualTo(wanted);
    assertThat(query("SELECT DISTINCT typeof(v) FROM '" + file + "'"))
        .containsExactly(List.of("VARIANT"));
  }

  @Test
  void duckDbReadsShreddedVariants() throws Exception {
    Schema schema = RoundTripTest.schema("i BIGINT, v VARIANT");
    List<List<Object>> rows = new ArrayList<>();
    List<List<String>> wanted = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      String a = i % 5 == 0 ? "\"x\"" : String.valueOf(i);
      String json = "{\"a\":{\"b\":" + a + ",\"c\":[1,null]},\"k\":\"k" + i % 3 + "\"}";
      Variant variant = Variant.parse(i % 11 == 0 ? "[1]" : json);
      Object value = List.of(variant.metadata(), variant.value());
      rows.add(Arrays.asList((long) i, i % 7 == 0 ? null : value));
      wanted.add(Arrays.asList(i % 7 == 0 ? null : i % 11 == 0 ? "[1]" : json));
    }
    Path file = directory.resolve("shredded.parquet");
    Files.write(
        file,
        ShreddedVariantTest.write(
            schema, rows, ShreddedVariantTest.type("a.b", "BIGINT", "k", "STRING"), allocator));
    assertThat(query("SELECT CAST(v AS JSON) FROM '" + file + "' ORDER BY i")).isEqualTo(wanted);
  }

  @Test
  void weReadWhatDuckDbMakes() throws Exception {
    Schema schema =
        RoundTripTest.schema(
            "i BIGINT, s STRING, d DECIMAL(30, 4), ts TIMESTAMP(6), z TIMESTAMP_LTZ(6), n"
                + " TIMESTAMP(9), day DATE, t TIME(6), l ARRAY<INT>, m MAP<STRING, INT>, r ROW<a"
                + " INT, b STRING>, f DOUBLE, b BOOLEAN, x BYTES");
    for (int version = 1; version <= 2; version++) {
      Path file = directory.resolve("made" + version + ".parquet");
      execute(
          "COPY (SELECT i, 'word ' || (i % 7) AS s, CAST(i * -1.25 AS DECIMAL(30, 4)) AS d,"
              + " TIMESTAMP '2020-01-02 03:04:05.678901' AS ts, TIMESTAMPTZ '2020-01-02"
              + " 03:04:05.678901+00' AS z, TIMESTAMP_NS '2020-01-02 03:04:05.123456789' AS n,"
              + " DATE '1969-12-31' AS day, TIME '01:02:03.000004' AS t, CASE WHEN i % 3 = 0 THEN"
              + " NULL ELSE [CAST(i AS INTEGER), NULL] END AS l, MAP {'k': CAST(i AS INTEGER)} AS"
              + " m, {'a': CAST(i AS INTEGER), 'b': 'x'} AS r, i / 4.0::DOUBLE AS f, i % 2 = 0 AS b,"
              + " 'ab'::BLOB AS x FROM range(5000) r(i)) TO '"
              + file
              + "' (FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v"
              + version
              + ")");
      byte[] bytes = Files.readAllBytes(file);
      List<List<Object>> rows =
          ParquetTables.read(bytes, ParquetTables.footer(bytes), schema.columns(), allocator);
      assertThat(rows).hasSize(5_000);
      assertThat(rows.get(4_999).stream().map(RandomTables::comparable).toList())
          .as("version %s", version)
          .containsExactlyElementsOf(EveryType.AS_DUCKDB_MADE);
      assertThat(rows.get(3).get(8)).isNull();
    }
  }

  /** DuckDB uses our statistics to skip row groups and pages; no matching row may be lost. */
  @Test
  void filtersFindEverything() throws Exception {
    Schema schema = RoundTripTest.schema("i BIGINT, s STRING, d DOUBLE, b BINARY(40)");
    List<List<Object>> rows = new ArrayList<>();
    String prefix = "a common prefix longer than any bound ";
    for (int i = 0; i < 3_000; i++) {
      byte[] bytes = new byte[40];
      bytes[39] = (byte) i;
      double d = i % 500 == 0 ? Double.NaN : i % 7 == 0 ? -0.0 : i;
      rows.add(List.of((long) (i * 7919 % 3_000), prefix + (char) (0x7d + i % 3), d, bytes));
    }
    Path file = write("filter.parquet", schema, rows);
    assertThat(query("SELECT count(*) FROM '" + file + "' WHERE i BETWEEN 100 AND 199"))
        .containsExactly(List.of("100"));
    assertThat(query("SELECT count(*) FROM '" + file + "' WHERE s = '" + prefix + "\u007f'"))
        .containsExactly(List.of("1000"));
    assertThat(query("SELECT count(*) FROM '" + file + "' WHERE isnan(d)"))
        .containsExactly(List.of("6"));
    assertThat(query("SELECT count(*) FROM '" + file + "' WHERE d = 0"))
        .containsExactly(List.of("428"));
  }
}
