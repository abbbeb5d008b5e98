package io.thalweg.format.projection;

import io.thalweg.format.cast.Cast;
import io.thalweg.format.schema.Column;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Scalar;
import io.thalweg.format.type.Defaults;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Turns vectors of one type into vectors of another by the ids of what is nested, without copying
 * what stays the same. Stateless; any thread.
 */
final class ByIds {
  private ByIds() {}

  /**
   * A vector of {@code wanted} with the values of {@code from}, which is the caller's to close:
   * what both share is counted twice.
   *
   * @param field name and Arrow type of the result
   * @param missing the value of a field that the values lack
   */
  static FieldVector convert(
      FieldVector from,
      DataType given,
      DataType wanted,
      Field field,
      Function<Defaults, Optional<String>> missing,
      BufferAllocator allocator) {
    if (Projection.sameForm(given, wanted)) {
      // Of a variant some fields alone may be here.
      boolean variant = wanted.shape() == DataType.Shape.VARIANT;
      List<Field> parts = variant ? from.getField().getChildren() : field.getChildren();
      return shared(from, new Field(field.getName(), field.getFieldType(), parts), allocator);
    }
    return switch (wanted.shape()) {
      case SCALAR -> {
        Scalar narrow = (Scalar) given;
        Scalar wide = (Scalar) wanted;
        if (!Widening.allows(narrow, wide)) {
          yield narrowed(from, wide, field, allocator);
        }
        yield Widen.sameBytes(narrow, wide)
            ? shared(from, field, allocator)
            : Widen.apply(from, narrow, wide, field, allocator);
      }
      case VECTOR, VARIANT ->
          throw new IllegalArgumentException(
              "a VECTOR or VARIANT never changes: " + given + " to " + wanted);
      case ARRAY -> {
        DataType element = ((DataType.Array) wanted).element();
        yield list(
            (ListVector) from,
            field,
            allocator,
            child ->
                convert(
                    child,
                    ((DataType.Array) given).element(),
                    element,
                    field.getChildren().get(0),
                    missing,
                    allocator));
      }
      case MAP ->
          list(
              (ListVector) from,
              field,
              allocator,
              child ->
                  struct(
                      (StructVector) child,
                      pair((DataType.Map) given),
                      pair((DataType.Map) wanted),
                      field.getChildren().get(0),
                      missing,
                      allocator));
      case ROW ->
          struct(
              (StructVector) from,
              ((DataType.Row) given).fields(),
              ((DataType.Row) wanted).fields(),
              field,
              missing,
              allocator);
    };
  }

  /**
   * Values of a newer schema for a reader of an older one: exactly, or SCHEMA_MISMATCH. One vector
   * may belong to {@code from}.
   */
  private static FieldVector narrowed(
      FieldVector from, Scalar wanted, Field field, BufferAllocator allocator) {
    if (ArrowTypes.same(from.getField(), field)) {
      return shared(from, field, allocator);
    }
    Schema given =
        new Schema(
            List.of(
                new Field(
                    field.getName(),
                    from.getField().getFieldType(),
                    from.getField().getChildren())));
    try (FieldVector named = shared(from, given.getFields().get(0), allocator)) {
      VectorSchemaRoot one =
          new VectorSchemaRoot(given.getFields(), List.of(named), from.getValueCount());
      Cast cast = Cast.of(given, List.of(Column.of(field.getName(), wanted)), Cast.Missing.REFUSED);
      return cast.apply(one, allocator).root().getVector(0);
    }
  }

  private static List<DataType.Field> pair(DataType.Map map) {
    return List.of(
        new DataType.Field(map.keyId(), "key", map.key()),
        new DataType.Field(map.valueId(), "value", map.value()));
  }

  /** The same buffers, all the way down, under the names of {@code field}. */
  private static FieldVector shared(FieldVector from, Field field, BufferAllocator allocator) {
    FieldVector to = field.createVector(allocator);
    try {
      to.loadFieldBuffers(
          new ArrowFieldNode(from.getValueCount(), from.getNullCount()), from.getFieldBuffers());
      List<FieldVector> children = from.getChildrenFromFields();
      for (int i = 0; i < children.size(); i++) {
        try (FieldVector child = shared(children.get(i), field.getChildren().get(i), allocator)) {
          child.makeTransferPair(to.getChildrenFromFields().get(i)).transfer();
        }
      }
      return to;
    } catch (RuntimeException | Error failure) {
      to.close();
      throw failure;
    }
  }

  @FunctionalInterface
  private interface Conversion {
    FieldVector of(FieldVector child);
  }

  private static FieldVector list(
      ListVector from, Field field, BufferAllocator allocator, Conversion elements) {
    FieldVector to = field.createVector(allocator);
    try (FieldVector child = elements.of(from.getDataVector())) {
      to.loadFieldBuffers(
          new ArrowFieldNode(from.getValueCount(), from.getNullCount()), from.getFieldBuffers());
      child.makeTransferPair(to.getChildrenFromFields().get(0)).transfer();
      return to;
    } catch (RuntimeException | Error failure) {
      to.close();
      throw failure;
    }
  }

  private static FieldVector struct(
      StructVector from,
      List<DataType.Field> given,
      List<DataType.Field> wanted,
      Field field,
      Function<Defaults, Optional<String>> missing,
      BufferAllocator allocator) {
    FieldVector to = field.createVector(allocator);
    List<FieldVector> made = new ArrayList<>();
    try {
      to.loadFieldBuffers(
          new ArrowFieldNode(from.getValueCount(), from.getNullCount()), validity(from));
      for (int i = 0; i < wanted.size(); i++) {
        DataType.Field each = wanted.get(i);
        Field child = field.getChildren().get(i);
        int at = position(given, each.id());
        FieldVector values =
            at < 0
                ? DefaultColumns.make(
                    child,
                    each.type(),
                    missing.apply(each.defaults()),
                    from.getValueCount(),
                    allocator)
                : convert(
                    from.getChildrenFromFields().get(at),
                    given.get(at).type(),
                    each.type(),
                    child,
                    missing,
                    allocator);
        made.add(values);
        values.makeTransferPair(to.getChildrenFromFields().get(i)).transfer();
      }
      return to;
    } catch (RuntimeException | Error failure) {
      to.close();
      throw failure;
    } finally {
      made.forEach(FieldVector::close);
    }
  }

  private static List<ArrowBuf> validity(StructVector from) {
    return from.getFieldBuffers().subList(0, 1);
  }

  private static int position(List<DataType.Field> fields, int id) {
    for (int i = 0; i < fields.size(); i++) {
      if (fields.get(i).id() == id) {
        return i;
      }
    }
    return -1;
  }
}
