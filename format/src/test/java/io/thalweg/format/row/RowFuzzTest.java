package io.thalweg.format.row;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.fuzz.Mutator;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.testing.RandomTables;
import io.thalweg.format.testing.VectorValues;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Scalar;
import io.thalweg.format.type.TypeText;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Arbitrary bytes as a row: refused as {@link ThalwegException}, or read within the memory that
 * their length allows. {@link #mutated} fuzzes for {@code -Dthalweg.fuzz.seconds} (5); {@link #row}
 * is Jazzer's.
 */
class RowFuzzTest {
  private static final long SECONDS = Long.getLong("thalweg.fuzz.seconds", 5);
  private static final long SEED = Long.getLong("thalweg.fuzz.seed", System.nanoTime());

  /** Memory for the first values of each vector, the same for every row. */
  private static final long MEMORY_BASE = 1L << 20;

  /**
   * An element takes at least four bytes in a row; in a vector it takes a value of the widest type.
   */
  private static final long MEMORY_FACTOR = 128;

  private static final Schema SCHEMA =
      schema(
          "id BIGINT NOT NULL, ok BOOLEAN, t TINYINT, s SMALLINT, i INT, f FLOAT, d DOUBLE,"
              + " dec DECIMAL(38, 10), small DECIMAL(5, 1), c CHAR(3), str STRING, b3 BINARY(3),"
              + " b BYTES, t3 TIME(3), t9 TIME(9), ts TIMESTAMP_LTZ(9), tags ARRAY<STRING>, flags"
              + " ARRAY<BOOLEAN>, m MAP<STRING, ARRAY<INT>>, r ROW<a INT NOT NULL, b ROW<x"
              + " BOOLEAN, y MAP<INT, DECIMAL(5, 2)>>>");

  private static final Schema OLD =
      new Schema(7, 2, schema("id BIGINT NOT NULL, ok BOOLEAN").columns(), List.of());
  private static final RowCodec CODEC = new RowCodec(SCHEMA, id -> id == 7 ? OLD : null);
  private static final int[] ALL = IntStream.range(0, SCHEMA.columns().size()).toArray();

  private static Schema schema(String columns) {
    return Schema.first(
        TypeText.parseColumns(columns).stream()
            .map(field -> Column.of(field.name(), field.type()))
            .toList(),
        List.of());
  }

  static List<byte[]> rows() {
    List<byte[]> corpus = new ArrayList<>();
    for (Schema schema : List.of(SCHEMA, OLD)) {
      List<List<Object>> rows = new RandomTables(new Random(5)).rows(schema, 30);
      BinaryList encoded = new BinaryList();
      try (BufferAllocator allocator = new RootAllocator();
          VectorSchemaRoot root = RandomTables.toArrow(schema, rows, allocator)) {
        new RowCodec(schema).encode(root.getFieldVectors(), rows.size(), encoded);
      }
      for (int i = 0; i < encoded.count(); i++) {
        corpus.add(encoded.get(i));
      }
    }
    return corpus;
  }

  @MethodSource("io.thalweg.format.row.RowFuzzTest#rows")
  @FuzzTest(maxDuration = "1m")
  void row(byte[] data) {
    read(data);
  }

  @Test
  @Timeout(value = 10, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void mutated() {
    List<byte[]> corpus = rows();
    corpus.forEach(RowFuzzTest::read);
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    long runs = 0;
    for (long seed = SEED; System.nanoTime() < end || runs == 0; seed++, runs++) {
      byte[] data = new Mutator(new Random(seed)).mutate(corpus);
      try {
        read(data);
      } catch (Throwable bug) {
        throw new AssertionError(
            "mvn test -pl format -Dtest=RowFuzzTest#mutated -Dthalweg.fuzz.seed="
                + seed
                + " -Dthalweg.fuzz.seconds=0; input "
                + HexFormat.of().formatHex(data),
            bug);
      }
    }
    System.out.printf("fuzzed rows %d times from seed %d%n", runs, SEED);
  }

  private static void read(byte[] data) {
    BinaryList rows = BinaryList.of(data);
    refusalIsFine(() -> decode(rows));
    refusalIsFine(() -> view(rows));
  }

  private static void decode(BinaryList rows) {
    List<FieldVector> vectors = new ArrayList<>();
    try (BufferAllocator allocator =
        new RootAllocator(MEMORY_BASE + MEMORY_FACTOR * rows.byteCount())) {
      try {
        SCHEMA.toArrow().getFields().forEach(field -> vectors.add(field.createVector(allocator)));
        CODEC.decode(rows, 0, 1, vectors, ALL);
        for (int column : ALL) {
          VectorValues.get(vectors.get(column), 0, SCHEMA.columns().get(column).type());
        }
        BinaryList again = new BinaryList();
        CODEC.encode(vectors, 1, again);
      } finally {
        vectors.forEach(FieldVector::close);
      }
    }
  }

  private static void view(BinaryList rows) {
    RowView view = new RowView(CODEC).wrap(rows, 0);
    RowBuilder builder = new RowBuilder(CODEC);
    for (int column : ALL) {
      builder.set(column, view);
      DataType type = SCHEMA.columns().get(column).type();
      if (!view.isNull(column) && type instanceof Scalar scalar) {
        switch (scalar.kind()) {
          case BOOLEAN -> view.getBoolean(column);
          case FLOAT -> view.getFloat(column);
          case DOUBLE -> view.getDouble(column);
          case DECIMAL -> view.getDecimal(column);
          case CHAR, STRING, BINARY, BYTES -> view.getBytesLength(column);
          default -> view.getLong(column);
        }
      }
    }
    builder.appendTo(new BinaryList());
  }

  private static void refusalIsFine(Runnable call) {
    try {
      call.run();
    } catch (ThalwegException refused) {
      switch (refused.code()) {
        // Another schema's id in a damaged row makes it one of a table that has changed.
        case CORRUPT_DATA, NULL_VALUE, UNSUPPORTED, SCHEMA_CHANGED -> {}
        default -> throw new AssertionError("an unexpected refusal", refused);
      }
    }
  }
}
