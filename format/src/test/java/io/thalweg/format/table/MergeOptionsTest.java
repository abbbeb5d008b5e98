package io.thalweg.format.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.table.MergeOptions.Aggregation;
import io.thalweg.format.table.MergeOptions.Engine;
import io.thalweg.format.type.TypeText;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MergeOptionsTest {
  private static final String ROW_TTL = TableOptions.ROW_TTL;
  private static final Schema SCHEMA =
      schema(
          List.of("k"),
          "k BIGINT NOT NULL, v INT NOT NULL, n INT, ts TIMESTAMP(3) NOT NULL, s STRING, b BYTES,"
              + " d DOUBLE NOT NULL, `a.b` BOOLEAN, l ARRAY<INT>");

  private static Schema schema(List<String> key, String columns) {
    return Schema.first(
        TypeText.parseColumns(columns).stream()
            .map(field -> Column.of(field.name(), field.type()))
            .toList(),
        key);
  }

  private static void refused(String message, String... properties) {
    refused(SCHEMA, message, properties);
  }

  private static void refused(Schema schema, String message, String... properties) {
    assertThatThrownBy(() -> from(schema, properties))
        .isInstanceOfSatisfying(
            ThalwegException.class,
            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.INVALID_PROPERTY))
        .hasMessageContaining(message);
  }

  private static MergeOptions from(Schema schema, String... properties) {
    Map<String, String> map = new java.util.LinkedHashMap<>();
    for (int i = 0; i < properties.length; i += 2) {
      map.put(properties[i], properties[i + 1]);
    }
    TableOptions.from(map);
    return MergeOptions.from(schema, map);
  }

  @Test
  void withoutPropertiesTheLastRowCountsAndDeletesDelete() {
    MergeOptions options = from(SCHEMA, "fields.of.my.own", "1");
    assertThat(options.engine()).isEqualTo(Engine.LAST_ROW);
    assertThat(options.versionColumn()).isEmpty();
    assertThat(options.aggregations()).isEmpty();
    assertThat(options.deleteBehavior()).isEqualTo(DeleteBehavior.ALLOW);
  }

  @Test
  void theOtherEnginesIgnoreDeletesUnlessToldOtherwise() {
    String engine = "table.merge-engine";
    String column = "table.merge-engine.versioned.ver-column";
    String delete = "table.delete.behavior";
    assertThat(from(SCHEMA, engine, "first_row").deleteBehavior()).isEqualTo(DeleteBehavior.IGNORE);
    MergeOptions versioned = from(SCHEMA, engine, "VERSIONED", column, "ts", delete, "disable");
    assertThat(versioned.engine()).isEqualTo(Engine.VERSIONED);
    assertThat(versioned.versionColumn()).hasValue(3);
    assertThat(versioned.deleteBehavior()).isEqualTo(DeleteBehavior.DISABLE);
    assertThat(from(SCHEMA, engine, "aggregation").deleteBehavior())
        .isEqualTo(DeleteBehavior.IGNORE);
    assertThat(from(SCHEMA, engine, "aggregation", delete, "Allow").deleteBehavior())
        .isEqualTo(DeleteBehavior.ALLOW);
    refused(
        "table.delete.behavior = 'allow' cannot be used; give one of ignore, disable",
        engine,
        "first_row",
        delete,
        "allow");
    refused("table.delete.behavior = 'never'", delete, "never");
    refused(
        "table.merge-engine = 'latest' cannot be used; give one of first_row", engine, "latest");
    refused(schema(List.of(), "a INT"), "tables with a primary key only", engine, "aggregation");
  }

  @Test
  void aVersionColumnIsANumberOrTimestampThatIsNotNull() {
    String engine = "table.merge-engine";
    String column = "table.merge-engine.versioned.ver-column";
    refused("ver-column is missing; give a column of type INT", engine, "versioned");
    refused("ver-column = 'x' cannot be used", engine, "versioned", column, "x");
    refused("NOT NULL; it is INT", engine, "versioned", column, "n");
    refused("it is DOUBLE NOT NULL", engine, "versioned", column, "d");
    refused("together with table.merge-engine = 'versioned' only", column, "v");
  }

  @Test
  void functionsAreReadPerColumn() {
    MergeOptions options =
        from(
            SCHEMA,
            "table.merge-engine",
            "aggregation",
            "fields.n.agg",
            "sum",
            "fields.s.agg",
            "LISTAGG",
            "fields.s.listagg.delimiter",
            " | ",
            "fields.a.b.agg",
            "bool_or",
            "fields.b.agg",
            "rbm64");
    assertThat(options.aggregations().get(2))
        .isEqualTo(new Aggregation(AggregateFunction.SUM, ","));
    assertThat(options.aggregations().get(4))
        .isEqualTo(new Aggregation(AggregateFunction.LISTAGG, " | "));
    assertThat(options.aggregations().get(7).function()).isEqualTo(AggregateFunction.BOOL_OR);
    assertThat(options.aggregations().get(5).function()).isEqualTo(AggregateFunction.RBM64);
    assertThat(options.aggregations().get(8).function())
        .isEqualTo(AggregateFunction.LAST_VALUE_IGNORE_NULLS);
    for (String key : List.of("fields.s.string_agg.delimiter", "fields.s.listagg-delimiter")) {
      assertThat(
              from(
                      SCHEMA,
                      "table.merge-engine",
                      "aggregation",
                      "fields.s.agg",
                      "string_agg",
                      key,
                      ";")
                  .aggregations()
                  .get(4))
          .isEqualTo(new Aggregation(AggregateFunction.STRING_AGG, ";"));
    }
  }

  @Test
  void functionsThatCannotBeAreRefusedByName() {
    String[][] cases = {
      {"fields.s.agg", "sum", "a function for the type STRING: max, min, last_value"},
      {"fields.l.agg", "max", "a function for the type ARRAY<INT>: last_value"},
      {"fields.n.agg", "rbm32", "a function for the type INT: sum, product"},
      {"fields.b.agg", "listagg", "rbm32, rbm64"},
      {"fields.n.agg", "median", "fields.n.agg = 'median' cannot be used; give one of sum"},
      {"fields.k.agg", "sum", "no function to a column of the primary key"},
      {"fields.x.agg", "sum", "for one of the columns [k, v, n"},
      {"fields.s.nested-key", "1", "for one of the columns"},
      {"fields..agg", "sum", "for one of the columns"},
      {"fields.agg", "sum", "for one of the columns"},
      {"fields.s.listagg.delimiter", ";", "together with fields.s.agg = 'listagg' only"},
    };
    for (String[] each : cases) {
      refused(each[2], "table.merge-engine", "aggregation", each[0], each[1]);
    }
    refused("together with table.merge-engine = 'aggregation' only", "fields.n.agg", "sum");
    refused(
        "one delimiter of at most 64 characters",
        "table.merge-engine",
        "aggregation",
        "fields.s.agg",
        "listagg",
        "fields.s.listagg.delimiter",
        "-".repeat(65));
    refused(
        "one delimiter of at most 64 characters",
        "table.merge-engine",
        "aggregation",
        "fields.s.agg",
        "listagg",
        "fields.s.listagg.delimiter",
        ";",
        "fields.s.listagg-delimiter",
        ";");
  }

  @Test
  void rowsLiveForEverUnlessTheTableSaysHowLong() {
    assertThat(TableOptions.from(Map.of()).rowTtl()).isEmpty();
    assertThat(TableOptions.from(Map.of("table.row.ttl", "Never")).rowTtl()).isEmpty();
    assertThat(TableOptions.from(Map.of("table.row.ttl", "90min")).rowTtl())
        .hasValue(Duration.ofMinutes(90));
    for (String bad : List.of("0s", "500ms", "36501d", "", "soon")) {
      refused("table.row.ttl = '" + bad + "' cannot be used; give a duration", ROW_TTL, bad);
    }
    assertThat(from(SCHEMA, ROW_TTL, "1s")).isEqualTo(from(SCHEMA));
    refused(schema(List.of(), "k BIGINT"), "a primary key only", ROW_TTL, "1s");
  }
}
