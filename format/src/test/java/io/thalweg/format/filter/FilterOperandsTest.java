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
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** LIKE, NULL in lists, IS TRUE, fields and functions, one example each. */
class FilterOperandsTest {
  private static final long DAY = 86_400;
  private final BufferAllocator allocator = new RootAllocator();

  @AfterEach
  void everyBufferIsReleased() {
    allocator.close();
  }

  private static Schema schema(String type) {
    return Schema.first(
        TypeText.parseColumns("c " + type).stream()
            .map(field -> Column.of(field.name(), field.type()))
            .toList(),
        List.of());
  }

  private static BoundPredicate bind(String filter, String type) {
    return BoundPredicate.bind(PredicateParser.parse(filter), schema(type));
  }

  private int[] select(String type, String filter, Object... values) {
    List<List<Object>> rows =
        Arrays.stream(values).map(value -> Collections.singletonList(value)).toList();
    try (VectorSchemaRoot root = RandomTables.toArrow(schema(type), rows, allocator)) {
      return bind(filter, type).select(root::getVector, values.length).rows();
    }
  }

  private static boolean mayMatch(
      String filter, String type, int nulls, ColumnStats.Bounds bounds) {
    return bind(filter, type)
        .mayMatch(List.of(new ColumnStats(1, nulls, Optional.ofNullable(bounds))), 5);
  }

