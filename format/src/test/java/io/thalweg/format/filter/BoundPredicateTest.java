package io.thalweg.format.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.batch.ColumnStats;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.testing.RandomTables;
import io.thalweg.format.type.TypeText;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BoundPredicateTest {
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

  private static BoundPredicate bind(String filter, String columns) {
    return BoundPredicate.bind(PredicateParser.parse(filter), schema(columns));
  }

  /** Positions of the values of column {@code c} that pass. */
  private int[] select(String type, String filter, Object... values) {
    Schema schema = schema("c " + type);
    List<List<Object>> rows =
        Arrays.stream(values).map(value -> Collections.singletonList(value)).toList();
    try (VectorSchemaRoot root = RandomTables.toArrow(schema, rows, allocator)) {
      return bind(filter, "c " + type).select(root::getVector, values.length).rows();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          c > 3.5                        | 4 5
          c >= 3.5                       | 4 5
          c < 3.5                        | -1 3
          c <= 3.5                       | -1 3
          c = 3.5                        |
          c <> 3.5                       | -1 3 4 5
          c = 3.0                        | 3
          c = 30e-1                      | 3
          c < 1000                       | -1 3 4 5
          c > 1e30                       |
          c <> 1e30                      | -1 3 4 5
          c > -1e30                      | -1 3 4 5
          c >= -0.5                      | 3 4 5
          c IN (4, 4.5, 1000, -1, 4)     | -1 4
          c NOT IN (4, 1e30)             | -1 3 5
          NOT c = 4                      | -1 3 5
          c BETWEEN 3 AND 4              | 3 4
          c BETWEEN 4 AND 3              |
          c IS NULL OR c = 3             | 3 null
          c IS NOT NULL                  | -1 3 4 5
          NOT (c > 3 AND c < 5)          | -1 3 5
          c = 3 OR NOT c = 3             | -1 3 4 5
          """)
  void comparesTinyintsExactly(String filter, String wanted) {
    Object[] values = {-1L, 3L, null, 4L, 5L};
    int[] rows = select("TINYINT", filter, values);
    assertThat(Arrays.stream(rows).mapToObj(row -> String.valueOf(values[row])))
        .containsExactlyElementsOf(wanted == null ? List.of() : List.of(wanted.split(" ")));
  }

  @Test
  void widestIntegersDoNotOverflow() {
    Object[] values = {Long.MIN_VALUE, Long.MAX_VALUE};
    assertThat(select("BIGINT", "c > 9223372036854775807", values)).isEmpty();
    assertThat(select("BIGINT", "c >= 9223372036854775807", values)).containsExactly(1);
    assertThat(select("BIGINT", "c < -9223372036854775808", values)).isEmpty();
    assertThat(select("BIGINT", "c <= 9223372036854775807.5", values)).containsExactly(0, 1);
    assertThat(select("BIGINT", "c = 9223372036854775808", values)).isEmpty();
    assertThat(select("BIGINT", "c = -9223372036854775808", values)).containsExactly(0);
  }

  @Test
  void floatsFollowIeee() {
    Object[] values = {Double.NaN, -0.0, 0.0, 0.1, Double.POSITIVE_INFINITY, Double.MAX_VALUE};
    assertThat(select("DOUBLE", "c = 0", values)).containsExactly(1, 2);
    assertThat(select("DOUBLE", "c IN (0, -0.0)", values)).containsExactly(1, 2);
    assertThat(select("DOUBLE", "c < 0", values)).isEmpty();
    assertThat(select("DOUBLE", "c >= -0.0", values)).containsExactly(1, 2, 3, 4, 5);
    assertThat(select("DOUBLE", "c = 0.1", values)).containsExactly(3);
    assertThat(select("DOUBLE", "c <> 0.1", values)).containsExactly(0, 1, 2, 4, 5);
    assertThat(select("DOUBLE", "c > 1e400", values)).containsExactly(4);
    assertThat(select("DOUBLE", "c >= 1e400", values)).containsExactly(4);
    assertThat(select("DOUBLE", "c = 1e400", values)).isEmpty();
    assertThat(select("DOUBLE", "c < 1e400", values)).containsExactly(1, 2, 3, 5);
    assertThat(select("DOUBLE", "c > -1e400", values)).containsExactly(1, 2, 3, 4, 5);
    assertThat(select("DOUBLE", "NOT c <= 0.1", values)).containsExactly(0, 4, 5);
    assertThat(select("DOUBLE", "c IN (1e400)", values)).isEmpty();
    assertThat(select("FLOAT", "c = 0.1", 0.1f, Float.NaN, Float.MAX_VALUE)).containsExactly(0);
    assertThat(select("FLOAT", "c > 1e300", Float.MAX_VALUE, Float.POSITIVE_INFINITY))
        .containsExactly(1);
    assertThat(select("FLOAT", "c <= 1e300", Float.MAX_VALUE, Float.POSITIVE_INFINITY))
        .containsExactly(0);
  }

  @Test
  void decimalsCompareBeyondTheirScale() {
    Object[] values = {BigInteger.valueOf(-150), BigInteger.valueOf(149), BigInteger.valueOf(150)};
    assertThat(select("DECIMAL(5, 2)", "c >= 1.495", values)).containsExactly(2);
    assertThat(select("DECIMAL(5, 2)", "c = 1.5", values)).containsExactly(2);
    assertThat(select("DECIMAL(5, 2)", "c <> 1.495", values)).containsExactly(0, 1, 2);
    assertThat(select("DECIMAL(5, 2)", "c > -1e900", values)).containsExactly(0, 1, 2);
    assertThat(select("DECIMAL(5, 2)", "c IN (1.49, 1.501, -1.5, 1e900)", values))
        .containsExactly(0, 1);
    BigInteger widest = BigInteger.TEN.pow(38).subtract(BigInteger.ONE);
    assertThat(
            select(
                "DECIMAL(38, 0)",
                "c >= 99999999999999999999999999999999999999",
                widest,
                widest.negate()))
        .containsExactly(0);
  }

  @Test
  void stringsAreOrderedByCodePoint() {
    // In UTF-16, the surrogates of the second one sort before the first.
    Object[] values = {"\uffee", "\ud83d\ude00", "", "a", "ab"};
    assertThat(select("STRING", "c > '\uffee'", values)).containsExactly(1);
    assertThat(select("STRING", "c < 'ab'", values)).containsExactly(2, 3);
    assertThat(select("STRING", "c IN ('ab', '', 'b')", values)).containsExactly(2, 4);
    assertThat(select("STRING", "'a' = c", values)).containsExactly(3);
    assertThat(select("CHAR(2)", "c <> 'a'", values)).containsExactly(0, 1, 2, 4);
    assertThat(select("BYTES", "c >= X'80'", new byte[] {0x7f}, new byte[] {(byte) 0x80}))
        .containsExactly(1);
    assertThat(select("BINARY(1)", "c = X'8000' OR c = X'7F'", new byte[] {0x7f}))
        .containsExactly(0);
  }

  @Test
  void booleansCompare() {
    assertThat(select("BOOLEAN", "c", true, false, null)).containsExactly(0);
    assertThat(select("BOOLEAN", "NOT c", true, false, null)).containsExactly(1);
    assertThat(select("BOOLEAN", "c < TRUE", true, false, null)).containsExactly(1);
    assertThat(select("BOOLEAN", "c IN (TRUE, FALSE)", true, false, null)).containsExactly(0, 1);
  }

  @Test
  void timesCompareInTheirUnit() {
    long ten = 10 * 3600;
    assertThat(select("TIME(0)", "c = TIME '10:00:00'", ten, ten + 1)).containsExactly(0);
    assertThat(select("TIME(3)", "c > '10:00:00.0005'", ten * 1_000, ten * 1_000 + 1))
        .containsExactly(1);
    assertThat(select("TIMESTAMP(0)", "c = '1970-01-01 00:00:00.5'", 0L, 1L)).isEmpty();
    assertThat(select("TIMESTAMP(0)", "c < '1970-01-01 00:00:00.5'", 0L, 1L)).containsExactly(0);
    assertThat(select("TIMESTAMP(0)", "c >= TIMESTAMP '1969-12-31 23:59:59.5'", -1L, 0L))
        .containsExactly(1);
    assertThat(select("TIMESTAMP(9)", "c > TIMESTAMP '9999-01-01'", Long.MAX_VALUE)).isEmpty();
    assertThat(select("TIMESTAMP(9)", "c < DATE '9999-01-01'", Long.MAX_VALUE)).containsExactly(0);
    assertThat(select("TIMESTAMP(6)", "c = DATE '1970-01-02'", 86_400_000_000L)).containsExactly(0);
    assertThat(
            select("TIMESTAMP_LTZ(3)", "c = TIMESTAMP '1970-01-01 02:00:00+02:00'", 0L, 7_200_000L))
        .containsExactly(0);
    assertThat(select("TIMESTAMP_LTZ(3)", "c = '1970-01-01 02:00:00'", 0L, 7_200_000L))
        .containsExactly(1);
    assertThat(select("DATE", "c = '1970-01-02'", 0L, 1L)).containsExactly(1);
    assertThat(select("DATE", "c > TIMESTAMP '1970-01-01 12:00:00'", 0L, 1L)).containsExactly(1);
  }

  @Test
  void nestedColumnsMayBeNull() {
    assertThat(select("ARRAY<INT>", "c IS NULL", null, List.of(1L), List.of())).containsExactly(0);
    assertThat(select("ROW<a INT>", "c IS NOT NULL", null, List.of(1L))).containsExactly(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          x = 1              | INT           | there is no column 'x'; its columns are [c]
          C = 1              | INT           | there is no column 'C'
          c = 'a'            | INT           | column 'c' (INT) cannot be compared with 'a'; write a number
          c                  | INT           | cannot be compared with TRUE; write a number
          c = 1              | STRING        | cannot be compared with 1; write a string in single quotes
          c = X'00'          | STRING        | write a string
          c = 'a'            | BYTES         | write X'CAFE'
          c = 1              | BOOLEAN       | write TRUE or FALSE
          c IN (1, 'a')      | DOUBLE        | cannot be compared with 'a'
          c = '1'            | DECIMAL(5, 2) | write a number
          c = 1              | DATE          | write DATE '2001-01-31'
          c = TIME '10:00'   | TIMESTAMP(3)  | write DATE '2001-01-31' or TIMESTAMP
          c = DATE '2001-01-01' | TIME(0)    | write TIME
          c = 'now'          | TIMESTAMP(3)  | column 'c' (TIMESTAMP(3)): 'now' is no date or time here
          c = '10:00'        | DATE          | is no date or time here
          c = '2001-01-01 00:00:00Z' | TIMESTAMP(3) | has no time zone
          c = 1              | ARRAY<INT>    | column 'c' (ARRAY<INT>) is nested and cannot be compared
          c IN (1)           | ROW<a INT>    | is nested
          c = 1              | VECTOR(3)     | column 'c' (VECTOR(3)) cannot be compared; only IS NULL
          c LIKE 'a'         | VECTOR(3)     | cannot be compared
          """)
  void refusesWhatCannotBeCompared(String filter, String type, String message) {
    assertThatThrownBy(() -> bind(filter, "c " + type))
        .isInstanceOfSatisfying(
            ThalwegException.class,
            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.INVALID_FILTER))
        .hasMessageContaining(message);
  }

  @Test
  void refusesHalfASurrogatePair() {
    assertThatThrownBy(() -> bind("c = '\ud83d'", "c STRING")).hasMessageContaining("half");
  }

  @Test
  void knowsItsColumns() {
    assertThat(bind("d = 1 AND (b IS NULL OR d = 2)", "a INT, b INT, d INT").columns())
        .containsExactly(1, 2);
  }

  @Test
  void refusesVectorsOfAnotherSchema() {
    BoundPredicate bound = bind("c = 1", "c BIGINT");
    try (IntVector ints = new IntVector("c", allocator)) {
      assertThatThrownBy(() -> bound.select(position -> ints, 0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("'c' (BIGINT)");
    }
    assertThatThrownBy(() -> bound.select(position -> null, 0)).hasMessageContaining("missing");
  }

  private static ColumnStats stats(int nulls, ColumnStats.Bounds bounds) {
    return new ColumnStats(1, nulls, Optional.ofNullable(bounds));
  }

  private static ColumnStats.Bounds bytes(String min, String max) {
    return new ColumnStats.Bytes(
        min.getBytes(StandardCharsets.UTF_8), max.getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          c > 20 | false
          c >= 20 | true
          c < 10 | false
          c <= 10 | true
          c = 9 | false
          c = 15.5 | false
          c <> 15 | true
          NOT c > 20 | true
          NOT c <= 20 | false
          NOT (c >= 10 AND c <= 20) | false
          NOT (c < 10 OR c > 20) | true
          c IN (1, 9, 21) | false
          c IN (1, 11) | true
          c NOT IN (11, 12) | true
          c > 20 OR c < 10 | false
          c > 20 OR c < 11 | true
          c > 15 AND c < 5 | false
          c IS NULL | true
          c IS NOT NULL | true
          c = 9 OR c IS NULL | true
          c = 9 AND c IS NULL | false
          """)
  void skipsWhatLiesOutsideTenToTwenty(String filter, boolean mayMatch) {
    ColumnStats.Bounds bounds = new ColumnStats.Longs(10, 20);
    assertThat(bind(filter, "c INT").mayMatch(List.of(stats(1, bounds)), 5)).isEqualTo(mayMatch);
    ColumnStats.Bounds doubles = new ColumnStats.Doubles(10, 20);
    if (!filter.contains("15.5")) {
      assertThat(bind(filter, "c DOUBLE").mayMatch(List.of(stats(1, doubles)), 5))
          .isEqualTo(mayMatch);
    }
    ColumnStats.Bounds decimals =
        new ColumnStats.Decimals(BigInteger.valueOf(10), BigInteger.valueOf(20));
    assertThat(bind(filter, "c DECIMAL(5, 0)").mayMatch(List.of(stats(1, decimals)), 5))
        .isEqualTo(mayMatch);
    assertThat(
            bind(
                    filter
                        .replaceAll("(\\d+(\\.\\d)?)", "'$1'")
                        .replace("'9'", "'0'")
                        .replace("'5'", "'0'"),
                    "c STRING")
                .mayMatch(List.of(stats(1, bytes("10", "20"))), 5))
        .isEqualTo(mayMatch || filter.contains("15.5"));
  }

  @Test
  void oneValueOrNoneOrOnlyNullsSkipMore() {
    ColumnStats.Bounds one = new ColumnStats.Longs(7, 7);
    assertThat(bind("c <> 7", "c INT").mayMatch(List.of(stats(1, one)), 5)).isFalse();
    assertThat(bind("c NOT IN (7, 8)", "c INT").mayMatch(List.of(stats(0, one)), 5)).isFalse();
    assertThat(bind("c = 7", "c INT").mayMatch(List.of(stats(5, null)), 5)).isFalse();
    assertThat(bind("NOT c = 7", "c INT").mayMatch(List.of(stats(5, null)), 5)).isFalse();
    assertThat(bind("c IS NOT NULL", "c INT").mayMatch(List.of(stats(5, null)), 5)).isFalse();
    assertThat(bind("c IS NULL", "c INT").mayMatch(List.of(stats(0, one)), 5)).isFalse();
    assertThat(bind("c IS NULL", "c INT").mayMatch(List.of(stats(0, one)), 0)).isFalse();
    assertThat(bind("c", "c BOOLEAN").mayMatch(List.of(stats(0, new ColumnStats.Longs(0, 0))), 5))
        .isFalse();
  }

  @Test
  void whatIsUnknownMayMatch() {
    assertThat(bind("c = 7", "c INT").mayMatch(List.of(), 5)).isTrue();
    assertThat(bind("c = 7", "c INT").mayMatch(List.of(stats(0, null)), 5)).isTrue();
    assertThat(bind("c = 7", "c INT").mayMatch(List.of(stats(9, null)), 5)).isTrue();
    assertThat(bind("c > 7", "c INT").mayMatch(List.of(stats(0, bytes("a", "b"))), 5)).isTrue();
    assertThat(bind("c > 7", "c INT").mayMatch(List.of(stats(0, new ColumnStats.Longs(5, 1))), 5))
        .isTrue();
    assertThat(bind("c IS NULL", "c ARRAY<INT>").mayMatch(List.of(), 5)).isTrue();
  }

  @Test
  void shortenedStringsAreBoundsOnly() {
    String long32 = "x".repeat(32);
    List<ColumnStats> stats = List.of(stats(0, bytes(long32, "x".repeat(31) + "y")));
    assertThat(bind("c = '" + long32 + "tail'", "c STRING").mayMatch(stats, 5)).isTrue();
    assertThat(bind("c > '" + long32 + "~~~'", "c STRING").mayMatch(stats, 5)).isTrue();
    assertThat(bind("c < '" + long32 + "'", "c STRING").mayMatch(stats, 5)).isFalse();
    assertThat(bind("c > '" + "x".repeat(31) + "y'", "c STRING").mayMatch(stats, 5)).isFalse();
    assertThat(bind("c > 'y'", "c STRING").mayMatch(stats, 5)).isFalse();
  }

  @Test
  void takingAllSharesBuffersAndTakingSomeCopies() {
    Schema schema = schema("c INT");
    List<List<Object>> rows = List.of(List.of(1L), List.of(2L));
    try (VectorSchemaRoot root = RandomTables.toArrow(schema, rows, allocator)) {
      long address = root.getVector(0).getDataBuffer().memoryAddress();
      Selection all = bind("c > 0", "c INT").select(root::getVector, 2);
      assertThat(all.isAll()).isTrue();
      try (VectorSchemaRoot taken = all.take(root, allocator)) {
        assertThat(taken.getVector(0).getDataBuffer().memoryAddress()).isEqualTo(address);
      }
      Selection none = bind("c > 2", "c INT").select(root::getVector, 2);
      assertThat(none.isEmpty()).isTrue();
      try (VectorSchemaRoot taken = none.take(root, allocator)) {
        assertThat(taken.getRowCount()).isZero();
      }
      assertThat(root.getVector(0).getObject(1)).isEqualTo(2);
      Selection other = bind("c > 0", "c INT").select(root::getVector, 2);
      root.setRowCount(1);
      assertThatThrownBy(() -> other.take(root, allocator)).hasMessageContaining("has 1");
    }
  }
}
