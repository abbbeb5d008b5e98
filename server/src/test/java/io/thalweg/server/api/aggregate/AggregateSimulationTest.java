package io.thalweg.server.api.aggregate;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.aggregate.Aggregation;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TableView;
import io.thalweg.format.type.DataType;
import io.thalweg.runtime.RandomSource;
import io.thalweg.runtime.SeededRandom;
import io.thalweg.server.api.aggregate.LogAggregate.Span;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random aggregates of a table that is written, compacted and changed meanwhile, against {@link
 * PlainAggregate}. Records are in the log, in objects, and in segments of several schemas; rows of
 * a table with a primary key are in memory and in the local store. The system property {@code
 * aggregate.seeds} says how many seeds run.
 */
class AggregateSimulationTest {
  private static final long FIRST = Long.getLong("aggregate.seed", 1);
  private static final long SEEDS = Long.getLong("aggregate.seeds", 25);
  private static final int STEPS = 40;

  /** What is done to the table, in this order; each works whatever happened before. */
  private static final List<String> CHANGES =
      List.of(
          "ALTER COLUMN a TYPE BIGINT",
          "ADD COLUMN extra INT DEFAULT 5",
          "RENAME COLUMN c TO carrier",
          "ALTER COLUMN f TYPE DOUBLE, ALTER COLUMN at TYPE TIMESTAMP(6)",
          "ADD COLUMN none STRING, ALTER COLUMN n TYPE DECIMAL(20, 2)");

  private static final String COLUMNS =
      "id BIGINT NOT NULL, c STRING, a INT, d DOUBLE, f FLOAT, n DECIMAL(9, 2), b BOOLEAN,"
          + " at TIMESTAMP(3), long STRING";

  /** A filter, and the same in the model. */
  private record Filter(String text, Predicate<Map<String, Object>> passes) {}

  /** One run. */
  private static final class Run implements AutoCloseable {
    final RandomSource random;
    final boolean keyed;
    final AggregateFixture test;
    final List<TableInfo> schemas = new ArrayList<>();

    /** Records of each bucket, values by column id. */
    final List<List<Map<Integer, Object>>> log = List.of(new ArrayList<>(), new ArrayList<>());

    final TreeMap<Long, Map<Integer, Object>> rows = new TreeMap<>();
    long byStatistics;
    int restarts;

    Run(long seed, boolean keyed) {
      this.random = new SeededRandom(seed);
      this.keyed = keyed;
      this.test =
          new AggregateFixture(
              Map.of("compact.check.interval", "100ms", "server.kv.young.bucket", "4kib"));
      schemas.add(
          test.create(
              COLUMNS,
              2,
              keyed ? List.of("id") : List.of(),
              Map.of(
                  "table.segment.max-age",
                  "1s",
                  "table.write.mode",
                  pick(List.of("auto", "inline", "object")))));
    }

    private <T> T pick(List<T> some) {
      return some.get(random.nextInt(some.size()));
    }

    TableInfo current() {
      return schemas.get(schemas.size() - 1);
    }

    void step() {
      switch (random.nextInt(8)) {
        case 0 -> compact();
        case 1 -> alter();
        case 2, 3, 4 -> write();
        default -> ask();
      }
    }

    private void compact() {
      test.compact();
      if (restarts < 2 && random.nextInt(3) == 0) {
        restarts++;
        test.restart();
      }
    }

    private void alter() {
      if (schemas.size() <= CHANGES.size() && random.nextInt(2) == 0) {
        schemas.add(test.alter(CHANGES.get(schemas.size() - 1)));
      }
    }

    private void write() {
      TableInfo table = current();
      int bucket = random.nextInt(2);
      List<List<Object>> batch = new ArrayList<>();
      for (int i = 1 + random.nextInt(30); i > 0; i--) {
        Map<Integer, Object> row = new LinkedHashMap<>();
        List<Object> values = new ArrayList<>();
        for (Column column : table.schema().columns()) {
          Object value = value(column);
          row.put(column.id(), kept(column, value));
          values.add(value);
        }
        batch.add(values);
        log.get(bucket).add(row);
        rows.put((Long) row.get(1), row);
      }
      test.append(table, keyed ? OptionalInt.empty() : OptionalInt.of(bucket), batch);
    }

    /** The model keeps moments in microseconds. */
    private static Object kept(Column column, Object value) {
      return isMillis(column) && value != null ? (Object) ((Long) value * 1_000) : value;
    }

    private static boolean isMillis(Column column) {
      return column.type().toString().equals("TIMESTAMP(3)");
    }

    private Object value(Column column) {
      if (column.type().nullable() && random.nextInt(4) == 0) {
        return null;
      }
      DataType.Scalar type = (DataType.Scalar) column.type();
      return switch (type.kind()) {
        case BIGINT, INT -> (long) random.nextInt(40) - (column.id() == 1 ? 0 : 20);
        case DOUBLE, FLOAT ->
            random.nextInt(60) == 0
                ? (Object) pick(List.of(Double.NaN, Double.POSITIVE_INFINITY, -0.0))
                : (random.nextInt(40) - 20) / 2.0;
        case DECIMAL -> BigDecimal.valueOf(random.nextInt(1_000) - 500L, 2);
        case BOOLEAN -> random.nextInt(2) == 0;
        case TIMESTAMP -> 1_000_000L * random.nextInt(50);
        default ->
            column.name().equals("long")
                ? "a text of more than thirty-two bytes, which bounds cut " + random.nextInt(5)
                : pick(List.of("LH", "AA", "UA", ""));
      };
    }

