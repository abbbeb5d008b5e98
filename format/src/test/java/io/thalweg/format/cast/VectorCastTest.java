package io.thalweg.format.cast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.testing.VectorValues;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.TypeText;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Lists of any kind become VECTORs, or are refused by row. */
class VectorCastTest {
  private final BufferAllocator allocator = new RootAllocator();

  @AfterEach
  void everyBufferIsReleased() {
    allocator.close();
  }

  private FieldVector data(String type, Object... values) {
    DataType given = TypeText.parse(type);
    FieldVector vector =
        io.thalweg.format.type.ArrowTypes.toArrow("c", given).createVector(allocator);
    for (int i = 0; i < values.length; i++) {
      VectorValues.set(vector, i, values[i], given);
    }
    vector.setValueCount(values.length);
    return vector;
  }

  private List<Object> cast(String type, FieldVector given) {
    DataType wanted = TypeText.parse(type);
    try (VectorSchemaRoot root = VectorSchemaRoot.of(given)) {
      Cast cast = Cast.of(root.getSchema(), CastTest.columns("c " + type), Cast.Missing.NULLS);
      try (CastRows rows = cast.apply(root, allocator)) {
        List<Object> values = new ArrayList<>();
        for (int i = 0; i < given.getValueCount(); i++) {
          values.add(VectorValues.get(rows.root().getVector(0), i, wanted));
        }
        return values;
      }
    }
  }

  private void refused(String message, String type, FieldVector given) {
    assertThatThrownBy(() -> cast(type, given))
        .isInstanceOfSatisfying(
            ThalwegException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.SCHEMA_MISMATCH))
        .hasMessageContaining(message);
  }

  @Test
  void listsOfNumbersBecomeVectors() {
    assertThat(cast("VECTOR(2)", data("ARRAY<DOUBLE>", List.of(0.5, -2.0), null)))
        .containsExactly(List.of(0.5f, -2f), null);
    assertThat(cast("VECTOR(2, DOUBLE)", data("VECTOR(2)", List.of(0.5f, Float.NaN))))
        .containsExactly(List.of(0.5, Double.NaN));
    assertThat(cast("VECTOR(1, TINYINT)", data("ARRAY<BIGINT>", List.of(-128L))))
        .containsExactly(List.of(-128L));
    assertThat(cast("ARRAY<FLOAT>", data("VECTOR(2)", List.of(1f, 2f))))
        .containsExactly(List.of(1f, 2f));
    assertThat(
            cast(
                "ROW<a VECTOR(1), b INT>",
                data("ROW<b INT, a ARRAY<FLOAT>>", List.of(3L, List.of(4f)))))
        .containsExactly(List.of(List.of(4f), 3L));
  }

  @Test
  void anotherLengthIsRefusedByRow() {
    refused(
        "row 1 of the batch, column 'c': VECTOR(2) has 2 numbers, this value has 3",
        "VECTOR(2)",
        data("ARRAY<FLOAT>", List.of(1f, 2f), List.of(1f, 2f, 3f)));
    refused(
        "row 0 of the batch, column 'c': VECTOR(2, DOUBLE) has 2 numbers, this value has 0",
        "VECTOR(2, DOUBLE)",
        data("ARRAY<DOUBLE>", List.of()));
    refused(
        "row 1 of the batch, column 'c': VECTOR(3) has 3 numbers, this value has 2",
        "VECTOR(3)",
        data("VECTOR(2)", null, List.of(1f, 2f)));
  }

  @Test
  void nullsAndRoundedNumbersAreRefused() {
    refused(
        "row 0 of the batch, column 'c': the numbers of a VECTOR are not null, number 1 is",
        "VECTOR(2)",
        data("ARRAY<DOUBLE>", Arrays.asList(1.0, null)));
    refused(
        "row 0 of the batch, column 'c.element': 0.1 does not fit FLOAT",
        "VECTOR(1)",
        data("ARRAY<DOUBLE>", List.of(0.1)));
    refused("does not fit TINYINT", "VECTOR(1, TINYINT)", data("ARRAY<INT>", List.of(128L)));
    refused("cannot become it without loss", "VECTOR(1)", data("INT", 1L));
    refused("cannot become it without loss", "VECTOR(1)", data("ARRAY<STRING>", List.of("1")));
  }

  @Test
  void aNewTableGetsAVectorWhereNoNumberCanBeNull() {
    assertThat(HoldingType.of(list(3, false, new ArrowType.Int(8, true))))
        .hasToString("VECTOR(3, TINYINT)");
    assertThat(HoldingType.of(list(3, true, new ArrowType.Int(8, true))))
        .hasToString("ARRAY<TINYINT>");
    assertThat(HoldingType.of(list(3, false, new ArrowType.Int(16, true))))
        .hasToString("ARRAY<SMALLINT NOT NULL>");
    assertThat(HoldingType.of(list(20_000, false, new ArrowType.Int(8, true))))
        .hasToString("ARRAY<TINYINT NOT NULL>");
  }

  private static Field list(int length, boolean nullable, ArrowType item) {
    return new Field(
        "c",
        FieldType.nullable(new ArrowType.FixedSizeList(length)),
        List.of(new Field("element", new FieldType(nullable, item, null), null)));
  }
}
