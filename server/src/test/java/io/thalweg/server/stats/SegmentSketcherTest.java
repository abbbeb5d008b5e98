package io.thalweg.server.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.thalweg.format.cast.VectorWriter;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.SystemColumns;
import io.thalweg.format.segment.SegmentSketches;
import io.thalweg.format.table.StatisticsColumns;
import io.thalweg.format.type.TypeText;
import io.thalweg.parquet.ParquetFileWriter;
import io.thalweg.parquet.ParquetWriteOptions;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntFunction;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.datasketches.theta.UpdateSketch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SegmentSketcherTest {
  private final BufferAllocator allocator = new RootAllocator();

  @AfterEach
  void everyBufferIsReleased() {
    allocator.close();
  }

  private static Schema schema(String columns) {
    return Schema.first(
        TypeText.parseColumns(columns).stream().map(Column::of).toList(), List.of());
  }

  /** A table of one column; a null value is null. */
  private VectorSchemaRoot rows(Schema schema, int count, IntFunction<Object> value) {
    VectorSchemaRoot root = VectorSchemaRoot.create(schema.toArrow(), allocator);
    root.allocateNew();
    for (int i = 0; i < count; i++) {
      VectorWriter.write(root.getVector(0), i, schema.columns().get(0).type(), value.apply(i));
    }
    root.setRowCount(count);
    return root;
  }

  private byte[] sketch(String type, int count, IntFunction<Object> value) {
    Schema schema = schema("c " + type);
    SegmentSketcher sketcher = new SegmentSketcher(schema.columns(), StatisticsColumns.ALL);
    try (VectorSchemaRoot root = rows(schema, count, value)) {
      sketcher.add(root.getFieldVectors(), count);
    }
    return sketcher.sketches().blobs().get(1);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static ByteBuffer little(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The sketch is, byte by byte, what DataSketches makes of Iceberg's serialization. */
  private void same(String type, IntFunction<Object> value, IntFunction<byte[]> serialized) {
    for (int count : new int[] {0, 1, 100, 20_000}) {
      UpdateSketch expected = Sketched.empty();
      for (int i = 0; i < count; i++) {
        if (value.apply(i) != null) {
          expected.update(serialized.apply(i));
        }
      }
      assertThat(sketch(type, count, value))
          .as("%s rows of %s", count, type)
          .isEqualTo(expected.compact(true, null).toByteArray());
    }
  }

  @Test
  void everyTypeIsSerializedAsIcebergDoes() {
    same("BOOLEAN", i -> i % 2 == 0, i -> new byte[] {(byte) (i % 2 == 0 ? 1 : 0)});
    same("TINYINT", i -> (long) (byte) i, i -> little(4).putInt((byte) i).array());
    same("SMALLINT", i -> (long) (short) -i, i -> little(4).putInt((short) -i).array());
    same("INT", i -> (long) -i, i -> little(4).putInt(-i).array());
    same("BIGINT", i -> i * 77L, i -> little(8).putLong(i * 77L).array());
    same("FLOAT", i -> (double) (i / 4f), i -> little(4).putFloat(i / 4f).array());
    same("DOUBLE", i -> i / 3.0, i -> little(8).putDouble(i / 3.0).array());
    for (long step : new long[] {1, 127, 1L << 40, Long.MAX_VALUE / 20_000}) {
      same(
          "DECIMAL(38, 0)",
          i -> BigDecimal.valueOf(i % 2 == 0 ? i * step : -i * step),
          i -> BigInteger.valueOf(i % 2 == 0 ? i * step : -i * step).toByteArray());
    }
    BigDecimal huge = new BigDecimal("12345678901234567890123456");
    same(
        "DECIMAL(38, 0)",
        i -> huge.multiply(BigDecimal.valueOf(i - 5)),
        i -> huge.multiply(BigDecimal.valueOf(i - 5)).unscaledValue().toByteArray());
    same(
        "DECIMAL(30, 2)",
        i -> BigDecimal.valueOf(-i * 1_000_003L, 2),
        i -> BigDecimal.valueOf(-i * 1_000_003L, 2).unscaledValue().toByteArray());
    same("STRING", i -> utf8("value " + i), i -> utf8("value " + i));
    same("BINARY(4)", i -> little(4).putInt(i).array(), i -> little(4).putInt(i).array());
    same("BYTES", i -> new byte[1 + i % 40], i -> new byte[1 + i % 40]);
    same("DATE", i -> (long) i, i -> little(4).putInt(i).array());
    same("TIME(0)", i -> (long) i, i -> little(8).putLong(i * 1_000_000L).array());
    same("TIME(6)", i -> (long) i, i -> little(8).putLong(i).array());
    same("TIMESTAMP(3)", i -> (long) -i, i -> little(8).putLong(-i * 1_000L).array());
    same("TIMESTAMP_LTZ(9)", i -> (long) i, i -> little(8).putLong(i).array());
  }

  @Test
  void nullsAreNotCounted() {
    same("INT", i -> i % 3 == 0 ? null : (Object) (long) i, i -> little(4).putInt(i).array());
    same("STRING", i -> i % 3 == 0 ? null : utf8("x" + i), i -> utf8("x" + i));
    same("DECIMAL(9, 0)", i -> null, i -> new byte[0]);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 900, 5_000, 60_000, 500_000})
  void anEstimateIsNearTheTruth(int distinct) {
    Schema schema = schema("c BIGINT");
    SegmentSketcher sketcher = new SegmentSketcher(schema.columns(), StatisticsColumns.ALL);
    for (int round = 0; round < 2; round++) {
      for (int from = 0; from < distinct; from += 10_000) {
        int first = from;
        int count = Math.min(10_000, distinct - from);
        try (VectorSchemaRoot root = rows(schema, count, i -> (first + i) * 31L)) {
          sketcher.add(root.getFieldVectors(), count);
        }
      }
    }
    byte[] bytes = sketcher.sketches().blobs().get(1);
    double estimate = Sketched.read(bytes).getEstimate();
    assertThat(estimate)
        .isCloseTo(distinct, within(distinct <= Sketched.ENTRIES ? 0 : 0.1 * distinct));
    assertThat(bytes.length).isLessThan(10 << 10);
  }

  @Test
  void nestedAndSystemColumnsAndThoseNotWantedAreLeftOut() {
    List<Column> columns =
        new ArrayList<>(schema("a INT, b STRING, c ARRAY<INT>, d ROW<x INT>").columns());
    columns.add(SystemColumns.OFFSET);
    assertThat(ids(columns, StatisticsColumns.ALL)).containsExactly(1, 2);
    assertThat(ids(columns, new StatisticsColumns(false, List.of("b")))).containsExactly(2);
    assertThat(ids(columns, new StatisticsColumns(false, List.of()))).isEmpty();
    assertThat(SegmentSketcher.memory(columns, StatisticsColumns.ALL))
        .isEqualTo(2L * ColumnSketch.MEMORY);
  }

  private static List<Integer> ids(List<Column> columns, StatisticsColumns which) {
    SegmentSketches sketches = new SegmentSketcher(columns, which).sketches();
    return List.copyOf(sketches.blobs().keySet());
  }

  @Test
  void bytesThatAreNoSketchAreDamage() {
    byte[] good = sketch("INT", 20, i -> (long) i);
    for (int length = 0; length < good.length; length++) {
      byte[] cut = Arrays.copyOf(good, length);
      assertThatThrownBy(() -> Sketched.read(cut)).hasMessageContaining("a sketch cannot be read");
    }
  }

  /** Prints what counting costs; the package text has the figures. */
  @Test
  void countingCostsLittleBesideWriting() {
    int count = 200_000;
    cost("warming up", "BIGINT", count, i -> i * 0x9e3779b97f4a7c15L);
    cost("BIGINT, random", "BIGINT", count, i -> i * 0x9e3779b97f4a7c15L);
    cost("INT, 300 values", "INT", count, i -> (long) (i * 7 % 300));
    cost("STRING of 3, 300 values", "STRING", count, i -> utf8("A" + (i * 7 % 300)));
    cost("STRING of 36, all different", "STRING", count, i -> utf8("a".repeat(30) + i));
    cost("DECIMAL(18, 2), all different", "DECIMAL(18, 2)", count, i -> BigDecimal.valueOf(i, 2));
  }

  private void cost(String what, String type, int count, IntFunction<Object> value) {
    Schema schema = schema("c " + type);
    long counting = Long.MAX_VALUE;
    long writing = Long.MAX_VALUE;
    try (VectorSchemaRoot root = rows(schema, count, value)) {
      for (int round = 0; round < 30; round++) {
        SegmentSketcher sketcher = new SegmentSketcher(schema.columns(), StatisticsColumns.ALL);
        long began = System.nanoTime();
        sketcher.add(root.getFieldVectors(), count);
        counting = Math.min(counting, System.nanoTime() - began);
        began = System.nanoTime();
        try (ParquetFileWriter writer =
            new ParquetFileWriter(
                schema.columns(),
                ParquetWriteOptions.DEFAULT,
                Map.of(),
                allocator,
                bytes -> assertThat(bytes.hasRemaining()).isTrue())) {
          writer.write(root);
          writer.finish();
        }
        writing = Math.min(writing, System.nanoTime() - began);
      }
    }
    System.out.printf(
        Locale.ROOT,
        "%-32s %5.1f ns a value, writing it as Parquet %5.1f%n",
        what,
        (double) counting / count,
        (double) writing / count);
  }
}
