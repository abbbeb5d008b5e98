package io.thalweg.parquet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.batch.ColumnStats;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.filter.BoundPredicate;
import io.thalweg.format.filter.PredicateParser;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.SystemColumns;
import io.thalweg.format.testing.RandomTables;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Damage, limits and misuse: always a clear error, never wrong rows, never a leak. */
class DamageTest {
  private static final Schema SCHEMA = RoundTripTest.EVERY_TYPE;

  private final BufferAllocator allocator = new RootAllocator();

  @AfterEach
  void everyBufferIsReleased() {
    allocator.close();
  }

  @Test
  void aFlippedByteIsNoticed() {
    List<List<Object>> rows =
        ParquetTables.storable(SCHEMA, new RandomTables(new Random(2)).rows(SCHEMA, 6));
    ParquetTables.File file =
        ParquetTables.write(SCHEMA, rows, ParquetWriteOptions.DEFAULT, 12, allocator);
    List<Object> wanted = rows.stream().map(RandomTables::comparable).toList();
    int refused = 0;
    int harmless = 0;
    int footer = 0;
    for (int at = 0; at < file.bytes().length; at++) {
      for (int bit : new int[] {0, 7}) {
        byte[] damaged = file.bytes().clone();
        damaged[at] ^= (byte) (1 << bit);
        try {
          ParquetFooter read = ParquetTables.footer(damaged);
          if (read.crc32c() != file.footer().crc32c()) {
            footer++;
            continue;
          }
          List<List<Object>> found = ParquetTables.read(damaged, read, SCHEMA.columns(), allocator);
          assertThat(found.stream().map(RandomTables::comparable).toList())
              .as("bit %s of byte %s", bit, at)
              .isEqualTo(wanted);
          harmless++;
        } catch (ThalwegException noticed) {
          refused++;
        }
      }
    }
    // All that is read is in the footer or in a chunk, and each chunk has a checksum.
    assertThat(refused).isGreaterThan(harmless);
    assertThat(footer).isPositive();
  }

