package io.thalweg.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.cast.MapEntries;
import io.thalweg.format.cast.VectorWriter;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.TypeText;
import io.thalweg.format.variant.Variant;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Values to vectors and back, without a server. */
class ClientValuesTest {

  private static Object through(String typeText, Object... values) {
    DataType type = TypeText.parse(typeText);
    try (RootAllocator allocator = new RootAllocator();
        FieldVector vector = ArrowTypes.toArrow("v", type).createVector(allocator)) {
      for (int i = 0; i < values.length; i++) {
        VectorWriter.write(vector, i, type, new ValueCheck().check("v", type, values[i]));
      }
      vector.setValueCount(values.length);
      return VectorReader.read(vector, values.length - 1, type);
    }
  }

  @Test
  void mapsNestInArraysAndRows() {
    Map<String, List<Long>> map = Map.of("a", List.of(1L, 2L), "b", List.of());
    assertThat(through("MAP<STRING, ARRAY<BIGINT>>", null, Map.of("z", List.of()), map))
        .isEqualTo(map);
    assertThat(through("ARRAY<MAP<INT, STRING>>", List.of(), List.of(Map.of(1, "x"))))
        .isEqualTo(List.of(Map.of(1, "x")));
    Row row = (Row) through("ROW<m MAP<STRING, INT>, n INT>", null, Map.of("m", Map.of("k", 3)));
    assertThat(row.getMap("m")).isEqualTo(Map.of("k", 3));
    assertThat(row.isNull("n")).isTrue();
  }

  @Test
  void vectorsAreArraysOfNumbers() {
    float[] floats = {0.5f, Float.NaN, -0.0f};
    assertThat(through("VECTOR(3)", null, floats)).isEqualTo(floats);
    assertThat(through("VECTOR(3)", List.of(0.5, Float.NaN, -0.0))).isEqualTo(floats);
    assertThat(through("VECTOR(2)", (Object) new double[] {0.1, 1}))
        .isEqualTo(new float[] {0.1f, 1});
    assertThat(through("VECTOR(2, DOUBLE)", (Object) new double[] {0.1, 1}))
        .isEqualTo(new double[] {0.1, 1});
    assertThat(through("VECTOR(2, DOUBLE)", (Object) new float[] {0.5f, 1}))
        .isEqualTo(new double[] {0.5, 1});
    assertThat(through("VECTOR(2, TINYINT)", (Object) new byte[] {-1, 7}))
        .isEqualTo(new byte[] {-1, 7});
    assertThat(through("VECTOR(2, TINYINT)", (Object) new int[] {-1, 7}))
        .isEqualTo(new byte[] {-1, 7});
    assertThat((List<?>) through("ARRAY<VECTOR(1)>", List.of(new float[] {1}, List.of(2))))
        .usingRecursiveComparison()
        .isEqualTo(List.of(new float[] {1}, new float[] {2}));
  }

  @Test
  void variantsAreObjectsOfTheirOwn() throws Exception {
    Variant variant = Variant.parse("{\"a\": [1, null]}");
    assertThat(through("VARIANT", null, variant)).isEqualTo(variant);
    assertThat(through("ARRAY<VARIANT NOT NULL>", List.of(variant))).isEqualTo(List.of(variant));
    assertThat(through("VARIANT", Variant.parse("null"))).isEqualTo(Variant.parse("null"));
    assertThatThrownBy(() -> through("VARIANT", "{}"))
        .hasMessage(
            "column 'v' is VARIANT, the value is {} (String); give a Variant, as from"
                + " Variant.parse(json)");
  }

  @Test
  void otherThanTheVectorsNumbersAreRefused() {
    assertThatThrownBy(() -> through("VECTOR(3)", (Object) new float[] {1, 2}))
        .hasMessage("column 'v': VECTOR(3) has 3 numbers, this value has 2");
    assertThatThrownBy(() -> through("VECTOR(1, DOUBLE)", List.of()))
        .hasMessage("column 'v': VECTOR(1, DOUBLE) has 1 numbers, this value has 0");
    assertThatThrownBy(() -> through("VECTOR(2)", Arrays.asList(1, null)))
        .hasMessage("column 'v' is VECTOR(2), and a number is null");
    assertThatThrownBy(() -> through("VECTOR(1, TINYINT)", List.of(128)))
        .hasMessageContaining("column 'v.element'")
        .hasMessageContaining("a number from -128 to 127");
    assertThatThrownBy(() -> through("VECTOR(1)", "[1]"))
        .hasMessageContaining("give an array of its numbers or a List of Numbers");
  }

  @Test
  void decimalsHaveTheirFullPrecision() {
    assertThat(through("DECIMAL(4, 2)", new BigDecimal("99.99")))
        .isEqualTo(new BigDecimal("99.99"));
    assertThat(through("DECIMAL(4, 2)", 7)).isEqualTo(new BigDecimal("7.00"));
  }

  @ParameterizedTest
  @CsvSource({
    "TINYINT, 128, a number from -128 to 127",
    "'DECIMAL(4, 2)', 100, without rounding",
    "CHAR(2), abc, at most 2 characters",
    "INT, abc, a whole number",
    "ARRAY<INT>, abc, a List",
    "'ROW<a INT>', abc, a List",
    "TIMESTAMP_LTZ, abc, an Instant"
  })
  void refusesWhatDoesNotFit(String type, String value, String advice) {
    Object given = value.matches("\\d+") ? (Object) Integer.valueOf(value) : value;
    assertThatThrownBy(() -> through(type, given))
        .hasMessageContaining("column 'v' is " + TypeText.parse(type))
        .hasMessageContaining("the value is " + value)
        .hasMessageContaining(advice);
  }

  @Test
  void halfOfASurrogatePairIsRefusedWhereverATextStands() {
    String cut = "cut \ud83d";
    assertThatThrownBy(() -> through("STRING", cut))
        .hasMessageContaining("column 'v' is STRING")
        .hasMessageContaining("\\ud83d behind 4 characters");
    assertThatThrownBy(() -> through("CHAR(9)", cut)).hasMessageContaining("surrogate");
    assertThatThrownBy(() -> through("ARRAY<STRING>", List.of("a", cut)))
        .hasMessageContaining("column 'v.element'");
    assertThatThrownBy(() -> through("MAP<STRING, INT>", Map.of(cut, 1)))
        .hasMessageContaining("column 'v.key'");
    assertThatThrownBy(() -> through("ROW<s STRING>", List.of(cut)))
        .hasMessageContaining("column 'v.s'");
  }

  @Test
  void aKeyThatStandsTwiceInAMapKeepsBothEntries() {
    MapEntries given = new MapEntries();
    given.add("a", 1);
    given.add("a", 2);
    Map<?, ?> read = (Map<?, ?>) through("MAP<STRING, INT>", given);
    assertThat(read.entrySet().stream().map(Object::toString)).containsExactly("a=1", "a=2");
    assertThat(read.get("a")).isEqualTo(1);
    assertThat(through("MAP<STRING, INT>", read)).isEqualTo(read);
  }
}
