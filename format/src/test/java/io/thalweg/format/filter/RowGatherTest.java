package io.thalweg.format.filter;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.schema.Schema;
import io.thalweg.format.testing.RandomTables;
import io.thalweg.format.testing.VectorValues;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.DataType;
import java.util.List;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.types.pojo.Field;
import org.junit.jupiter.api.Test;

class RowGatherTest {
  private static Field struct(Schema schema) {
    return ArrowTypes.toArrow(
        "image",
        new DataType.Row(
            schema.columns().stream()
                .map(
                    column ->
                        new DataType.Field(
                            column.id(), column.name(), column.type().withNullable(true)))
                .toList(),
            true));
  }

  /** Any rows of random tables, in any order, as values of one column; some of them null. */
  @Test
  void rowsBecomeValuesOfANestedColumn() {
    for (int seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      RandomTables tables = new RandomTables(random);
      Schema schema = tables.schema(6, 3);
      int count = 1 + random.nextInt(50);
      List<List<Object>> rows = tables.rows(schema, count);
      int[] chosen = random.ints(random.nextInt(80), -1, count).toArray();
      try (BufferAllocator allocator = new RootAllocator();
          VectorSchemaRoot root = RandomTables.toArrow(schema, rows, allocator);
          StructVector made =
              RowGather.struct(struct(schema), root.getFieldVectors(), chosen, allocator)) {
        assertThat(made.getValueCount()).isEqualTo(chosen.length);
        for (int i = 0; i < chosen.length; i++) {
          assertThat(made.isNull(i)).as("seed %s, row %s", seed, i).isEqualTo(chosen[i] < 0);
          for (int column = 0; column < schema.columns().size(); column++) {
            FieldVector values = made.getChildrenFromFields().get(column);
            DataType type = schema.columns().get(column).type();
            assertThat(values.getValueCount()).isEqualTo(chosen.length);
            assertThat(RandomTables.comparable(VectorValues.get(values, i, type)))
                .as("seed %s, row %s, %s", seed, i, schema.columns().get(column))
                .isEqualTo(
                    chosen[i] < 0
                        ? null
                        : RandomTables.comparable(rows.get(chosen[i]).get(column)));
          }
        }
      }
    }
  }
}