  private static void refused(ErrorCode code, String message, Runnable call) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(
            ThalwegException.class, refused -> assertThat(refused.code()).isEqualTo(code))
        .hasMessageContaining(message);
  }

  @Test
  void theFooterSaysHowMuchItNeeds() {
    ParquetTables.File file =
        ParquetTables.write(SCHEMA, List.of(), ParquetWriteOptions.DEFAULT, 1, allocator);
    byte[] bytes = file.bytes();
    int needed = ParquetFooter.footerBytes(ByteBuffer.wrap(bytes, bytes.length - 8, 8).slice());
    assertThat(needed).isEqualTo(file.footer().footerBytes());
    assertThat(
            ParquetFooter.read(
                    ByteBuffer.wrap(bytes, bytes.length - needed, needed).slice(), bytes.length)
                .crc32c())
        .isEqualTo(file.footer().crc32c());
    refused(
        ErrorCode.INVALID_REQUEST,
        "needs the last " + needed + " bytes",
        () ->
            ParquetFooter.read(
                ByteBuffer.wrap(bytes, bytes.length - needed + 1, needed - 1), bytes.length));
    refused(
        ErrorCode.CORRUPT_DATA,
        "does not end as a Parquet file",
        () -> ParquetTables.footer("not a Parquet file".getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void otherTypesAreRefused() {
    Schema schema = RoundTripTest.schema("i INT, l ARRAY<INT>");
    List<List<Object>> rows = List.of(Arrays.asList(null, List.of(1L)));
    ParquetTables.File file =
        ParquetTables.write(schema, rows, ParquetWriteOptions.DEFAULT, 1, allocator);
    for (String other : List.of("BIGINT", "STRING", "ARRAY<INT>", "DATE", "ROW<a INT>")) {
      Column column = RoundTripTest.schema("x " + other).columns().get(0);
      refused(
          ErrorCode.UNSUPPORTED,
          "is asked for as " + other,
          () -> ParquetTables.read(file.bytes(), file.footer(), List.of(column), allocator));
    }
    refused(
        ErrorCode.NULL_VALUE,
        "'i' is NOT NULL",
        () ->
            ParquetTables.read(
                file.bytes(),
                file.footer(),
                RoundTripTest.schema("i INT NOT NULL").columns(),
                allocator));
    refused(
        ErrorCode.SCHEMA_MISMATCH,
        "not in the Parquet file",
        () ->
            ParquetTables.read(
                file.bytes(),
                file.footer(),
                List.of(
                    new Column(77, "q", schema.columns().get(0).type().withNullable(false), "")),
                allocator));
  }

  @Test
  void aColumnIsAskedForOnce() {
    Schema schema = RoundTripTest.schema("i INT, s STRING");
    ParquetTables.File file =
        ParquetTables.write(
            schema, List.of(List.of(1L, "x")), ParquetWriteOptions.DEFAULT, 1, allocator);
    Column first = schema.columns().get(0);
    Column again = new Column(first.id(), "again", first.type(), "");
    assertThatThrownBy(
            () -> ParquetTables.read(file.bytes(), file.footer(), List.of(first, again), allocator))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("twice");
  }

  @Test
  void badRowsAreRefused() {
    Schema schema = RoundTripTest.schema("a ROW<x INT NOT NULL>, t TIMESTAMP(0)");
    List<List<Object>> rows = new ArrayList<>();
    rows.add(Arrays.asList(null, 1L << 60));
    refused(
        ErrorCode.UNSUPPORTED,
        "cannot hold in milliseconds",
        () -> ParquetTables.write(schema, rows, ParquetWriteOptions.DEFAULT, 1, allocator));
    rows.set(0, Arrays.asList(Arrays.asList((Object) null), 1L));
    refused(
        ErrorCode.NULL_VALUE,
        "'a.x' is NOT NULL",
        () -> ParquetTables.write(schema, rows, ParquetWriteOptions.DEFAULT, 1, allocator));
  }

  @Test
  void rowGroupsKeepTheirLimits() {
    Schema schema = RoundTripTest.schema("s STRING");
    List<List<Object>> rows = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      rows.add(List.of("x".repeat(1_000)));
    }
    ParquetWriteOptions options = new ParquetWriteOptions(1, 1_500, 600_000, 4_096);
    ParquetTables.File file = ParquetTables.write(schema, rows, options, 100, allocator);
    long next = 0;
    for (RowGroup group : file.footer().rowGroups()) {
      assertThat(group.firstRow()).isEqualTo(next);
      assertThat(group.rowCount()).isLessThanOrEqualTo(700);
      next += group.rowCount();
    }
    assertThat(next).isEqualTo(2_000);
  }

  @Test
  void memoryIsLimited() {
    Schema schema = RoundTripTest.schema("s STRING");
    List<List<Object>> rows = List.of(List.of("x".repeat(3 << 20)));
    ParquetTables.File file =
        ParquetTables.write(schema, rows, ParquetWriteOptions.DEFAULT, 1, allocator);
    try (BufferAllocator small = allocator.newChildAllocator("small", 0, 1 << 20)) {
      refused(
          ErrorCode.OVERLOADED,
          "no memory",
          () -> ParquetTables.read(file.bytes(), file.footer(), schema.columns(), small));
    }
  }

  /** Filters use these statistics to skip, in each column's own unit. */
  @Test
  void statisticsServeFilters() {
    Schema schema =
        RoundTripTest.schema(
            "i INT, t TIMESTAMP(0), s STRING, d DECIMAL(20, 2), f DOUBLE, b BOOLEAN");
    List<List<Object>> rows = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      rows.add(
          Arrays.asList(
              (long) i,
              1_000L + i,
              "word " + (char) ('b' + i % 3),
              BigInteger.valueOf(-i),
              i == 50 ? Double.NaN : i,
              true));
    }
    ParquetWriteOptions options = new ParquetWriteOptions(1, 50, 1 << 20, 4_096);
    ParquetFooter footer = ParquetTables.write(schema, rows, options, 100, allocator).footer();
    List<ColumnStats> first = footer.rowGroups().get(0).stats();
    List<ColumnStats> second = footer.rowGroups().get(1).stats();
    String[] inTheSecond = {
      "i >= 50", "t > TIMESTAMP '1970-01-01 00:17:29'", "d < -0.49", "f > 49.5"
    };
    for (String filter : inTheSecond) {
      BoundPredicate bound = BoundPredicate.bind(PredicateParser.parse(filter), schema);
      assertThat(bound.mayMatch(first, 50)).as(filter).isFalse();
      assertThat(bound.mayMatch(second, 50)).as(filter).isTrue();
    }
    for (String filter : List.of("s = 'word a'", "NOT b", "i IS NULL")) {
      BoundPredicate bound = BoundPredicate.bind(PredicateParser.parse(filter), schema);
      assertThat(bound.mayMatch(first, 50)).as(filter).isFalse();
    }
    assertThat(second.get(4).bounds()).as("NaN is in no bounds").isEmpty();
  }

  @Test
  void systemColumnsAreWrittenAndRead() {
    List<Column> columns = List.of(SystemColumns.OFFSET, SystemColumns.TIMESTAMP);
    assertThat(SystemColumns.CHANGE_TYPE.id()).isEqualTo(2_000_000_003);
    assertThatThrownBy(() -> new Column(7, "__offset", SystemColumns.OFFSET.type(), ""))
        .isInstanceOf(ThalwegException.class);
    Schema schema = new Schema(1, 1, columns, List.of());
    List<List<Object>> rows = new ArrayList<>();
    for (int i = 0; i < 50_000; i++) {
      rows.add(List.of(1_000_000L + i, 1_700_000_000_000L + i / 10));
    }
    ParquetTables.File file =
        ParquetTables.write(schema, rows, ParquetWriteOptions.DEFAULT, 5_000, allocator);
    assertThat(file.bytes().length).isLessThan(20_000);
    assertThat(ParquetTables.read(file.bytes(), file.footer(), columns, allocator)).isEqualTo(rows);
  }

  @Test
  void aWriterThatFailedWritesNoMore() {
    Schema schema = RoundTripTest.schema("i BIGINT NOT NULL");
    try (ParquetFileWriter writer =
            new ParquetFileWriter(
                schema.columns(), ParquetWriteOptions.DEFAULT, Map.of(), allocator, bytes -> {});
        VectorSchemaRoot root = VectorSchemaRoot.create(schema.toArrow(), allocator)) {
      BigIntVector vector = (BigIntVector) root.getVector(0);
      vector.allocateNew(1);
      vector.setNull(0);
      root.setRowCount(1);
      refused(ErrorCode.NULL_VALUE, "'i' is NOT NULL", () -> writer.write(root));
      assertThatThrownBy(() -> writer.write(root)).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(writer::finish).isInstanceOf(IllegalStateException.class);
    }
  }
}
