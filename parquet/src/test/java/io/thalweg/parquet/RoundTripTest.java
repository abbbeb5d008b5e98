package io.thalweg.parquet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.testing.RandomTables;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.TypeText;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows are read back as they were written, for every type and random schemas. */
class RoundTripTest {
  /** Every type and every way to nest them. */
  static final Schema EVERY_TYPE =
      schema(
          "id BIGINT NOT NULL, ok BOOLEAN, t TINYINT, s SMALLINT, i INT, f FLOAT, d DOUBLE, dec4"
              + " DECIMAL(4, 1), dec17 DECIMAL(17, 3), dec DECIMAL(38, 10), c CHAR(3), str STRING,"
              + " b3 BINARY(3), b BYTES, day DATE, t0 TIME(0), t3 TIME(3), t6 TIME(6), t9 TIME(9),"
              + " ts0 TIMESTAMP(0), ts3 TIMESTAMP(3), ts6 TIMESTAMP(6), ts9 TIMESTAMP(9), l0"
              + " TIMESTAMP_LTZ(0), l3 TIMESTAMP_LTZ(3), l6 TIMESTAMP_LTZ(6), l9 TIMESTAMP_LTZ(9),"
              + " tags ARRAY<STRING>, m MAP<STRING, ARRAY<INT>>, r ROW<a INT NOT NULL, b ROW<x"
              + " BOOLEAN, y MAP<INT, DECIMAL(5, 2)>>>, deep ARRAY<ARRAY<ROW<p INT, q ARRAY<BIGINT"
              + " NOT NULL> NOT NULL>>>");

  private final BufferAllocator allocator = new RootAllocator();

  static Schema schema(String columns) {
    return Schema.first(
        TypeText.parseColumns(columns).stream()
            .map(field -> Column.of(field.name(), field.type()))
            .toList(),
        List.of());
  }

  @AfterEach
  void everyBufferIsReleased() {
    allocator.close();
  }

