package io.thalweg.format.aggregate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.batch.ColumnStats;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.filter.Selection;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.testing.RandomTables;
import io.thalweg.format.testing.VectorValues;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.TypeText;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GroupsTest {
  private final BufferAllocator allocator = new RootAllocator();

  @AfterEach
  void everyBufferIsReleased() {
    allocator.close();
  }

  private static Schema schema(String columns) {
    return Schema.first(
        TypeText.parseColumns(columns).stream()
            .map(field -> Column.of(field.name(), field.type()))
            .toList(),
        List.of());
  }

  private static BoundAggregation bind(String columns, List<String> groupBy, String... select) {
    return BoundAggregation.bind(Aggregation.parse(groupBy, List.of(select)), schema(columns));
  }

  private static List<List<Object>> values(VectorSchemaRoot root, Schema types) {
    List<List<Object>> rows = new ArrayList<>();
    for (int row = 0; row < root.getRowCount(); row++) {
      List<Object> values = new ArrayList<>();
      for (int i = 0; i < types.columns().size(); i++) {
        DataType type = types.columns().get(i).type();
        values.add(VectorValues.get(root.getVector(i), row, type));
      }
      rows.add(values);
    }
    return rows;
  }

  private void add(Groups groups, String columns, List<List<Object>> rows) {
    try (VectorSchemaRoot root = RandomTables.toArrow(schema(columns), rows, allocator)) {
      groups.add(root::getVector, Selection.all(rows.size()));
    }
  }

  private List<List<Object>> result(Groups groups, String types) {
    try (VectorSchemaRoot root = groups.write(allocator)) {
      return values(root, schema(types));
    }
  }

  @Test
  void withoutGroupsThereIsOneRowEvenOfNothing() {
    String columns = "a INT, s STRING";
    Groups groups =
        bind(columns, List.of(), "count(*)", "count(s)", "min(a)", "MAX(s)", "sum(a)")
            .groups(1, 1_000);
    String types = "n BIGINT, m BIGINT, a INT, s STRING, t DECIMAL(38, 0)";
    assertThat(result(groups, types)).containsExactly(Arrays.asList(0L, 0L, null, null, null));
    add(groups, columns, List.of(Arrays.asList(5L, "x"), Arrays.asList(null, "y")));
    add(groups, columns, List.of(Arrays.asList(-7L, null)));
    assertThat(result(groups, types))
        .containsExactly(List.of(3L, 2L, -7L, "y", BigInteger.valueOf(-2)));
  }

  @Test
  void nullNanAndZeroAreGroupsLikeAnyOther() {
    String columns = "d DOUBLE";
    Groups groups = bind(columns, List.of("d"), "count(*)", "count(d)").groups(10, 1_000);
    Object[] values = {0.0, null, Double.NaN, -0.0, null, Double.NaN, 1.0};
    add(groups, columns, Arrays.stream(values).map(Collections::singletonList).toList());
    assertThat(result(groups, "d DOUBLE, n BIGINT, m BIGINT"))
        .containsExactly(
            List.of(0.0, 2L, 2L),
            Arrays.asList(null, 2L, 0L),
            List.of(Double.NaN, 2L, 2L),
            List.of(1.0, 1L, 1L));
    Groups grouped = bind(columns, List.of("d"), "count(*)").groups(10, 1_000);
    assertThat(result(grouped, "d DOUBLE, n BIGINT")).isEmpty();
  }

  @Test
  void sumsAreExactUpTo38Digits() {
    BigInteger most = BigInteger.TEN.pow(38).subtract(BigInteger.ONE);
    String columns = "a BIGINT, d DECIMAL(38, 2)";
    Groups groups = bind(columns, List.of(), "sum(a)", "sum(d)").groups(1, 0);
    add(
        groups,
        columns,
        List.of(
            List.of(Long.MAX_VALUE, most),
            List.of(Long.MAX_VALUE, most.negate()),
            List.of(Long.MIN_VALUE, most)));
    assertThat(result(groups, "a DECIMAL(38, 0), d DECIMAL(38, 2)"))
        .containsExactly(List.of(BigInteger.valueOf(Long.MAX_VALUE - 1), most));
    add(groups, columns, List.of(Arrays.asList(null, BigInteger.ONE)));
    refused("sum(d) has more than 38 digits", () -> groups.write(allocator));
    // On the way it may pass 128 bits, in any direction.
    add(groups, columns, Collections.nCopies(5, Arrays.asList(null, most)));
    refused("sum(d) has more than 38 digits", () -> groups.write(allocator));
    add(groups, columns, Collections.nCopies(9, Arrays.asList(null, most.negate())));
    refused("sum(d) has more than 38 digits", () -> groups.write(allocator));
    add(groups, columns, Collections.nCopies(3, Arrays.asList(null, most)));
    assertThat(result(groups, "a DECIMAL(38, 0), d DECIMAL(38, 2)"))
        .containsExactly(List.of(BigInteger.valueOf(Long.MAX_VALUE - 1), BigInteger.ONE));
  }

  @Test
  void decimalsAreOrderedInAllTheirBits() {
    String columns = "d DECIMAL(38, 0)";
    Groups groups = bind(columns, List.of(), "min(d)", "max(d)").groups(1, 0);
    BigInteger wide = BigInteger.ONE.shiftLeft(63);
    add(groups, columns, List.of(List.of(BigInteger.ONE), List.of(wide), List.of(BigInteger.TWO)));
    assertThat(result(groups, "a DECIMAL(38, 0), b DECIMAL(38, 0)"))
        .containsExactly(List.of(BigInteger.ONE, wide));
  }

  private static void refused(
      String message, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            ThalwegException.class,
            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.LIMIT_REACHED))
        .hasMessageContaining(message);
  }

  @Test
  void groupsAndTheirBytesAreBounded() {
    String columns = "s STRING, t STRING";
    Groups few = bind(columns, List.of("s"), "count(*)").groups(2, 1_000);
    add(few, columns, List.of(List.of("a", ""), List.of("b", ""), List.of("a", "")));
    refused(
        "more than 2 groups; filter, or group by fewer columns",
        () -> add(few, columns, List.of(List.of("b", ""), List.of("c", ""))));
    Groups small = bind(columns, List.of("s"), "count(*)").groups(1_000, 1_000);
    refused(
        "take more than 1000 bytes",
        () -> add(small, columns, List.of(List.of("a".repeat(600), ""))));
    Groups texts = bind(columns, List.of(), "min(t)").groups(1, 100);
    // A text that another replaces gives its bytes back.
    for (String least : List.of("d", "c", "b", "a")) {
      add(texts, columns, List.of(List.of("", least.repeat(60))));
    }
    refused(
        "take more than 100 bytes",
        () -> add(texts, columns, List.of(List.of("", "A".repeat(200)))));
    Groups merging = bind("s STRING", List.of("s"), "count(*)").groups(1, 1_000);
    Groups other = bind("s STRING", List.of("s"), "count(*)").groups(2, 1_000);
    add(other, "s STRING", List.of(List.of("a"), List.of("b")));
    try (VectorSchemaRoot partial = other.write(allocator)) {
      refused("more than 1 groups", () -> merging.merge(partial));
    }
  }

  @Test
  void everyGroupTakesMemoryAndManyMeasuresMore() {
    String columns = "a INT";
    List<List<Object>> rows =
        IntStream.range(0, 100).mapToObj(i -> List.<Object>of((long) i)).toList();
    Groups one = bind(columns, List.of("a"), "count(*)").groups(100, 1 << 20);
    add(one, columns, rows);
    Groups more =
        bind(columns, List.of("a"), "count(*)", "count(a)", "min(a)", "sum(a)")
            .groups(100, 1 << 20);
    add(more, columns, rows);
    assertThat(one.bytes()).isBetween(10_000L, 30_000L);
    assertThat(more.bytes()).isGreaterThan(one.bytes() + 100 * 34);
    Groups bounded = bind(columns, List.of("a"), "count(*)").groups(100, one.bytes() - 1);
    refused("bytes; filter, or group by fewer columns", () -> add(bounded, columns, rows));
  }

  @Test
  void aRangeOfGroupsIsWritten() {
    String columns = "s STRING, a INT, d DOUBLE, n DECIMAL(9, 2), f BINARY(1), b BOOLEAN";
    Groups groups =
        bind(
                columns,
                List.of("s"),
                "count(*)",
                "min(a)",
                "max(d)",
                "sum(n)",
                "max(n)",
                "sum(d)",
                "min(f)",
                "max(b)")
            .groups(10, 10_000);
    add(
        groups,
        columns,
        List.of(
            row("x", 1L, 1.5, BigInteger.ONE, "p", true),
            row("y", null, null, null, null, null),
            row("z", 3L, 3.5, BigInteger.TEN, "q", false)));
    String types =
        "s STRING, c BIGINT, a INT, d DOUBLE, n DECIMAL(38, 2), m DECIMAL(9, 2), t DOUBLE,"
            + " f BINARY(1), b BOOLEAN";
    List<List<Object>> all = result(groups, types);
    for (int first = 0; first <= 3; first++) {
      for (int count = 0; first + count <= 3; count++) {
        try (VectorSchemaRoot some = groups.write(first, count, allocator)) {
          assertThat(values(some, schema(types)))
              .usingRecursiveComparison()
              .isEqualTo(all.subList(first, first + count));
        }
      }
    }
  }

  private static List<Object> row(
      String text, Long number, Double d, BigInteger decimal, String bytes, Boolean bit) {
    return Arrays.asList(
        text,
        number,
        d,
        decimal,
        bytes == null ? null : bytes.getBytes(StandardCharsets.UTF_8),
        bit);
  }

  @Test
  void threeHundredThousandGroups() {
    Groups groups = bind("a INT", List.of("a"), "count(*)", "sum(a)").groups(1 << 20, 1 << 30);
    for (int batch = 0; batch < 2; batch++) {
      add(
          groups,
          "a INT",
          IntStream.range(0, 300_000).mapToObj(i -> List.<Object>of((long) i)).toList());
    }
    assertThat(groups.count()).isEqualTo(300_000);
    assertThat(result(groups, "a INT, n BIGINT, s DECIMAL(38, 0)").get(299_999))
        .isEqualTo(List.of(299_999L, 2L, BigInteger.valueOf(599_998)));
  }

  @Test
  void statisticsAnswerWhatTheyCan() {
    String columns = "a INT, d DOUBLE, s STRING";
    Groups groups =
        bind(columns, List.of(), "count(*)", "count(s)", "min(a)", "max(a)", "max(d)")
            .groups(1, 100);
    ColumnStats ints = new ColumnStats(1, 1, Optional.of(new ColumnStats.Longs(3, 9)));
    ColumnStats doubles = new ColumnStats(2, 0, Optional.of(new ColumnStats.Doubles(1, 2)));
    ColumnStats texts =
        new ColumnStats(3, 2, Optional.of(new ColumnStats.Bytes(utf8("a"), utf8("b"))));
    assertThat(groups.addStatistics(List.of(ints, doubles, texts), 10)).isTrue();
    assertThat(groups.addStatistics(List.of(ints, texts), 10)).isFalse();
    ColumnStats nan = new ColumnStats(2, 0, Optional.empty());
    assertThat(groups.addStatistics(List.of(ints, nan, texts), 10)).isFalse();
    ColumnStats onlyNulls = new ColumnStats(2, 10, Optional.empty());
    assertThat(groups.addStatistics(List.of(ints, onlyNulls, texts), 10)).isTrue();
    ColumnStats impossible = new ColumnStats(1, 11, Optional.empty());
    assertThat(groups.addStatistics(List.of(impossible, doubles, texts), 10)).isFalse();
    add(groups, columns, List.of(Arrays.asList(2L, null, "x")));
    assertThat(result(groups, "n BIGINT, m BIGINT, a INT, b INT, d DOUBLE"))
        .containsExactly(List.of(21L, 17L, 2L, 9L, 2.0));
    assertThat(bind(columns, List.of(), "min(s)").groups(1, 100).addStatistics(List.of(texts), 10))
        .as("bounds of texts may be shortened")
        .isFalse();
    assertThat(bind(columns, List.of(), "sum(a)").groups(1, 100).addStatistics(List.of(ints), 10))
        .isFalse();
    assertThat(
            bind(columns, List.of("a"), "count(*)").groups(9, 100).addStatistics(List.of(ints), 10))
        .isFalse();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          min(*)     | only count takes *; give min a column
          avg(a)     | "avg(a)" cannot be selected: count, min, max or sum is missing
          count      | cannot be selected
          count(     | a column name is missing
          count(a) b | cannot be selected
          count(a.b) | cannot be selected
          sum(s)     | column 's' (STRING) has no sum; sum takes numbers
          min(r)     | column 'r' (ROW<x INT>) is nested; MIN takes a scalar
          min(b)     | names column 'b', which the table does not have; its columns are [a, s, r]
          """)
  void refusesWhatItCannotCompute(String select, String message) {
    assertThatThrownBy(() -> bind("a INT, s STRING, r ROW<x INT>", List.of(), select))
        .isInstanceOfSatisfying(
            ThalwegException.class,
            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.INVALID_REQUEST))
        .hasMessageContaining(message);
  }

  @Test
  void refusesTooMuchAndTwice() {
    assertThatThrownBy(() -> bind("a INT", List.of())).hasMessageContaining("something to select");
    assertThatThrownBy(() -> bind("a INT", List.of("a", "a"), "count(*)"))
        .hasMessageContaining("asks twice");
    assertThatThrownBy(() -> bind("a INT", List.of(), "count(*)", "COUNT( * )"))
        .hasMessageContaining("asks twice");
    assertThatThrownBy(() -> bind("r ROW<x INT>", List.of("r"), "count(*)"))
        .hasMessageContaining("group by takes a scalar");
    List<String> many = IntStream.range(0, 101).mapToObj(i -> "count(a" + i + ")").toList();
    assertThatThrownBy(() -> Aggregation.parse(List.of(), many))
        .hasMessageContaining("at most 16 and 100");
    List<String> keys = many.subList(0, 17);
    assertThatThrownBy(() -> Aggregation.parse(keys, List.of("count(*)")))
        .hasMessageContaining("at most 16 and 100");
    assertThat(Aggregation.parse(List.of("a b"), List.of("Count(`a b`)", "SUM(c)")).select())
        .hasToString("[count(`a b`), sum(c)]");
    assertThat(Aggregation.measures(" count(*),Sum(`a,b`) , max(c)"))
        .hasToString("[count(*), sum(`a,b`), max(c)]");
    for (String wrong : List.of("", "count(*),", "count(*) sum(a)", ",count(*)")) {
      assertThatThrownBy(() -> Aggregation.measures(wrong))
          .hasMessageContaining("\"" + wrong + "\" cannot be selected");
    }
    String tooMany = String.join(",", many);
    assertThatThrownBy(() -> new Aggregation(List.of(), Aggregation.measures(tooMany)))
        .hasMessageContaining("at most 16 and 100");
  }

  @Test
  void refusesPartialResultsOfAnotherAggregate() {
    Groups count = bind("a INT", List.of(), "count(*)").groups(1, 100);
    Groups sum = bind("a INT", List.of(), "sum(a)").groups(1, 100);
    try (VectorSchemaRoot partial = sum.write(allocator)) {
      assertThatThrownBy(() -> count.merge(partial)).isInstanceOf(IllegalArgumentException.class);
    }
    try (VectorSchemaRoot root =
        RandomTables.toArrow(schema("a INT"), List.of(List.of(1L)), allocator)) {
      assertThatThrownBy(() -> sum.add(root::getVector, Selection.all(2)))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
