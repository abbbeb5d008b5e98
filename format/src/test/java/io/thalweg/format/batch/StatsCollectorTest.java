package io.thalweg.format.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.schema.Column;
import io.thalweg.format.type.TypeText;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BaseIntVector;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.SmallIntVector;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bounds of columns, against a loop over their values. */
class StatsCollectorTest {
  private static final List<Integer> ROWS = List.of(1, 7, 8, 9, 1023, 1024, 1025, 5000);

  private static ColumnStats of(String type, FieldVector vector) {
    Column column = new Column(1, "c", TypeText.parse(type), "");
    return StatsCollector.collect(List.of(column), List.of(vector)).get(0);
  }

  private static FieldVector integers(String type, BufferAllocator allocator) {
    return switch (type) {
      case "TINYINT" -> new TinyIntVector("c", allocator);
      case "SMALLINT" -> new SmallIntVector("c", allocator);
      case "INT" -> new IntVector("c", allocator);
      default -> new BigIntVector("c", allocator);
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {"TINYINT", "SMALLINT", "INT", "BIGINT"})
  void integersOfEachWidth(String type) {
    Random random = new Random(1);
    for (int rows : ROWS) {
      for (double nulls : new double[] {0, 0.3, 0.99}) {
        try (BufferAllocator allocator = new RootAllocator();
            FieldVector vector = integers(type, allocator)) {
          vector.setInitialCapacity(rows);
          vector.allocateNew();
          List<Long> values = new ArrayList<>();
          for (int i = 0; i < rows; i++) {
            // What a null hides is no value.
            ((BaseIntVector) vector).setUnsafeWithPossibleTruncate(i, random.nextLong() >>> 1);
            if (random.nextDouble() < nulls) {
              vector.setNull(i);
            } else {
              values.add(((BaseIntVector) vector).getValueAsLong(i));
            }
          }
          vector.setValueCount(rows);
          ColumnStats stats = of(type, vector);
          assertThat(stats.nullCount()).isEqualTo(rows - values.size());
          if (values.isEmpty()) {
            assertThat(stats.bounds()).isEmpty();
          } else {
            assertThat(stats.bounds())
                .contains(
                    new ColumnStats.Longs(
                        values.stream().min(Long::compare).orElseThrow(),
                        values.stream().max(Long::compare).orElseThrow()));
          }
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void floatsAndDoubles(boolean single) {
    Random random = new Random(3);
    for (int rows : ROWS) {
      for (int round = 0; round < 6; round++) {
        try (BufferAllocator allocator = new RootAllocator();
            BaseFixedWidthVector vector =
                single ? new Float4Vector("c", allocator) : new Float8Vector("c", allocator)) {
          vector.setInitialCapacity(rows);
          vector.allocateNew();
          List<Double> values = new ArrayList<>();
          for (int i = 0; i < rows; i++) {
            boolean isNull = round % 2 == 1 && random.nextInt(3) == 0;
            // A NaN that a null hides is no value; the last rounds have one that is not hidden.
            boolean isNan = isNull || (round >= 4 && i == rows / 2);
            float value = isNan ? Float.NaN : random.nextInt(9) == 0 ? -0.0f : random.nextFloat();
            if (single) {
              ((Float4Vector) vector).set(i, value);
            } else {
              ((Float8Vector) vector).set(i, value);
            }
            if (isNull) {
              vector.setNull(i);
            } else {
              values.add((double) value);
            }
          }
          vector.setValueCount(rows);
          ColumnStats stats = of(single ? "FLOAT" : "DOUBLE", vector);
          if (values.isEmpty() || values.stream().anyMatch(each -> each.isNaN())) {
            assertThat(stats.bounds()).isEmpty();
          } else {
            assertThat(stats.bounds())
                .contains(
                    new ColumnStats.Doubles(
                        values.stream().min(Double::compare).orElseThrow(),
                        values.stream().max(Double::compare).orElseThrow()));
          }
        }
      }
    }
  }

  @Test
  void textsOfAllLengthsThatBeginAlike() {
    Random random = new Random(2);
    for (int round = 0; round < 400; round++) {
      int rows = 1 + random.nextInt(round % 20 == 0 ? 3000 : 40);
      int alike = random.nextInt(12);
      byte[][] values = new byte[rows][];
      for (int i = 0; i < rows; i++) {
        values[i] = new byte[random.nextInt(20)];
        for (int at = 0; at < values[i].length; at++) {
          // Zeros too: they look like the end of a shorter value.
          values[i][at] = at < alike ? (byte) 'a' : (byte) (random.nextInt(4) * 85);
        }
        if (random.nextInt(6) == 0) {
          values[i] = null;
        }
      }
      check(values);
    }
  }

  private static void check(byte[][] values) {
    try (BufferAllocator allocator = new RootAllocator();
        VarBinaryVector vector = new VarBinaryVector("c", allocator)) {
      vector.allocateNew();
      for (int i = 0; i < values.length; i++) {
        if (values[i] != null) {
          vector.setSafe(i, values[i]);
        }
      }
      vector.setValueCount(values.length);
      ColumnStats stats = of("BYTES", vector);
      Stream<byte[]> present = Arrays.stream(values).filter(Objects::nonNull);
      List<byte[]> sorted = present.sorted(Arrays::compareUnsigned).toList();
      if (sorted.isEmpty()) {
        assertThat(stats.bounds()).isEmpty();
        return;
      }
      ColumnStats.Bytes bounds = (ColumnStats.Bytes) stats.bounds().orElseThrow();
      assertThat(bounds.min()).isEqualTo(sorted.get(0));
      assertThat(bounds.max()).isEqualTo(sorted.get(sorted.size() - 1));
    }
  }

  @Test
  void theLastTextsOfABufferAreReadWithinIt() {
    check(new byte[][] {"b".getBytes(StandardCharsets.UTF_8)});
    check(new byte[][] {new byte[0]});
    check(new byte[][] {new byte[0], {1}, {1, 0}, {1, 0, 0, 0, 0, 0, 0, 0}, {0}});
  }
}
