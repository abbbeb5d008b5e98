package io.thalweg.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.client.route.ServerActions;
import io.thalweg.client.route.TablePartitions;
import io.thalweg.client.write.CheckedRow;
import io.thalweg.client.write.RowsOfBatch;
import io.thalweg.format.batch.BucketFunction;
import io.thalweg.format.cast.VectorWriter;
import io.thalweg.format.json.TableJson;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.StorageId;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.variant.Variant;
import io.thalweg.format.variant.VariantException;
import io.thalweg.runtime.SystemClock;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows through the arrays of a batch, beside the same values written into vectors one by one. */
class RowCheckTest {
  private static final String COLUMNS =
      "a BOOLEAN, b TINYINT, c SMALLINT, d INT, e BIGINT, f FLOAT, g DOUBLE, h DECIMAL(20, 3),"
          + " i CHAR(3), j STRING, k BINARY(2), l BYTES, m DATE, n TIME(0), o TIME(6),"
          + " p TIMESTAMP(3), q TIMESTAMP_LTZ(9), r ARRAY<INT>, s MAP<STRING, BIGINT>,"
          + " t ROW<x INT, y STRING>, u VECTOR(2), v VECTOR(1, DOUBLE), w VECTOR(3, TINYINT), z VARIANT";
  private static final List<Column> ALL = TableJson.descriptor(COLUMNS, 1).schema().columns();

  private static Variant variant(int number) {
    try {
      return Variant.parse("{\"n\": " + number + "}");
    } catch (VariantException refused) {
      throw new AssertionError(refused);
    }
  }

  private static List<Object> row(Random random) {
    List<Object> row =
        Arrays.asList(
            random.nextBoolean(),
            (byte) random.nextInt(),
            (short) random.nextInt(),
            random.nextInt(),
            random.nextBoolean() ? (Object) random.nextLong() : (Object) random.nextInt(),
            random.nextFloat(),
            random.nextBoolean() ? (Object) random.nextDouble() : (Object) random.nextInt(),
            BigDecimal.valueOf(random.nextInt(), 3),
            "äb".substring(0, random.nextInt(3)),
            random.nextInt(9) == 0 ? "x".repeat(random.nextInt(3_000)) : "z\ud83d\ude00é",
            new byte[] {(byte) random.nextInt(), 7},
            new byte[random.nextInt(5)],
            LocalDate.ofEpochDay(random.nextInt(20_000)),
            LocalTime.ofSecondOfDay(random.nextInt(86_400)),
            LocalTime.ofNanoOfDay(random.nextInt(1_000_000) * 1_000L),
            LocalDateTime.of(2026, 1, 1, 0, 0).plusSeconds(random.nextInt()),
            Instant.ofEpochSecond(random.nextInt(), random.nextInt(1_000_000_000)),
            Arrays.asList(random.nextInt(), null),
            Map.of("k", random.nextLong()),
            Arrays.asList(random.nextInt(), null),
            new float[] {random.nextFloat(), 1},
            List.of(random.nextGaussian()),
            new byte[] {1, 2, (byte) random.nextInt()},
            variant(random.nextInt()));
    int nulls = random.nextInt(3);
    for (int i = 0; i < nulls * 4; i++) {
      row.set(random.nextInt(row.size()), null);
    }
    return row;
  }