  private static ColumnStats.Bounds bytes(String min, String max) {
    return new ColumnStats.Bytes(
        min.getBytes(StandardCharsets.UTF_8), max.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void likeIsUnknownOfNull() {
    Object[] values = {"SFO", "SAN", null, "LAX", "S%"};
    assertThat(select("STRING", "c LIKE 'S%'", values)).containsExactly(0, 1, 4);
    assertThat(select("STRING", "c NOT LIKE 'S%'", values)).containsExactly(3);
    assertThat(select("CHAR(3)", "c LIKE '_A%'", values)).containsExactly(1, 3);
    assertThat(select("STRING", "c LIKE 'SFO'", values)).containsExactly(0);
    assertThat(select("STRING", "c LIKE 'S!%' ESCAPE '!'", values)).containsExactly(4);
    assertThat(select("STRING", "c LIKE '%'", values)).containsExactly(0, 1, 3, 4);
    assertThat(select("STRING", "c NOT LIKE '%'", values)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          c LIKE 'b%'      | false
          c LIKE 'can%'    | true
          c LIKE 'cab%'    | false
          c LIKE 'carpet%' | true
          c LIKE 'cat%'    | false
          c LIKE 'c%'      | true
          c LIKE 'c_t'     | true
          c LIKE 'd_t%'    | false
          c LIKE 'd%x'     | false
          c LIKE '%x'      | true
          c LIKE 'cash'    | false
          c NOT LIKE 'ca%' | false
          c NOT LIKE 'can%' | true
          c NOT LIKE '%'   | false
          c NOT LIKE 'can' | true
          substring(c, 1, 2) = 'ca' | true
          substring(c, 1, 2) <> 'ca' | false
          substring(c, 1, 2) LIKE 'd%' | false
          substring(c, 2) = 'x' | true
          lower(c) = 'x'   | true
          """)
  void likeSkipsByPrefix(String filter, boolean mayMatch) {
    assertThat(mayMatch(filter, "STRING", 0, bytes("can", "carpets"))).isEqualTo(mayMatch);
    assertThat(mayMatch(filter, "STRING", 0, null)).isEqualTo(!filter.contains("NOT LIKE '%'"));
    assertThat(mayMatch(filter, "STRING", 5, null)).isFalse();
  }

  @Test
  void substringTrustsNoMaximumThatIsNoText() {
    // 0xc0 stands where the texts go on with a lower byte that belongs to the character before.
    byte[] max = {'a', (byte) 0xc3, (byte) 0xc0};
    ColumnStats.Bounds bounds = new ColumnStats.Bytes("aé".getBytes(StandardCharsets.UTF_8), max);
    assertThat(mayMatch("substring(c, 1, 2) = 'aé'", "STRING", 0, bounds)).isTrue();
  }

  @Test
  void nullInAListIsDoubt() {
    Object[] values = {1L, 2L, null};
    assertThat(select("INT", "c IN (1, NULL)", values)).containsExactly(0);
    assertThat(select("INT", "c NOT IN (1, NULL)", values)).isEmpty();
    assertThat(select("INT", "NOT c IN (1)", values)).containsExactly(1);
    assertThat(select("INT", "c IN (NULL)", values)).isEmpty();
    assertThat(select("INT", "c NOT IN (NULL) OR c = 2", values)).containsExactly(1);
    ColumnStats.Bounds bounds = new ColumnStats.Longs(1, 2);
    assertThat(mayMatch("c IN (5, NULL)", "INT", 1, bounds)).isFalse();
    assertThat(mayMatch("c IN (2, NULL)", "INT", 1, bounds)).isTrue();
    assertThat(mayMatch("c NOT IN (5, NULL)", "INT", 1, bounds)).isFalse();
  }

  @Test
  void isTrueIsNeverUnknown() {
    Object[] values = {true, false, null};
    assertThat(select("BOOLEAN", "c IS TRUE", values)).containsExactly(0);
    assertThat(select("BOOLEAN", "c IS NOT TRUE", values)).containsExactly(1, 2);
    assertThat(select("BOOLEAN", "c IS FALSE", values)).containsExactly(1);
    assertThat(select("BOOLEAN", "c IS NOT FALSE", values)).containsExactly(0, 2);
    assertThat(select("BOOLEAN", "NOT c IS TRUE", values)).containsExactly(1, 2);
    ColumnStats.Bounds ones = new ColumnStats.Longs(1, 1);
    assertThat(mayMatch("c IS FALSE", "BOOLEAN", 1, ones)).isFalse();
    assertThat(mayMatch("c IS NOT TRUE", "BOOLEAN", 0, ones)).isFalse();
    assertThat(mayMatch("c IS NOT TRUE", "BOOLEAN", 1, ones)).isTrue();
    assertThat(mayMatch("c IS NOT TRUE", "BOOLEAN", 5, null)).isTrue();
    assertThat(mayMatch("c IS TRUE", "BOOLEAN", 5, null)).isFalse();
  }

  @Test
  void aFieldOfANullRowIsNull() {
    String type = "ROW<a INT, `b.c` ROW<`NOT` STRING, l ARRAY<INT>>>";
    Object[] values = {
      Arrays.asList(1L, List.of("x", List.of())),
      Arrays.asList(2L, null),
      Arrays.asList(null, Arrays.asList(null, null)),
      null,
      Arrays.asList(5L, List.of("y", List.of(1L)))
    };
    assertThat(select(type, "c.a > 1", values)).containsExactly(1, 4);
    assertThat(select(type, "NOT c.a > 1", values)).containsExactly(0);
    assertThat(select(type, "c.a IS NULL", values)).containsExactly(2, 3);
    assertThat(select(type, "c.`b.c` IS NULL", values)).containsExactly(1, 3);
    assertThat(select(type, "c.`b.c`.`NOT` IS NULL", values)).containsExactly(1, 2, 3);
    assertThat(select(type, "c.`b.c`.`NOT` IS NOT NULL", values)).containsExactly(0, 4);
    assertThat(select(type, "c.`b.c`.`NOT` <> 'x'", values)).containsExactly(4);
    assertThat(select(type, "c.`b.c`.l IS NULL", values)).containsExactly(1, 2, 3);
    assertThat(select(type, "upper(c.`b.c`.`NOT`) IN ('X', NULL)", values)).containsExactly(0);
    BoundPredicate bound = bind("c.a = 1 AND c.`b.c`.`NOT` = 'x'", type);
    assertThat(bound.columns()).containsExactly(0);
    assertThat(bound.looksInto(0)).isTrue();
    assertThat(bind("c IS NULL", type).looksInto(0)).isFalse();
    // There are no statistics of fields; those of the column say nothing about them.
    assertThat(mayMatch("c.a = 1", type, 0, new ColumnStats.Longs(5, 6))).isTrue();
    assertThat(mayMatch("c.a IS NULL", type, 0, null)).isTrue();
  }

  @Test
  void textFunctions() {
    Object[] values = {"Straße", "ÉCOLE", "abc", null, ""};
    assertThat(select("STRING", "lower(c) = 'école'", values)).containsExactly(1);
    assertThat(select("STRING", "upper(c) = 'STRASSE'", values)).containsExactly(0);
    assertThat(select("STRING", "upper(c) LIKE '%C%'", values)).containsExactly(1, 2);
    assertThat(select("STRING", "char_length(c) >= 5", values)).containsExactly(0, 1);
    assertThat(select("STRING", "length(c) = 0", values)).containsExactly(4);
    assertThat(select("BYTES", "length(c) = 2", new byte[] {1, 2}, new byte[0])).containsExactly(0);
    assertThat(select("STRING", "substring(c, 2, 2) = 'CO'", values)).containsExactly(1);
    assertThat(select("STRING", "substring(c, 5) = 'ße'", values)).containsExactly(0);
    assertThat(select("STRING", "substring(c, 1e30) = ''", values)).containsExactly(0, 1, 2, 4);
    assertThat(select("STRING", "lower(substring(c, 1, 1)) IN ('s', 'é')", values))
        .containsExactly(0, 1);
    assertThat(select("STRING", "lower(c) IS NULL", values)).containsExactly(3);
  }

  @Test
  void timeFunctions() {
    long day = 20_000 * DAY; // 2024-10-04
    Object[] seconds = {day, day + 3_599, day + 3_600, -1L, null};
    assertThat(select("TIMESTAMP(0)", "hour(c) = 0", seconds)).containsExactly(0, 1);
    assertThat(select("TIMESTAMP(0)", "hour(c) = 23", seconds)).containsExactly(3);
    assertThat(select("TIMESTAMP(0)", "year(c) = 1969", seconds)).containsExactly(3);
    assertThat(select("TIMESTAMP_LTZ(0)", "month(c) = 10 AND day(c) = 4", seconds))
        .containsExactly(0, 1, 2);
    assertThat(select("TIMESTAMP(0)", "date_trunc('day', c) = DATE '2024-10-04'", seconds))
        .containsExactly(0, 1, 2);
    assertThat(select("TIMESTAMP(0)", "date_trunc('hour', c) = '2024-10-04 01:00'", seconds))
        .containsExactly(2);
    assertThat(select("TIMESTAMP(0)", "date_trunc('week', c) = DATE '2024-09-30'", seconds))
        .containsExactly(0, 1, 2);
    assertThat(select("DATE", "date_trunc('month', c) = '2024-10-01'", 20_000L, 20_100L))
        .containsExactly(0);
    assertThat(select("TIME(3)", "hour(c) < 12", 0L, 86_399_999L)).containsExactly(0);
    // The year of the least timestamp begins before it.
    assertThat(select("TIMESTAMP(9)", "date_trunc('year', c) = DATE '1677-01-01'", Long.MIN_VALUE))
        .containsExactly(0);
    assertThat(select("TIMESTAMP(0)", "year(c) > 9999", Long.MAX_VALUE, Long.MIN_VALUE))
        .containsExactly(0);
  }

  @Test
  void absoluteValues() {
    assertThat(select("TINYINT", "abs(c) = 128", -128L, 127L)).containsExactly(0);
    assertThat(select("BIGINT", "abs(c) = 9223372036854775808", Long.MIN_VALUE, Long.MAX_VALUE))
        .containsExactly(0);
    assertThat(select("BIGINT", "abs(c) IN (5, 9223372036854775807)", -5L, Long.MAX_VALUE, 6L))
        .containsExactly(0, 1);
    assertThat(select("DOUBLE", "abs(c) > 1.5", -2.0, Double.NaN, 1.0)).containsExactly(0);
    assertThat(select("FLOAT", "abs(c) = 0.1", -0.1f, 0.1f, 0.2f)).containsExactly(0, 1);
    BigInteger widest = BigInteger.TEN.pow(38).subtract(BigInteger.ONE);
    assertThat(
            select(
                "DECIMAL(38, 0)",
                "abs(c) = " + widest + " OR abs(c) = 18446744073709551616",
                widest.negate(),
                widest,
                BigInteger.ONE.shiftLeft(64).negate(),
                BigInteger.ONE))
        .containsExactly(0, 1, 2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          year(c) = 1970                              | true
          year(c) = 1971                              | false
          year(c) < 1970                              | false
          year(c) <> 1970                             | false
          year(c) IN (1969, 1971)                     | false
          month(c) = 12                               | true
          date_trunc('day', c) = '1970-01-02'         | true
          date_trunc('day', c) = '1970-01-04'         | false
          date_trunc('month', c) > DATE '1970-01-01'  | false
          date_trunc('hour', c) < '1970-01-02 00:00'  | false
          year(date_trunc('week', c)) = 1969          | true
          year(date_trunc('week', c)) = 1970          | false
          """)
  void risingFunctionsSkip(String filter, boolean mayMatch) {
    ColumnStats.Bounds bounds = new ColumnStats.Longs(DAY * 1_000, 3 * DAY * 1_000 - 1);
    assertThat(mayMatch(filter, "TIMESTAMP(3)", 0, bounds)).isEqualTo(mayMatch);
    assertThat(mayMatch(filter, "TIMESTAMP(3)", 0, null)).isTrue();
    // Impossible statistics say nothing.
    assertThat(mayMatch(filter, "TIMESTAMP(3)", 0, new ColumnStats.Longs(9, 1))).isTrue();
    for (long wild : new long[] {Long.MIN_VALUE, Long.MAX_VALUE}) {
      ColumnStats.Bounds damaged = new ColumnStats.Longs(wild, wild);
      if (!filter.contains("hour")) {
        assertThat(mayMatch(filter, "DATE", 0, damaged)).isIn(true, false);
      }
      assertThat(mayMatch(filter, "TIMESTAMP(0)", 0, damaged)).isIn(true, false);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          c LIKE 'a'         | INT            | column 'c' (INT) is no text; LIKE takes CHAR and STRING
          length(c) LIKE 'a' | STRING         | length(c) (BIGINT) is no text
          c IS TRUE          | STRING         | column 'c' (STRING) is no BOOLEAN
          c IN (NULL, 'a')   | INT            | cannot be compared with 'a'
          c.a = 1            | INT            | column 'c' (INT) is no ROW and has no field 'a'
          c.b = 1            | ROW<a INT>     | column 'c' has no field 'b'; its fields are [a]
          c.a.b = 1          | ROW<a INT>     | column 'c.a' (INT) is no ROW
          c.a = 'x'          | ROW<a INT>     | column 'c.a' (INT) cannot be compared with 'x'
          c = 1              | ROW<a INT>     | is nested and cannot be compared
          c.element = 1      | ARRAY<INT>     | column 'c' (ARRAY<INT>) is no ROW
          lower(c) = 'x'     | INT            | lower takes CHAR, STRING; c is INT
          lower(c) IS NULL   | INT            | lower takes CHAR, STRING; c is INT
          lower(c) = 'x'     | ROW<a INT>     | column 'c' (ROW<a INT>) is nested
          lower(c) = 1       | STRING         | lower(c) (STRING) cannot be compared with 1
          lower(c)           | STRING         | lower(c) (STRING) cannot be compared with TRUE
          char_length(c) = 1 | BYTES          | char_length takes CHAR, STRING; c is BYTES
          substring(c, 1) = 'x' | BYTES       | substring takes CHAR, STRING; c is BYTES
          year(c) = 1        | TIME(0)        | year takes DATE, TIMESTAMP, TIMESTAMP_LTZ; c is TIME(0)
          hour(c) = 1        | DATE           | hour takes TIME, TIMESTAMP, TIMESTAMP_LTZ; c is DATE
          year(year(c)) = 1  | DATE           | year(c) is BIGINT
          abs(c) = 1         | BOOLEAN        | abs takes TINYINT, SMALLINT
          date_trunc('day', c) = 1 | DATE     | cannot be compared with 1; write DATE
          lower(d) = 'x'     | STRING         | there is no column 'd'; its columns are
          """)
  void refusesWhatDoesNotFit(String filter, String type, String message) {
    assertThatThrownBy(() -> bind(filter, type))
        .isInstanceOfSatisfying(
            ThalwegException.class,
            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.INVALID_FILTER))
        .hasMessageContaining(message);
  }

  @Test
  void refusesVectorsWithoutTheField() {
    List<List<Object>> rows = List.of(List.of(List.of("x")));
    try (VectorSchemaRoot root = RandomTables.toArrow(schema("ROW<a STRING>"), rows, allocator)) {
      assertThatThrownBy(() -> bind("c.a = 1", "ROW<a INT>").select(root::getVector, 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("field 'c.a' (INT) is not in");
      assertThatThrownBy(() -> bind("c.b = 1", "ROW<a STRING, b INT>").select(root::getVector, 1))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
