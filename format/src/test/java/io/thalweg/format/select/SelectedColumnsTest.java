package io.thalweg.format.select;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.testing.RandomTables;
import io.thalweg.format.testing.VectorValues;
import io.thalweg.format.type.TypeText;
import io.thalweg.format.variant.Variant;
import io.thalweg.format.variant.VariantException;
import io.thalweg.format.variant.VariantPath;
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

/** Lists of columns and expressions. */
class SelectedColumnsTest {
  private static final Schema SCHEMA =
      Schema.first(
          TypeText.parseColumns(
                  "id BIGINT NOT NULL, s STRING, `a.b` INT, r ROW<x INT, v VARIANT>, v VARIANT")
              .stream()
              .map(field -> Column.of(field.name(), field.type()))
              .toList(),
          List.of());

  private final BufferAllocator allocator = new RootAllocator();

  @AfterEach
  void everyBufferIsReleased() {
    allocator.close();
  }

  private static Object variant(String json) {
    try {
      Variant made = Variant.parse(json);
      return List.of(made.metadata(), made.value());
    } catch (VariantException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private static List<List<Object>> rows() {
    return List.of(
        Arrays.asList(
            1L,
            "Ab",
            7L,
            Arrays.asList(2L, variant("{\"n\": 5}")),
            variant("{\"n\": 1, \"s\": \"x\"}")),
        Arrays.asList(2L, null, null, null, null),
        Arrays.asList(3L, "C", 8L, Arrays.asList(null, null), variant("{\"n\": \"no\"}")));
  }

  private List<List<Object>> read(SelectedColumns selected) {
    VectorSchemaRoot all = RandomTables.toArrow(SCHEMA, rows(), allocator);
    VectorSchemaRoot some =
        new VectorSchemaRoot(selected.columns().stream().map(all::getVector).toList());
    all.getFieldVectors().stream()
        .filter(vector -> !selected.columns().contains(vector.getName()))
        .forEach(vector -> vector.close());
    some.setRowCount(all.getRowCount());
    List<List<Object>> values = new ArrayList<>();
    try (VectorSchemaRoot made = selected.apply(some, allocator)) {
      assertThat(made.getSchema().getFields().stream().map(field -> field.getName()))
          .containsExactlyElementsOf(selected.names());
      for (int row = 0; row < made.getRowCount(); row++) {
        List<Object> one = new ArrayList<>();
        for (int column = 0; column < selected.types().size(); column++) {
          one.add(VectorValues.get(made.getVector(column), row, selected.types().get(column)));
        }
        values.add(one);
      }
    }
    return values;
  }

  @Test
  void columnsFieldsAndFunctionsStandSideBySide() {
    SelectedColumns selected =
        SelectedColumns.of(
            List.of(
                "variant_get(v, '$.n', 'BIGINT')",
                "id",
                "lower(s) AS low",
                "r.x",
                "a.b",
                "id AS again",
                "variant_get(r.v, '$.n', 'INT') AS n"),
            SCHEMA);
    assertThat(selected.columns()).containsExactly("v", "id", "s", "r", "a.b");
    assertThat(selected.names())
        .containsExactly("variant_get(v, '$.n', 'BIGINT')", "id", "low", "x", "a.b", "again", "n");
    assertThat(selected.types().toString())
        .isEqualTo("[BIGINT, BIGINT NOT NULL, STRING, INT, INT, BIGINT NOT NULL, INT]");
    assertThat(read(selected))
        .containsExactly(
            Arrays.asList(1L, 1L, "ab", 2L, 7L, 1L, 5L),
            Arrays.asList(null, 2L, null, null, null, 2L, null),
            Arrays.asList(null, 3L, "c", null, 8L, 3L, null));
  }

  @Test
  void plainNamesAreThemselves() {
    SelectedColumns selected = SelectedColumns.of(List.of("v", "a.b", "id"), SCHEMA);
    assertThat(selected.arePlain()).isTrue();
    assertThat(selected.columns()).containsExactly("v", "a.b", "id");
    assertThat(selected.variantPaths()).isEmpty();
  }

  @Test
  void variantsOfWhichPathsAreEnoughAreKnown() {
    String n = "variant_get(v, '$.n', 'BIGINT') AS n";
    String s = "variant_get(v, '$.s.t', 'STRING') AS s";
    assertThat(paths(n, s)).containsExactly("$.n", "$.s.t");
    assertThat(paths(n, "lower(variant_get(v, '$.s', 'STRING'))")).containsExactly("$.n", "$.s");
    assertThat(paths(n, "v")).isEmpty();
    assertThat(paths(n, "variant_get(v, '$', 'STRING')")).containsExactly("$.n", "$");
    assertThat(paths(n, "variant_get(v, '$.a[0]', 'STRING')")).isEmpty();
    assertThat(paths("variant_get(r.v, '$.n', 'BIGINT')")).isEmpty();
  }

  private static List<String> paths(String... wanted) {
    return SelectedColumns.of(List.of(wanted), SCHEMA)
        .variantPaths()
        .getOrDefault("v", List.of())
        .stream()
        .map(VariantPath::text)
        .toList();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "SCHEMA_MISMATCH | none | the table has no column 'none'; its columns are [id, s, a.b, r, v]",
        "INVALID_REQUEST | no name | AS or the end is missing; columns are separate items of the list, at character 4",
        "INVALID_REQUEST | id AS __x | '__x' cannot name a column; use 1 to 255 printable characters that do not begin with '__', at character 7",
        "INVALID_REQUEST | id > 5 | AS or the end is missing",
        "INVALID_REQUEST | ü ñ AS f | AS or the end is missing",
        "INVALID_REQUEST | * | '*' has no meaning here, at character 1",
        "INVALID_REQUEST | none.x | there is no column 'none'; its columns are [id, s, a.b, r, v]",
        "INVALID_REQUEST | r.y | column 'r' has no field 'y'",
        "INVALID_REQUEST | r.v | field 'r.v' (VARIANT) is no scalar; take the whole column",
        "INVALID_REQUEST | lower(id) | lower takes CHAR, STRING; id is BIGINT NOT NULL",
        "INVALID_REQUEST | lower(s | ')' is missing, at character 8",
        "INVALID_REQUEST | lowest(s) | there is no function lowest",
        "INVALID_REQUEST | lower(s) low | AS or the end is missing",
        "INVALID_REQUEST | lower(s) AS | a name is missing after AS",
        "INVALID_REQUEST | lower(s) AS __offset | '__offset' cannot name a column",
        "INVALID_REQUEST | lower(s), id | AS or the end is missing; columns are separate items",
        "INVALID_REQUEST | id AS s2 | a column is asked for twice: 's2'",
      })
  void mistakesAreNamed(ErrorCode code, String item, String message) {
    assertThatThrownBy(() -> SelectedColumns.of(List.of("s AS s2", item), SCHEMA))
        .isInstanceOfSatisfying(
            ThalwegException.class, refusal -> assertThat(refusal.code()).isEqualTo(code))
        .hasMessageContaining(message);
  }
}