    private Map<String, Object> read(TableInfo table, Map<Integer, Object> row) {
      Map<String, Object> read = new LinkedHashMap<>();
      for (Column column : table.schema().columns()) {
        Object initial = column.name().equals("extra") ? (Object) 5L : null;
        Object value = row.containsKey(column.id()) ? row.get(column.id()) : initial;
        read.put(
            column.name(),
            isMillis(column) && value != null ? (Object) ((Long) value / 1_000) : value);
      }
      return read;
    }

    /** One aggregate, with any of the schemas. */
    void ask() {
      TableInfo table = pick(schemas);
      Aggregation asked = aggregation(table);
      Filter filter = filter(table);
      if (keyed) {
        check(asked, filter, table, rows.values(), test.ofRows(table, asked, filter.text));
        return;
      }
      List<Span> spans = new ArrayList<>();
      List<Map<Integer, Object>> expected = new ArrayList<>();
      for (int bucket = 0; bucket < 2; bucket++) {
        int end = log.get(bucket).size();
        int start = random.nextInt(3) == 0 ? random.nextInt(end + 1) : 0;
        int stop = random.nextInt(3) == 0 ? start + random.nextInt(end - start + 1) : end;
        spans.add(new Span(bucket, start, stop));
        expected.addAll(log.get(bucket).subList(start, stop));
      }
      AggregateFixture.Result result =
          test.ofLog(table, TableView.TABLE, asked, filter.text, spans);
      check(asked, filter, table, expected, result);
      assertThat(result.parts().stream().map(AggregateFixture.Part::nextOffset).toList())
          .isEqualTo(spans.stream().map(Span::stop).toList());
      byStatistics += result.counts().byStatistics();
    }

    private void check(
        Aggregation asked,
        Filter filter,
        TableInfo table,
        Iterable<Map<Integer, Object>> from,
        AggregateFixture.Result result) {
      List<Map<String, Object>> chosen = new ArrayList<>();
      for (Map<Integer, Object> row : from) {
        Map<String, Object> read = read(table, row);
        if (filter.passes.test(read)) {
          chosen.add(read);
        }
      }
      int keys = asked.groupBy().size();
      assertThat(shown(result.merged(), keys))
          .as("%s where %s of %s", asked, filter.text, table.schema())
          .containsExactlyInAnyOrderElementsOf(shown(PlainAggregate.of(asked, chosen), keys));
      assertThat(test.groupBytes()).isZero();
    }

    private Aggregation aggregation(TableInfo table) {
      List<String> names = table.schema().columns().stream().map(Column::name).toList();
      List<String> groupBy = new ArrayList<>();
      for (int i = random.nextInt(4) - 1; i > 0; i--) {
        groupBy.add(pick(names));
      }
      List<String> select = new ArrayList<>();
      for (int i = 1 + random.nextInt(3); i > 0; i--) {
        String name = pick(names);
        DataType.Scalar type = (DataType.Scalar) AggregateFixture.type(table, name);
        boolean number =
            switch (type.kind()) {
              case INT, BIGINT, DECIMAL, DOUBLE, FLOAT -> true;
              default -> false;
            };
        select.add(
            switch (random.nextInt(number ? 5 : 4)) {
              case 0 -> "count(*)";
              case 1 -> "count(" + name + ")";
              case 2 -> "min(" + name + ")";
              case 3 -> "max(" + name + ")";
              default -> "sum(" + name + ")";
            });
      }
      return Aggregation.parse(
          groupBy.stream().distinct().toList(), select.stream().distinct().toList());
    }

    private Filter filter(TableInfo table) {
      long least = random.nextInt(40) - 20L;
      String carrier = table.schema().indexOf("c").isPresent() ? "c" : "carrier";
      return switch (random.nextInt(6)) {
        case 0 ->
            new Filter(
                "a >= " + least, row -> row.get("a") != null && (Long) row.get("a") >= least);
        case 1 -> new Filter(carrier + " = 'LH'", row -> "LH".equals(row.get(carrier)));
        case 2 -> new Filter("d IS NULL", row -> row.get("d") == null);
        default -> new Filter(null, row -> true);
      };
    }

    /** Texts of the rows, so that numbers of different classes and zeros compare by their value. */
    private static List<String> shown(List<List<Object>> rows, int keys) {
      return rows.stream()
          .map(
              row ->
                  IntStream.range(0, row.size())
                      .mapToObj(i -> i < keys ? PlainAggregate.plain(row.get(i)) : row.get(i))
                      .map(String::valueOf)
                      .collect(Collectors.joining(", ")))
          .toList();
    }

    @Override
    public void close() {
      test.close();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aggregatesAgreeWithThePlainOnes(boolean keyed) {
    long byStatistics = 0;
    for (long seed = FIRST; seed < FIRST + SEEDS; seed++) {
      try (Run run = new Run(seed, keyed)) {
        for (int step = 0; step < STEPS; step++) {
          run.step();
        }
        byStatistics += run.byStatistics;
      } catch (RuntimeException | AssertionError failure) {
        throw new AssertionError("seed " + seed + (keyed ? ", keyed" : ""), failure);
      }
    }
    assertThat(byStatistics > SEEDS).isEqualTo(!keyed);
  }
}
