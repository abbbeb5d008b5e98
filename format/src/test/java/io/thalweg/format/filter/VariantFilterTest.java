package io.thalweg.format.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.testing.RandomTables;
import io.thalweg.format.type.TypeText;
import io.thalweg.format.variant.Variant;
import io.thalweg.format.variant.VariantException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Conditions on what is inside variants. */
class VariantFilterTest {
  private static final List<String> VALUES =
      Arrays.asList(
          null,
          "null",
          "{\"n\": 5, \"s\": \"Abc\", \"b\": true, \"a\": [1, 2.5], \"d\": \"2026-11-28\"}",
          "{\"n\": \"7\", \"s\": 1.50, \"b\": null, \"a\": [], \"d\": \"tomorrow\"}",
          "{\"n\": 6.5, \"s\": {\"x\": 1}, \"a\": 3}",
          "{\"n\": 1e2, \"s\": \"\", \"a\": [[9]]}",
          "12");

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

  private static List<Object> rows() throws VariantException {
    List<Object> rows = new ArrayList<>();
    for (String value : VALUES) {
      Variant variant = value == null ? null : Variant.parse(value);
      rows.add(variant == null ? null : List.of(variant.metadata(), variant.value()));
    }
    return rows;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "variant_get(v, '$.n', 'BIGINT') > 5 | 3 5",
        "variant_get(v, '$.n', 'DOUBLE') > 5 | 3 4 5",
        "NOT variant_get(v, '$.n', 'INT') > 5 | 2",
        "variant_get(v, '$.n', 'DECIMAL(4, 1)') = 6.5 | 4",
        "variant_get(v, '$.n', 'TINYINT') IS NULL | 0 1 4 6",
        "variant_get(v, '$.n', 'TINYINT') IS NOT NULL | 2 3 5",
        "variant_get(v, '$.s', 'STRING') = 'Abc' | 2",
        "variant_get(v, '$.s', 'STRING') IN ('1.50', '') | 3 5",
        "variant_get(v, '$.s', 'STRING') LIKE '{%' | 4",
        "lower(variant_get(v, '$.s', 'STRING')) = 'abc' | 2",
        "length(variant_get(v, '$.s', 'STRING')) < 4 | 2 5",
        "variant_get(v, '$.b', 'BOOLEAN') | 2",
        "variant_get(v, '$.b', 'BOOLEAN') IS NOT TRUE | 0 1 3 4 5 6",
        "variant_get(v, '$.a[1]', 'DOUBLE') BETWEEN 2 AND 3 | 2",
        "variant_get(v, '$.a[0][0]', 'INT') = 9 | 5",
        "variant_get(v, '$.d', 'DATE') = DATE '2026-11-28' | 2",
        "year(variant_get(v, '$.d', 'TIMESTAMP(0)')) = 2026 | 2",
        "variant_get(v, '$', 'INT') = 12 | 6",
        "abs(variant_get(v, '$', 'INT')) = 12 AND v IS NOT NULL | 6",
        "v IS NULL | 0",
      })
  void findsWhatIsInside(String filter, String wanted) throws Exception {
    Schema schema = schema("v VARIANT");
    List<List<Object>> rows = rows().stream().map(value -> Arrays.asList(value)).toList();
    try (VectorSchemaRoot root = RandomTables.toArrow(schema, rows, allocator)) {
      int[] found =
          BoundPredicate.bind(PredicateParser.parse(filter), schema)
              .select(root::getVector, rows.size())
              .rows();
      assertThat(Arrays.stream(found).mapToObj(String::valueOf)).containsExactly(wanted.split(" "));
    }
  }

  @Test
  void aVariantMayBeAField() throws Exception {
    Schema schema = schema("r ROW<v VARIANT>");
    List<List<Object>> rows = new ArrayList<>();
    rows.add(Arrays.asList((Object) null));
    rows().forEach(value -> rows.add(List.of(Arrays.asList(value))));
    try (VectorSchemaRoot root = RandomTables.toArrow(schema, rows, allocator)) {
      String filter = "variant_get(r.v, '$.n', 'DOUBLE') > 6";
      assertThat(
              BoundPredicate.bind(PredicateParser.parse(filter), schema)
                  .select(root::getVector, rows.size())
                  .rows())
          .containsExactly(4, 5, 6);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "v = 1 | column 'v' (VARIANT) cannot be compared as a whole; write variant_get(v, '$.path'",
        "v.a = 1 | is no ROW and has no field 'a'; write variant_get",
        "variant_get(v, '$.a') = 1 | write variant_get(column, '$.path', 'TYPE')",
        "variant_get(v, 'a', 'INT') = 1 | the path 'a' does not begin with $",
        "variant_get(v, '$.a', 'INTT') = 1 | 'INTT' is no type",
        "variant_get(v, '$.a', 'ARRAY<INT>') = 1 | gives values of scalar types, not ARRAY<INT>",
        "variant_get(i, '$.a', 'INT') = 1 | variant_get takes a VARIANT column; i is INT",
        "variant_get(lower(s), '$.a', 'INT') = 1 | lower(s) is a function",
        "variant_get(v, '$.a', 'INT') = 'x' | variant_get(v, '$.a', 'INT')",
        "lower(v) = 'x' | cannot be compared as a whole",
      })
  void mistakesAreNamed(String filter, String message) {
    assertThatThrownBy(
            () ->
                BoundPredicate.bind(
                    PredicateParser.parse(filter), schema("v VARIANT, i INT, s STRING")))
        .isInstanceOfSatisfying(
            ThalwegException.class,
            refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.INVALID_FILTER))
        .hasMessageContaining(message);
  }
}
