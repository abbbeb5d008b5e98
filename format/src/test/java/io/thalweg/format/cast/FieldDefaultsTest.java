package io.thalweg.format.cast;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.schema.Column;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.TypeText;
import java.util.List;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.Test;

/** A field that the data lack gets its default, as a column does. */
class FieldDefaultsTest {
  @Test
  void aMissingFieldHasItsDefault() {
    DataType given = TypeText.parse("ROW<x INT>");
    DataType wanted =
        TypeText.parse("ROW<x INT, y INT DEFAULT 5, z STRING NOT NULL DEFAULT 'none', w INT>");
    try (RootAllocator allocator = new RootAllocator()) {
      Field field = ArrowTypes.toArrow("r", given);
      FieldVector rows = field.createVector(allocator);
      rows.allocateNew();
      VectorWriter.write(rows, 0, given, List.of(1L));
      VectorWriter.write(rows, 1, given, null);
      rows.setValueCount(2);
      Cast cast =
          Cast.of(
              new Schema(List.of(field)), List.of(Column.of("r", wanted)), Cast.Missing.REFUSED);
      try (VectorSchemaRoot root = new VectorSchemaRoot(List.of(field), List.of(rows), 2);
          CastRows made = cast.apply(root, allocator)) {
        assertThat(made.root().getVector(0).getObject(0))
            .hasToString("{\"x\":1,\"y\":5,\"z\":\"none\"}");
        assertThat(made.root().getVector(0).isNull(1)).isTrue();
      }
    }
  }
}
