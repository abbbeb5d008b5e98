package io.thalweg.format.projection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.type.TypeText;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ProjectionTest {
  private static final Schema WRITER =
      schema(1, column(1, "id", "INT"), column(2, "name", "STRING"), column(3, "n", "INT"));

  private final BufferAllocator allocator = new RootAllocator(1 << 20);

  @AfterEach
  void close() {
    allocator.close();
  }

  private static Column column(int id, String name, String type) {
    return new Column(id, name, TypeText.parse(type), "");
  }

  private static Schema schema(int id, Column... columns) {
    return new Schema(id, 9, List.of(columns), List.of());
  }

  /** Three rows of the writer's columns. */
  private VectorSchemaRoot written(int... columns) {
    List<FieldVector> vectors = new ArrayList<>();
    List<Field> fields = WRITER.toArrow().getFields();
    for (int column : columns) {
      FieldVector vector = fields.get(column).createVector(allocator);
      vector.allocateNew();
      for (int row = 0; row < 3; row++) {
        if (vector instanceof IntVector ints) {
          ints.setSafe(row, 10 * column + row);
        } else {
          ((VarCharVector) vector).setSafe(row, ("name" + row).getBytes(StandardCharsets.UTF_8));
        }
      }
      vector.setValueCount(3);
      vectors.add(vector);
    }
    return new VectorSchemaRoot(IntStream.of(columns).mapToObj(fields::get).toList(), vectors, 3);
  }

  private List<List<Object>> read(Schema reader, int... columns) {
    Projection projection = Projection.of(WRITER, reader);
    try (VectorSchemaRoot rows =
        projection.apply(written(projection.sources(columns)), columns, allocator)) {
      assertThat(rows.getSchema().getFields())
          .isEqualTo(
              IntStream.of(columns)
                  .mapToObj(column -> reader.toArrow().getFields().get(column))
                  .toList());
      List<List<Object>> values = new ArrayList<>();
      for (FieldVector vector : rows.getFieldVectors()) {
        assertThat(vector.getField().getName())
            .isIn(rows.getSchema().getFields().stream().map(Field::getName).toList());
        List<Object> column = new ArrayList<>();
        for (int row = 0; row < rows.getRowCount(); row++) {
          Object value = vector.getObject(row);
          column.add(value instanceof Number || value == null ? value : value.toString());
        }
        values.add(column);
      }
      return values;
    }
  }

  @Test
  void theSameSchemaPassesAsItIs() {
    Projection projection = Projection.of(WRITER, WRITER);
    assertThat(projection.isIdentity()).isTrue();
    VectorSchemaRoot rows = written(0, 2);
    try (VectorSchemaRoot same = projection.apply(rows, new int[] {0, 2}, allocator)) {
      assertThat(same).isSameAs(rows);
    }
  }

  @Test
  void columnsAreFoundByIdWhateverTheirNamesAndPlaces() {
    Schema reader =
        schema(2, column(3, "count", "INT"), column(2, "label", "STRING"), column(1, "id", "INT"));
    assertThat(Projection.of(WRITER, reader).isIdentity()).isFalse();
    assertThat(read(reader, 0, 1, 2))
        .containsExactly(List.of(20, 21, 22), List.of("name0", "name1", "name2"), List.of(0, 1, 2));
    assertThat(read(reader, 1)).containsExactly(List.of("name0", "name1", "name2"));
  }

  @Test
  void aColumnThatWasAddedAgainUnderAnOldNameHasNoneOfTheOldValues() {
    Schema reader = schema(2, column(1, "id", "INT"), column(4, "n", "INT"));
    List<Object> nulls = new ArrayList<>();
    nulls.add(null);
    nulls.add(null);
    nulls.add(null);
    assertThat(read(reader, 0, 1)).containsExactly(List.of(0, 1, 2), nulls);
    assertThat(read(reader, 1)).containsExactly(nulls);
  }

  @Test
  void valuesOfAnotherTypeAreCast() {
    Schema reader = schema(2, column(3, "n", "BIGINT"), column(1, "id", "INT"));
    Projection projection = Projection.of(WRITER, reader);
    assertThat(projection.casts(0)).isTrue();
    assertThat(projection.casts(1)).isFalse();
    assertThat(read(reader, 0, 1)).containsExactly(List.of(20L, 21L, 22L), List.of(0, 1, 2));
  }

  @Test
  void aTypeThatHoldsNoneOfTheValuesIsRefusedAndNothingLeaks() {
    Schema reader = schema(2, column(2, "name", "BIGINT"), column(1, "key", "INT"));
    assertThatThrownBy(() -> read(reader, 0, 1)).isInstanceOf(ThalwegException.class);
  }

  @Test
  void nullabilityAndNestedNamesAreNoOtherType() {
    Schema written = schema(1, column(1, "r", "ROW<a INT, b STRING>"));
    assertThat(Projection.of(written, schema(2, column(1, "r", "ROW<x INT, y STRING>"))).castsAny())
        .isFalse();
    assertThat(Projection.of(written, schema(2, column(1, "r", "ROW<a INT>"))).castsAny()).isTrue();
    assertThat(Projection.of(WRITER, schema(2, column(1, "id", "INT NOT NULL"))).castsAny())
        .isFalse();
  }
}
