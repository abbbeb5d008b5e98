package io.thalweg.format.cast;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.type.DataType;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * Copies single values of a column from one vector to another of the same type, nested ones too.
 * Immutable; any thread.
 */
public final class ValueCopy {
  private final Step step;

  private ValueCopy(Step step) {
    this.step = step;
  }

  /** Copies values of {@code type}, which vectors have as {@code field}. */
  public static ValueCopy of(Field field, DataType type) {
    StepPlanner planner = new StepPlanner(id -> null, Cast.Intervals.REFUSED);
    return new ValueCopy(planner.plan(field.getName(), field, ofAnyLength(type)));
  }

  /** The type with STRING for CHAR: the values were checked when they were written. */
  private static DataType ofAnyLength(DataType type) {
    return switch (type.shape()) {
      case SCALAR ->
          ((DataType.Scalar) type).kind() == DataType.Kind.CHAR
              ? DataType.of(DataType.Kind.STRING).withNullable(type.nullable())
              : type;
      case VECTOR, VARIANT -> type;
      case ARRAY -> {
        DataType.Array array = (DataType.Array) type;
        yield new DataType.Array(array.elementId(), ofAnyLength(array.element()), array.nullable());
      }
      case MAP -> {
        DataType.Map map = (DataType.Map) type;
        yield new DataType.Map(
            map.keyId(),
            ofAnyLength(map.key()),
            map.valueId(),
            ofAnyLength(map.value()),
            map.nullable());
      }
      case ROW ->
          new DataType.Row(
              ((DataType.Row) type)
                  .fields().stream()
                      .map(
                          field ->
                              new DataType.Field(
                                  field.id(), field.name(), ofAnyLength(field.type())))
                      .toList(),
              type.nullable());
    };
  }

  /**
   * Copies {@code from[at]} to {@code to[index]}; indexes come in rising order.
   *
   * @throws ThalwegException CORRUPT_DATA where the value is none of the type
   */
  public void copy(FieldVector from, int at, FieldVector to, int index) {
    try {
      step.copy(from, at, to, index, id -> null);
    } catch (Exact.Misfit misfit) {
      throw new ThalwegException(ErrorCode.CORRUPT_DATA, misfit.getMessage());
    }
  }
}
