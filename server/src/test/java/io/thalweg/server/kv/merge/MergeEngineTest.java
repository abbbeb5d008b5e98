package io.thalweg.server.kv.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Each engine, each function and deletes, by example. */
class MergeEngineTest {
  private static final Map<String, String> AGGREGATION =
      Map.of("table.merge-engine", "aggregation");

  private static boolean[] targets(boolean... targets) {
    return targets;
  }

  private static void refused(ErrorCode code, String message, Runnable call) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(
            ThalwegException.class, refused -> assertThat(refused.code()).isEqualTo(code))
        .hasMessageContaining(message);
  }

  @Test
  void theLastRowCounts() {
    MergeTable table = new MergeTable("k INT NOT NULL, a INT, b STRING", Map.of());
    assertThat(table.write(1, 2, "x")).isEqualTo(MergeEngine.Outcome.TAKE_NEW);
    assertThat(table.write(1, null, "y")).isEqualTo(MergeEngine.Outcome.TAKE_NEW);
    assertThat(table.row()).isEqualTo(Arrays.asList(1L, null, "y"));
  }

  @Test
  void aPartialUpdateLeavesTheOtherColumnsAlone() {
    MergeTable table = new MergeTable("k INT NOT NULL, a INT, b STRING", Map.of());
    boolean[] a = targets(true, true, false);
    boolean[] b = targets(true, false, true);
    // The value in a column that is no target does not count.
    assertThat(table.write(a, List.of(1, 2, "ignored"))).isEqualTo(MergeEngine.Outcome.MERGED);
    assertThat(table.row()).isEqualTo(Arrays.asList(1L, 2L, null));
    assertThat(table.write(b, Arrays.asList(1, null, "x"))).isEqualTo(MergeEngine.Outcome.MERGED);
    assertThat(table.row()).isEqualTo(Arrays.asList(1L, 2L, "x"));
    table.write(a, Arrays.asList(1, null, null));
    assertThat(table.row()).isEqualTo(Arrays.asList(1L, null, "x"));
    assertThat(table.write(targets(true, true, true), Arrays.asList(1, 5, null)))
        .isEqualTo(MergeEngine.Outcome.TAKE_NEW);
  }

  @Test
  void aPartialUpdateNamesTheKeyAndWhatIsNotNull() {
    MergeTable table = new MergeTable("k INT NOT NULL, a INT NOT NULL, b STRING", Map.of());
    refused(
        ErrorCode.INVALID_REQUEST,
        "leaves out column 'k', a column of the primary key; add it",
        () -> table.write(targets(false, true, true), List.of(1, 1, "x")));
    refused(
        ErrorCode.INVALID_REQUEST,
        "leaves out column 'a', which is NOT NULL; add it",
        () -> table.write(targets(true, false, true), List.of(1, 1, "x")));
    for (Map<String, String> properties :
        List.of(
            Map.of("table.merge-engine", "first_row"),
            Map.of(
                "table.merge-engine",
                "versioned",
                "table.merge-engine.versioned.ver-column",
                "a"))) {
      MergeTable other = new MergeTable("k INT NOT NULL, a INT NOT NULL, b STRING", properties);
      refused(
          ErrorCode.INVALID_REQUEST,
          "does not support partial updates; write all columns",
          () -> other.write(targets(true, true, false), List.of(1, 1, "x")));
    }
  }

  @Test
  void theFirstRowCounts() {
    MergeTable table =
        new MergeTable("k INT NOT NULL, a INT", Map.of("table.merge-engine", "first_row"));
    assertThat(table.write(1, null)).isEqualTo(MergeEngine.Outcome.TAKE_NEW);
    assertThat(table.write(1, 2)).isEqualTo(MergeEngine.Outcome.KEEP_OLD);
    assertThat(table.delete(null)).isEqualTo(DeleteRule.Outcome.KEEP_OLD);
    assertThat(table.row()).isEqualTo(Arrays.asList(1L, null));
  }

  @Test
  void theGreatestVersionCountsAndOfEqualOnesTheLast() {
    for (String type : List.of("INT", "BIGINT", "TIMESTAMP(6)", "TIMESTAMP_LTZ(3)")) {
      MergeTable table =
          new MergeTable(
              "k INT NOT NULL, v " + type + " NOT NULL, a STRING",
              Map.of(
                  "table.merge-engine",
                  "versioned",
                  "table.merge-engine.versioned.ver-column",
                  "v"));
      table.write(1, -5, "first");
      assertThat(table.write(1, -6, "late")).isEqualTo(MergeEngine.Outcome.KEEP_OLD);
      assertThat(table.write(1, -5, "same")).isEqualTo(MergeEngine.Outcome.TAKE_NEW);
      assertThat(table.write(1, 7, "new")).isEqualTo(MergeEngine.Outcome.TAKE_NEW);
      assertThat(table.row()).isEqualTo(List.of(1L, 7L, "new"));
    }
  }

  /** Type, function, then values that arrive one after the other, then the result. */
  private static final Object[][] FUNCTIONS = {
    {"TINYINT", "sum", 100, null, 27, 127L},
    {"SMALLINT", "sum", null, null, 3, 3L},
    {"INT", "sum", 1, 2, -5, -2L},
    {"BIGINT", "sum", Long.MAX_VALUE, -1L, null, Long.MAX_VALUE - 1},
    {"FLOAT", "sum", 1.5f, 2.25f, null, 3.75f},
    {"DOUBLE", "sum", 0.1, 0.2, null, 0.1 + 0.2},
    {
      "DECIMAL(5, 2)",
      "sum",
      new BigDecimal("999.98"),
      null,
      new BigDecimal("0.01"),
      new BigDecimal("999.99")
    },
    {
      "DECIMAL(38, 0)",
      "sum",
      new BigDecimal("1e37"),
      new BigDecimal("1e37"),
      null,
      new BigDecimal("20000000000000000000000000000000000000")
    },
    {"INT", "product", 3, null, -4, -12L},
    {"BIGINT", "product", 1L << 62, 0, 5, 0L},
    {"FLOAT", "product", 0.5f, 0.5f, 2f, 0.5f},
    {"DOUBLE", "product", 0.9, 0.8, null, 0.9 * 0.8},
    {
      "DECIMAL(4, 2)",
      "product",
      new BigDecimal("1.05"),
      new BigDecimal("1.50"),
      null,
      new BigDecimal("1.58")
    },
    {"TINYINT", "max", -3, null, -4, -3L},
    {"BIGINT", "max", 1, Long.MAX_VALUE, 2, Long.MAX_VALUE},
    {"FLOAT", "max", 1f, Float.NaN, 2f, Float.NaN},
    {"DOUBLE", "max", -0.0, 0.0, null, 0.0},
    {
      "DECIMAL(30, 1)",
      "max",
      new BigDecimal("-1.5"),
      new BigDecimal("18446744073709551616.0"),
      new BigDecimal("2.5"),
      new BigDecimal("18446744073709551616.0")
    },
    {"STRING", "max", "b", "ab", "é", "é"},
    {"CHAR(3)", "min", "b", "ab", "é", "ab"},
    {"DATE", "max", -1, 5, 4, 5L},
    {"TIME(3)", "min", 9, null, 8, 8L},
    {"TIMESTAMP(9)", "min", 9, -10, 8, -10L},
    {"TIMESTAMP_LTZ(0)", "max", null, -10, -11, -10L},
    {
      "DECIMAL(10, 2)",
      "min",
      new BigDecimal("1.00"),
      new BigDecimal("-1.00"),
      null,
      new BigDecimal("-1.00")
    },
    {"STRING", "last_value", "a", "b", null, null},
    {"STRING", "last_value_ignore_nulls", "a", "b", null, "b"},
    {"INT", null, 1, 2, null, 2L},
    {"INT", "first_value", null, 2, 3, null},
    {"INT", "first_value", 1, 2, 3, 1L},
    {"INT", "first_value_ignore_nulls", null, 2, 3, 2L},
    {"STRING", "listagg", "a", null, "b", "a,b"},
    {"STRING", "listagg", null, "", "b", ",b"},
    {"CHAR(5)", "string_agg", "é", "b", "c", "é,b,c"},
    {"BOOLEAN", "bool_and", true, null, false, false},
    {"BOOLEAN", "bool_and", true, true, null, true},
    {"BOOLEAN", "bool_or", null, false, true, true},
    {"BOOLEAN", "bool_or", false, false, null, false},
  };

  @Test
  void everyFunctionOnEveryTypeItTakes() {
    for (Object[] each : FUNCTIONS) {
      MergeTable table =
          new MergeTable(
              "k INT NOT NULL, a " + each[0],
              each[1] == null
                  ? AGGREGATION
                  : Map.of("table.merge-engine", "aggregation", "fields.a.agg", (String) each[1]));
      for (int i = 2; i < each.length - 1; i++) {
        table.write(1, each[i]);
      }
      assertThat(table.row())
          .as(Arrays.toString(each))
          .isEqualTo(Arrays.asList(1L, each[each.length - 1]));
    }
  }

  /** As docs/tables.md says: half away from zero, after each step, so that the order matters. */
  @Test
  void aProductOfDecimalsIsRoundedToItsScaleAtEachStep() {
    String[][] products = {
      {"1.05", "1.05", "1.10"},
      {"1.05", "1.10", "1.16"},
      {"-0.05", "0.10", "-0.01"},
      {"0.01", "0.01", "100.00", "0.00"},
      {"100.00", "0.01", "0.01", "0.01"}
    };
    for (String[] each : products) {
      MergeTable table =
          new MergeTable(
              "k INT NOT NULL, a DECIMAL(5, 2)",
              Map.of("table.merge-engine", "aggregation", "fields.a.agg", "product"));
      for (int i = 0; i < each.length - 1; i++) {
        table.write(1, new BigDecimal(each[i]));
      }
      assertThat(table.row())
          .as(Arrays.toString(each))
          .isEqualTo(Arrays.asList(1L, new BigDecimal(each[each.length - 1])));
    }
  }

  /** Type, function, two values that the type cannot hold together, and the message. */
  private static final Object[][] OVERFLOWS = {
    {"TINYINT", "sum", 100, 28, "of type TINYINT cannot hold the sum of 100 and 28"},
    {"SMALLINT", "sum", -30_000, -3_000, "SMALLINT cannot hold the sum of -30000 and -3000"},
    {"INT", "product", 1 << 16, 1 << 15, "INT cannot hold the product of 65536 and 32768"},
    {"BIGINT", "sum", Long.MIN_VALUE, -1, "BIGINT cannot hold the sum of -9223372036854775808"},
    {"BIGINT", "product", 1L << 32, 1L << 31, "BIGINT cannot hold the product of 4294967296"},
    {
      "DECIMAL(3, 1)",
      "sum",
      new BigDecimal("99.9"),
      new BigDecimal("0.1"),
      "cannot hold the sum of 99.9 and 0.1"
    },
    {
      "DECIMAL(3, 1)",
      "product",
      new BigDecimal("10.0"),
      new BigDecimal("10.0"),
      "cannot hold the product of 10.0 and 10.0"
    },
    {"CHAR(3)", "listagg", "ab", "c", "cannot hold a list of 4 characters"},
  };

  @Test
  void whatATypeCannotHoldIsRefusedAndTheRowStays() {
    for (Object[] each : OVERFLOWS) {
      MergeTable table =
          new MergeTable(
              "k INT NOT NULL, a " + each[0],
              Map.of("table.merge-engine", "aggregation", "fields.a.agg", (String) each[1]));
      table.write(1, each[2]);
      List<Object> before = table.row();
      refused(ErrorCode.SCHEMA_MISMATCH, (String) each[4], () -> table.write(1, each[3]));
      refused(ErrorCode.SCHEMA_MISMATCH, "column 'a'", () -> table.write(1, each[3]));
      assertThat(table.row()).isEqualTo(before);
    }
  }

  @Test
  void aListThatNoRowHoldsIsRefused() {
    MergeTable table =
        new MergeTable(
            "k INT NOT NULL, a STRING",
            Map.of("table.merge-engine", "aggregation", "fields.a.agg", "listagg"));
    String half = "x".repeat(8 << 20);
    table.write(1, half);
    refused(ErrorCode.TOO_LARGE, "column 'a' would grow to", () -> table.write(1, half));
  }

  @Test
  void delimitersAreThoseOfTheColumn() {
    MergeTable table =
        new MergeTable(
            "k INT NOT NULL, a STRING, b STRING",
            Map.of(
                "table.merge-engine", "aggregation",
                "fields.a.agg", "listagg",
                "fields.a.listagg.delimiter", " → ",
                "fields.b.agg", "string_agg",
                "fields.b.string_agg.delimiter", ""));
    table.write(1, "x", "x");
    table.write(1, "y", "y");
    assertThat(table.row()).isEqualTo(List.of(1L, "x → y", "xy"));
  }

  @Test
  void onlyTargetColumnsAreAggregated() {
    MergeTable table =
        new MergeTable(
            "k INT NOT NULL, a INT, b INT",
            Map.of(
                "table.merge-engine", "aggregation",
                "fields.a.agg", "sum",
                "fields.b.agg", "sum"));
    boolean[] a = targets(true, true, false);
    table.write(a, List.of(1, 5, 100));
    assertThat(table.row()).isEqualTo(Arrays.asList(1L, 5L, null));
    table.write(1, 1, 1);
    table.write(a, List.of(1, 5, 100));
    assertThat(table.row()).isEqualTo(List.of(1L, 11L, 1L));
  }

  @Test
  void aDeleteRemovesTheRow() {
    MergeTable table = new MergeTable("k INT NOT NULL, a INT", Map.of());
    assertThat(table.delete(null)).isEqualTo(DeleteRule.Outcome.KEEP_OLD);
    table.write(1, 2);
    assertThat(table.delete(null)).isEqualTo(DeleteRule.Outcome.REMOVE);
    assertThat(table.row()).isNull();
  }

  @Test
  void aDeleteOfColumnsMakesThemNullUntilNothingIsLeft() {
    MergeTable table = new MergeTable("k INT NOT NULL, a INT, b INT", Map.of());
    boolean[] a = targets(true, true, false);
    boolean[] b = targets(true, false, true);
    table.write(1, 2, 3);
    assertThat(table.delete(a)).isEqualTo(DeleteRule.Outcome.MERGED);
    assertThat(table.row()).isEqualTo(Arrays.asList(1L, null, 3L));
    assertThat(table.delete(b)).isEqualTo(DeleteRule.Outcome.REMOVE);
    assertThat(table.row()).isNull();
    MergeTable strict = new MergeTable("k INT NOT NULL, a INT NOT NULL, b INT", Map.of());
    strict.write(1, 2, 3);
    refused(ErrorCode.INVALID_REQUEST, "column 'a' is NOT NULL", () -> strict.delete(a));
  }

  @Test
  void deletesAreIgnoredOrRefusedAsTheTableSays() {
    MergeTable ignoring =
        new MergeTable("k INT NOT NULL, a INT", Map.of("table.delete.behavior", "ignore"));
    ignoring.write(1, 2);
    assertThat(ignoring.delete(null)).isEqualTo(DeleteRule.Outcome.KEEP_OLD);
    assertThat(ignoring.row()).isEqualTo(List.of(1L, 2L));
    MergeTable refusing =
        new MergeTable("k INT NOT NULL, a INT", Map.of("table.delete.behavior", "disable"));
    refused(
        ErrorCode.UNSUPPORTED,
        "its table.delete.behavior is 'disable'",
        () -> refusing.delete(null));
  }
}