  private void roundTrip(
      Schema schema, List<List<Object>> rows, ParquetWriteOptions options, int batchRows) {
    ParquetTables.File file = ParquetTables.write(schema, rows, options, batchRows, allocator);
    assertThat(file.footer().rowCount()).isEqualTo(rows.size());
    List<List<Object>> read =
        ParquetTables.read(file.bytes(), file.footer(), schema.columns(), allocator);
    assertThat(read.size()).isEqualTo(rows.size());
    for (int row = 0; row < rows.size(); row++) {
      for (int i = 0; i < schema.columns().size(); i++) {
        assertThat(RandomTables.comparable(read.get(row).get(i)))
            .as("row %s of %s", row, schema.columns().get(i))
            .isEqualTo(RandomTables.comparable(rows.get(row).get(i)));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 699, 700, 701, 3_000})
  void everyType(int count) {
    List<List<Object>> rows =
        ParquetTables.storable(
            EVERY_TYPE, new RandomTables(new Random(count)).rows(EVERY_TYPE, count));
    roundTrip(EVERY_TYPE, rows, ParquetTables.SMALL, 333);
    roundTrip(EVERY_TYPE, rows, ParquetWriteOptions.DEFAULT, 5_000);
  }

  @Test
  void attachedBytesStandWhereTheWriterSays() {
    Schema schema = schema("id BIGINT NOT NULL");
    byte[] attached = "not Parquet".getBytes(StandardCharsets.UTF_8);
    for (int count : new int[] {0, 1, 1_500}) {
      List<List<Object>> rows = new RandomTables(new Random(1)).rows(schema, count);
      ParquetTables.File file =
          ParquetTables.write(
              schema, rows, ParquetTables.SMALL, 100, row -> true, attached, allocator);
      String[] place = file.footer().metadata().get("attached").split(",", -1);
      int offset = Integer.parseInt(place[0]);
      assertThat(Arrays.copyOfRange(file.bytes(), offset, offset + Integer.parseInt(place[1])))
          .isEqualTo(attached);
      assertThat(ParquetTables.read(file.bytes(), file.footer(), schema.columns(), allocator))
          .isEqualTo(rows);
    }
  }

  @Test
  void randomSchemas() {
    for (int seed = 0; seed < 150; seed++) {
      RandomTables tables = new RandomTables(new Random(seed));
      Schema schema = tables.schema(6, 4);
      int count = new Random(seed).nextInt(seed % 10 == 0 ? 2_500 : 200);
      List<List<Object>> rows = ParquetTables.storable(schema, tables.rows(schema, count));
      ParquetWriteOptions options =
          seed % 2 == 0 ? ParquetTables.SMALL : ParquetWriteOptions.DEFAULT;
      roundTrip(schema, rows, options, 1 + new Random(seed).nextInt(300));
    }
  }

  /** Row groups end only where they may, for any sizes of batches, and no row is lost. */
  @Test
  void rowGroupsEndWhereTheyMay() {
    Schema schema = schema("id BIGINT NOT NULL, text STRING");
    for (int seed = 0; seed < 50; seed++) {
      Random random = new Random(seed);
      List<List<Object>> rows = new RandomTables(random).rows(schema, 1 + random.nextInt(300));
      // A row group may not end after these rows: no two neighbours, nor the last row of a batch.
      boolean[] joined = new boolean[rows.size()];
      int batch = 2 + random.nextInt(60);
      for (int i = 0; i < joined.length; i++) {
        boolean last = i % batch == batch - 1 || i == joined.length - 1;
        joined[i] = random.nextBoolean() && !last && (i == 0 || !joined[i - 1]);
      }
      ParquetWriteOptions options =
          new ParquetWriteOptions(1, 1 + random.nextInt(9), 1 + random.nextInt(2_000), 512);
      ParquetTables.File file =
          ParquetTables.write(schema, rows, options, batch, row -> !joined[row], allocator);
      assertThat(ParquetTables.read(file.bytes(), file.footer(), schema.columns(), allocator))
          .isEqualTo(rows);
      for (RowGroup group : file.footer().rowGroups()) {
        int last = (int) group.firstRow() + group.rowCount() - 1;
        assertThat(joined[last]).as("seed %s: a group ends with row %s", seed, last).isFalse();
        assertThat(group.rowCount()).isLessThanOrEqualTo(Math.max(2, options.rowGroupRows()));
      }
    }
  }

  /** Enough rows for dictionaries, deltas and several pages, of many distributions. */
  @Test
  void encodings() {
    Schema schema =
        schema(
            "sorted BIGINT NOT NULL, few INT, wide BIGINT, jump INT NOT NULL, one STRING, words"
                + " STRING, many STRING, price DOUBLE, flag BOOLEAN, same BIGINT");
    Random random = new Random(5);
    List<List<Object>> rows = new ArrayList<>();
    for (int i = 0; i < 40_000; i++) {
      List<Object> row = new ArrayList<>();
      row.add(1_000_000L + i);
      row.add(random.nextInt(20) == 0 ? null : (Object) (long) random.nextInt(300));
      row.add(random.nextLong());
      row.add((long) (i % 2 == 0 ? Integer.MAX_VALUE : Integer.MIN_VALUE));
      row.add("the same");
      row.add(random.nextInt(9) == 0 ? null : "word " + random.nextInt(500));
      row.add("x".repeat(random.nextInt(50)) + random.nextLong());
      row.add(random.nextInt(1_000) / 100.0);
      row.add(random.nextInt(5) == 0 ? null : (Object) random.nextBoolean());
      row.add(null);
      rows.add(row);
    }
    roundTrip(schema, rows, ParquetWriteOptions.DEFAULT, 7_000);
    roundTrip(schema, rows, new ParquetWriteOptions(3, 30_000, 32 << 20, 8_000), 7_000);
  }

  @Test
  void vectors() {
    Schema schema =
        schema(
            "id BIGINT, v VECTOR(300), w VECTOR(2, DOUBLE) NOT NULL, q VECTOR(8, TINYINT),"
                + " n ARRAY<ROW<a VECTOR(3), b INT>>, m MAP<STRING, VECTOR(1)>");
    for (int count : new int[] {0, 1, 8, 900}) {
      List<List<Object>> rows = new RandomTables(new Random(count)).rows(schema, count);
      roundTrip(schema, rows, ParquetTables.SMALL, 333);
      roundTrip(schema, rows, ParquetWriteOptions.DEFAULT, 5_000);
    }
  }

  /** Another writer's lists have any length and may hold nulls. */
  @Test
  void listsThatAreNoVectorsAreRefused() {
    Schema lists = schema("v ARRAY<FLOAT>");
    DataType.Array list = (DataType.Array) lists.columns().get(0).type();
    Column vector =
        new Column(1, "v", new DataType.Vector(list.elementId(), DataType.Kind.FLOAT, 2, true), "");
    List<List<Object>> good =
        List.of(
            List.of(List.of(1f, 2f)), Collections.singletonList(null), List.of(List.of(3f, 4f)));
    ParquetTables.File file =
        ParquetTables.write(lists, good, ParquetWriteOptions.DEFAULT, 10, allocator);
    assertThat(ParquetTables.read(file.bytes(), file.footer(), List.of(vector), allocator))
        .isEqualTo(good);
    refused("value 1 of the row group has 3 numbers", vector, List.of(1f, 2f), List.of(1f, 2f, 3f));
    refused("value 0 of the row group has 0 numbers", vector, List.of());
    refused("null in the Parquet file", vector, Arrays.asList(1f, null));
  }

  private void refused(String message, Column vector, Object... values) {
    List<List<Object>> rows =
        Arrays.stream(values).map(value -> Collections.singletonList(value)).toList();
    ParquetTables.File file =
        ParquetTables.write(
            schema("v ARRAY<FLOAT>"), rows, ParquetWriteOptions.DEFAULT, 10, allocator);
    assertThatThrownBy(
            () -> ParquetTables.read(file.bytes(), file.footer(), List.of(vector), allocator))
        .isInstanceOf(ThalwegException.class)
        .hasMessageContaining(message);
  }

  @Test
  void columnsAreFoundById() {
    Schema schema = schema("a INT, b STRING, r ROW<x INT, y STRING>");
    List<List<Object>> rows =
        List.of(List.of(1L, "one", List.of(11L, "y1")), List.of(2L, "two", List.of(22L, "y2")));
    ParquetTables.File file =
        ParquetTables.write(schema, rows, ParquetWriteOptions.DEFAULT, 10, allocator);
    Column b = schema.columns().get(1);
    Column renamed = new Column(b.id(), "renamed", b.type(), "");
    Column absent = new Column(99, "a", TypeText.parse("ARRAY<ROW<z INT>>"), "");
    var row = (DataType.Row) schema.columns().get(2).type();
    Column other =
        new Column(
            schema.columns().get(2).id(),
            "r",
            new DataType.Row(
                List.of(new DataType.Field(77, "x", TypeText.parse("BIGINT")), row.fields().get(1)),
                true),
            "");
    assertThat(
            ParquetTables.read(
                file.bytes(), file.footer(), List.of(renamed, absent, other), allocator))
        .containsExactly(
            Arrays.asList("one", null, Arrays.asList(null, "y1")),
            Arrays.asList("two", null, Arrays.asList(null, "y2")));
    Column nothing =
        new Column(
            other.id(),
            "r",
            new DataType.Row(List.of(new DataType.Field(78, "z", TypeText.parse("BIGINT"))), true),
            "");
    assertThat(ParquetTables.read(file.bytes(), file.footer(), List.of(nothing), allocator))
        .containsExactly(
            List.of(Collections.singletonList(null)), List.of(Collections.singletonList(null)));
  }
}
