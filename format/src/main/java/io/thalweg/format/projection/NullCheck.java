package io.thalweg.format.projection;

import io.thalweg.format.type.DataType;
import java.util.List;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.StructVector;

/**
 * Finds nulls where a reader's type has none: the table may have become looser since. Stateless.
 */
public final class NullCheck {
  private NullCheck() {}

  /** Whether values of {@code given} may be null where {@code wanted} says that they are not. */
  static boolean mayFail(DataType given, DataType wanted) {
    if (given.nullable() && !wanted.nullable()) {
      return true;
    }
    if (given.shape() != wanted.shape()) {
      return false;
    }
    return switch (wanted.shape()) {
      case SCALAR, VECTOR, VARIANT -> false;
      case ARRAY ->
          mayFail(((DataType.Array) given).element(), ((DataType.Array) wanted).element());
      case MAP -> mayFail(((DataType.Map) given).value(), ((DataType.Map) wanted).value());
      case ROW -> {
        boolean may = false;
        for (DataType.Field field : ((DataType.Row) wanted).fields()) {
          may |= mayFail(((DataType.Row) given).fields(), field);
        }
        yield may;
      }
    };
  }

  private static boolean mayFail(List<DataType.Field> given, DataType.Field wanted) {
    for (DataType.Field field : given) {
      if (field.id() == wanted.id()) {
        return mayFail(field.type(), wanted.type());
      }
    }
    return !wanted.type().nullable() && wanted.defaults().initial().isEmpty();
  }

  /** Whether no value of a vector of {@code type} is null where the type allows no null. */
  public static boolean holds(FieldVector vector, DataType type) {
    return (type.nullable() || vector.getNullCount() == 0) && holdsInside(vector, type);
  }

  private static boolean holdsInside(FieldVector vector, DataType type) {
    return switch (type.shape()) {
      case SCALAR, VECTOR, VARIANT -> true;
      case ARRAY -> {
        ListVector list = (ListVector) vector;
        yield itemsHold(list, list.getDataVector(), ((DataType.Array) type).element());
      }
      case MAP -> {
        DataType.Map map = (DataType.Map) type;
        ListVector list = (ListVector) vector;
        FieldVector values = list.getDataVector().getChildrenFromFields().get(1);
        yield itemsHold(list, values, map.value());
      }
      case ROW -> {
        boolean holds = true;
        List<DataType.Field> fields = ((DataType.Row) type).fields();
        for (int i = 0; i < fields.size(); i++) {
          FieldVector child = ((StructVector) vector).getChildrenFromFields().get(i);
          holds = holds && fieldHolds(vector, child, fields.get(i).type());
        }
        yield holds;
      }
    };
  }

  private static boolean fieldHolds(FieldVector row, FieldVector child, DataType type) {
    if (!type.nullable() && child.getNullCount() > 0) {
      for (int at = 0; at < row.getValueCount(); at++) {
        if (!row.isNull(at) && child.isNull(at)) {
          return false;
        }
      }
    }
    return holdsInside(child, type);
  }

  private static boolean itemsHold(ListVector list, FieldVector items, DataType type) {
    if (!type.nullable() && items.getNullCount() > 0) {
      for (int at = 0; at < list.getValueCount(); at++) {
        for (int i = list.getElementStartIndex(at); i < list.getElementEndIndex(at); i++) {
          if (!list.isNull(at) && items.isNull(i)) {
            return false;
          }
        }
      }
    }
    return holdsInside(items, type);
  }
}