  /** The values, column by column, as a batch gives them back. */
  private static List<List<Object>> read(VectorSchemaRoot rows, List<Column> columns) {
    List<List<Object>> read = new ArrayList<>();
    for (int i = 0; i < rows.getRowCount(); i++) {
      List<Object> values = new ArrayList<>();
      for (int column = 0; column < columns.size(); column++) {
        Object value = VectorReader.read(rows.getVector(column), i, columns.get(column).type());
        values.add(Arrays.deepToString(new Object[] {value}));
      }
      read.add(values);
    }
    return read;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 8, 9, 64, 65, 1_000})
  void aBatchHoldsWhatVectorsWouldHold(int count) {
    Random random = new Random(count);
    try (RootAllocator allocator = new RootAllocator();
        RowsOfBatch batch = new RowsOfBatch(ALL, allocator)) {
      // The second batch uses the memory of the first.
      for (int round = 0; round < 3; round++) {
        RowCheck check = new RowCheck(ALL, 0);
        Schema schema = Schema.first(ALL, List.of());
        try (VectorSchemaRoot expected = VectorSchemaRoot.create(schema.toArrow(), allocator)) {
          for (int i = 0; i < count; i++) {
            List<Object> values = row(random);
            ValueCheck single = new ValueCheck();
            for (int column = 0; column < ALL.size(); column++) {
              FieldVector vector = expected.getVector(column);
              Object checked =
                  single.check(ALL.get(column).name(), ALL.get(column).type(), values.get(column));
              VectorWriter.write(vector, i, ALL.get(column).type(), checked);
            }
            CheckedRow row = check.all(values.toArray());
            assertThat(row.bytes()).isEqualTo(single.bytes());
            batch.add(row);
            row.clear();
          }
          expected.setRowCount(count);
          try (VectorSchemaRoot actual = batch.seal(schema.toArrow())) {
            assertThat(read(actual, ALL)).isEqualTo(read(expected, ALL));
            rowsOfABatchAreThoseOfItsVectors(actual);
          }
        }
      }
    }
  }

  private static void rowsOfABatchAreThoseOfItsVectors(VectorSchemaRoot batch) {
    List<String> names = ALL.stream().map(Column::name).toList();
    int count = batch.getRowCount();
    ReadRows rows =
        ReadRows.of(names, ALL.stream().map(Column::type).toList(), batch.getFieldVectors(), count);
    for (int i = 0; i < count; i++) {
      Object[] values = new Object[names.size()];
      for (int column = 0; column < values.length; column++) {
        values[column] = VectorReader.read(batch.getVector(column), i, ALL.get(column).type());
      }
      Row expected = new Row(names, values);
      Row row = rows.row(i);
      assertThat(row).isEqualTo(expected).hasSameHashCodeAs(expected).hasToString(expected + "");
      assertThat(row.copy()).isEqualTo(expected);
      for (int column = 0; column < values.length; column++) {
        assertThat(row.isNull(column)).isEqualTo(values[column] == null);
        assertThat(asLong(row, column)).isEqualTo(asLong(expected, column));
      }
    }
  }

  /** A value as a whole number, or how it is refused. */
  private static Object asLong(Row row, int column) {
    try {
      return row.getLong(column);
    } catch (ClassCastException | NullPointerException refused) {
      return refused.getClass();
    }
  }

  @Test
  void aRowThatDoesNotFitLeavesNothingBehind() {
    List<Column> columns =
        TableJson.descriptor("a INT, b STRING, c ARRAY<INT>", 1).schema().columns();
    try (RootAllocator allocator = new RootAllocator();
        RowsOfBatch batch = new RowsOfBatch(columns, allocator)) {
      RowCheck check = new RowCheck(columns, 0);
      batch.add(check.all(new Object[] {1, "one", List.of(1)}));
      check.row().clear();
      // What no check lets through, so that the last column refuses it.
      check.value(0, null);
      check.value(1, "much longer than one");
      check.row().setOther(2, "no list", 8);
      CheckedRow wrong = check.row();
      assertThatThrownBy(() -> batch.add(wrong)).isInstanceOf(ClassCastException.class);
      check.row().clear();
      batch.add(check.all(new Object[] {2, "two", null}));
      try (VectorSchemaRoot rows = batch.seal(Schema.first(columns, List.of()).toArrow())) {
        assertThat(read(rows, columns))
            .isEqualTo(
                List.of(List.of("[1]", "[one]", "[[1]]"), List.of("[2]", "[two]", "[null]")));
      }
    }
  }

  @Test
  void aRowsBucketIsThatOfItsVectors() {
    List<String> key =
        List.of("b", "c", "d", "e", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q");
    Random random = new Random(5);
    try (RootAllocator allocator = new RootAllocator()) {
      for (int from = 0; from < key.size(); from++) {
        List<String> names = key.subList(from, Math.min(key.size(), from + 3));
        TableDescriptor plain = TableJson.descriptor(COLUMNS, 7);
        Schema schema = Schema.first(plain.schema().columns(), names);
        TableInfo table =
            TableInfo.created(
                1,
                new StorageId(1),
                TablePath.parse("default.t"),
                new TableDescriptor(schema, 7, names, Map.of(), ""),
                0);
        TablePartitions none =
            new TablePartitions(new ServerActions(null, 1), new SystemClock(), table);
        KeyedColumns keyed = KeyedColumns.of(none, ALL.stream().map(Column::name).toList());
        RowCheck check = new RowCheck(keyed.columns(), 0);
        for (int i = 0; i < 50; i++) {
          List<Object> values = row(random);
          if (names.stream().anyMatch(name -> values.get(index(name)) == null)) {
            continue;
          }
          int bucket = keyed.bucket(check.all(values.toArray()));
          check.row().clear();
          List<FieldVector> vectors = new ArrayList<>();
          for (String name : names) {
            Column column = ALL.get(index(name));
            FieldVector vector = ArrowTypes.toArrow(name, column.type()).createVector(allocator);
            VectorWriter.write(
                vector,
                0,
                column.type(),
                new ValueCheck().check(name, column.type(), values.get(index(name))));
            vector.setValueCount(1);
            vectors.add(vector);
          }
          assertThat(bucket).isEqualTo(BucketFunction.MURMUR3.buckets(vectors, 1, 7)[0]);
          KeyedColumns only = KeyedColumns.of(none, names);
          Object[] given = names.stream().map(name -> values.get(index(name))).toArray();
          assertThat(only.numberOf(only.checkedKey(given)).getAsInt()).isEqualTo(bucket);
          vectors.forEach(FieldVector::close);
        }
      }
    }
  }

  private static int index(String name) {
    return ALL.stream().map(Column::name).toList().indexOf(name);
  }
}
