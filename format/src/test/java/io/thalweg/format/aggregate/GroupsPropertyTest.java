package io.thalweg.format.aggregate;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.aggregate.Aggregation.Function;
import io.thalweg.format.aggregate.Aggregation.Measure;
import io.thalweg.format.filter.Selection;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.testing.RandomTables;
import io.thalweg.format.testing.VectorValues;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Kind;
import io.thalweg.format.type.DataType.Scalar;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Partial results of random parts, merged, against a model that keeps all values in lists. */
class GroupsPropertyTest {
  private final BufferAllocator allocator = new RootAllocator();

  @AfterEach
  void everyBufferIsReleased() {
    allocator.close();
  }

  @Test
  void partialResultsAddUpToTheModel() {
    for (int seed = 0; seed < 1_500; seed++) {
      Random random = new Random(seed);
      RandomTables tables = new RandomTables(random);
      Schema schema = tables.schema(4, 1);
      Aggregation aggregation = aggregation(random, schema);
      BoundAggregation bound = BoundAggregation.bind(aggregation, schema);
      List<List<Object>> chosen = new ArrayList<>();
      Groups merged = bound.groups(1_000, 1 << 20);
      int parts = random.nextInt(5);
      for (int part = 0; part < parts; part++) {
        Groups partial = bound.groups(1_000, 1 << 20);
        for (int batch = random.nextInt(3); batch >= 0; batch--) {
          chosen.addAll(addSome(partial, schema, tables.rows(schema, random.nextInt(20)), random));
        }
        try (VectorSchemaRoot root = partial.write(allocator)) {
          merged.merge(root);
        }
      }
      try (VectorSchemaRoot root = merged.write(allocator)) {
        assertThat(comparable(root))
            .as("seed %d, %s of %s", seed, aggregation, schema)
            .isEqualTo(model(aggregation, schema, chosen));
      }
    }
  }

  private static Aggregation aggregation(Random random, Schema schema) {
    Set<String> keys = new HashSet<>();
    Set<Measure> measures = new HashSet<>();
    measures.add(new Measure(Function.COUNT, Optional.empty()));
    for (Column column : schema.columns()) {
      Optional<String> name = Optional.of(column.name());
      measures.add(new Measure(Function.COUNT, name));
      if (!(column.type() instanceof Scalar scalar)) {
        continue;
      }
      if (random.nextInt(3) == 0) {
        keys.add(column.name());
      }
      measures.add(new Measure(Function.MIN, name));
      measures.add(new Measure(Function.MAX, name));
      // Sums of floating point depend on the order, and of wide decimals may have too many digits.
      if (Set.of(Kind.TINYINT, Kind.SMALLINT, Kind.INT, Kind.BIGINT).contains(scalar.kind())
          || (scalar.kind() == Kind.DECIMAL && scalar.precision() < 36)) {
        measures.add(new Measure(Function.SUM, name));
      }
    }
    return new Aggregation(List.copyOf(keys), List.copyOf(measures));
  }

  private List<List<Object>> addSome(
      Groups groups, Schema schema, List<List<Object>> rows, Random random) {
    int[] some =
        random.nextBoolean()
            ? IntStream.range(0, rows.size()).toArray()
            : IntStream.range(0, rows.size()).filter(row -> random.nextInt(3) > 0).toArray();
    try (VectorSchemaRoot root = RandomTables.toArrow(schema, rows, allocator)) {
      groups.add(root::getVector, Selection.of(rows.size(), some));
    }
    return Arrays.stream(some).mapToObj(rows::get).toList();
  }

  private static Map<Object, Object> comparable(VectorSchemaRoot root) {
    Map<Object, Object> groups = new LinkedHashMap<>();
    for (int row = 0; row < root.getRowCount(); row++) {
      List<Object> keys = new ArrayList<>();
      Map<String, Object> values = new LinkedHashMap<>();
      for (var vector : root.getFieldVectors()) {
        DataType type = ArrowTypes.fromArrow(vector.getField());
        Object value = one(RandomTables.comparable(VectorValues.get(vector, row, type)));
        String name = vector.getName();
        if (name.endsWith(")")) {
          values.put(name, value);
        } else {
          keys.add(value);
        }
      }
      groups.put(keys, values);
    }
    return groups;
  }

  /** 0 and -0 may stand for each other as a key. */
  private static Object one(Object value) {
    return value instanceof Double number && number == 0
        ? (Object) 0.0
        : value instanceof Float small && small == 0 ? (Object) 0.0f : value;
  }

  private static Map<Object, Object> model(
      Aggregation aggregation, Schema schema, List<List<Object>> rows) {
    Map<List<Object>, List<List<Object>>> groups = new LinkedHashMap<>();
    if (aggregation.groupBy().isEmpty()) {
      groups.put(List.of(), new ArrayList<>());
    }
    for (List<Object> row : rows) {
      List<Object> key = new ArrayList<>();
      for (String name : aggregation.groupBy()) {
        key.add(one(RandomTables.comparable(row.get(schema.indexOf(name).orElseThrow()))));
      }
      groups.computeIfAbsent(key, absent -> new ArrayList<>()).add(row);
    }
    Map<Object, Object> results = new LinkedHashMap<>();
    groups.forEach(
        (key, members) -> {
          Map<String, Object> values = new LinkedHashMap<>();
          for (Measure measure : aggregation.select()) {
            values.put(measure.toString(), one(value(measure, schema, members)));
          }
          results.put(key, values);
        });
    return results;
  }

  private static Object value(Measure measure, Schema schema, List<List<Object>> rows) {
    if (measure.column().isEmpty()) {
      return (long) rows.size();
    }
    int position = schema.indexOf(measure.column().get()).orElseThrow();
    List<Object> values =
        rows.stream().map(row -> row.get(position)).filter(Objects::nonNull).toList();
    Object found =
        switch (measure.function()) {
          case COUNT -> (long) values.size();
          case MIN -> values.stream().min(ORDER).orElse(null);
          case MAX -> values.stream().max(ORDER).orElse(null);
          case SUM ->
              values.stream()
                  .map(
                      value -> value instanceof Long n ? BigInteger.valueOf(n) : (BigInteger) value)
                  .reduce(BigInteger::add)
                  .orElse(null);
        };
    return RandomTables.comparable(found);
  }

  private static final Comparator<Object> ORDER = GroupsPropertyTest::order;

  private static int order(Object left, Object right) {
    if (left instanceof byte[] bytes) {
      return Arrays.compareUnsigned(bytes, (byte[]) right);
    }
    if (left instanceof String text) {
      return Arrays.compare(text.codePoints().toArray(), ((String) right).codePoints().toArray());
    }
    if (left instanceof Float || left instanceof Double) {
      return Double.compare(((Number) left).doubleValue(), ((Number) right).doubleValue());
    }
    if (left instanceof Boolean truth) {
      return Boolean.compare(truth, (Boolean) right);
    }
    return left instanceof Long number
        ? number.compareTo((Long) right)
        : ((BigInteger) left).compareTo((BigInteger) right);
  }
}
