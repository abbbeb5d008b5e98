package io.thalweg.format.schema;

import io.thalweg.format.type.DataType;
import java.util.ArrayList;
import java.util.List;

/** Gives ids to the columns of one table and to everything nested in them. One thread. */
public final class ColumnIds {
  private int last;
  private int given;

  /**
   * Ids from {@code highest + 1} on.
   *
   * @param highest the highest id that the table ever gave
   */
  public ColumnIds(int highest) {
    this.last = highest;
  }

  /** The highest id given so far. */
  public int highest() {
    return last;
  }

  /** The next id. */
  public int next() {
    if (given == Schema.MAX_FIELDS || last == SystemColumns.FIRST_ID - 1) {
      throw Schema.bad(
          "a table has at most " + Schema.MAX_FIELDS + " columns and nested fields; use fewer");
    }
    given++;
    return ++last;
  }

  /** The type with fresh ids for everything nested in it; the fields' names are checked. */
  public DataType assign(DataType type) {
    return switch (type.shape()) {
      case SCALAR, VARIANT -> type;
      case VECTOR -> {
        DataType.Vector vector = (DataType.Vector) type;
        yield new DataType.Vector(next(), vector.element(), vector.length(), vector.nullable());
      }
      case ARRAY -> {
        int element = next();
        yield new DataType.Array(
            element, assign(((DataType.Array) type).element()), type.nullable());
      }
      case MAP -> {
        DataType.Map map = (DataType.Map) type;
        int key = next();
        DataType keyType = assign(map.key());
        int value = next();
        yield new DataType.Map(key, keyType, value, assign(map.value()), map.nullable());
      }
      case ROW -> {
        List<DataType.Field> fields = new ArrayList<>();
        for (DataType.Field field : ((DataType.Row) type).fields()) {
          int id = next();
          fields.add(
              new DataType.Field(
                  id, Names.checkField(field.name()), assign(field.type()), field.defaults()));
        }
        yield new DataType.Row(fields, type.nullable());
      }
    };
  }
}
