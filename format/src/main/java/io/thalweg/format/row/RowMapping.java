package io.thalweg.format.row;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.type.DataType;

/** Where the columns of the current schema stand in rows of another. Immutable. */
final class RowMapping {
  private final BodyLayout layout;
  private final int[] positions;

  private RowMapping(BodyLayout layout, int[] positions) {
    this.layout = layout;
    this.positions = positions;
  }

  /**
   * Rows of {@code source} seen as rows of {@code current}, by column ids.
   *
   * @throws ThalwegException UNSUPPORTED if a column of both has different types; nullability and
   *     names aside
   */
  static RowMapping of(Schema source, Schema current) {
    int[] positions = new int[current.columns().size()];
    for (int i = 0; i < positions.length; i++) {
      positions[i] = position(source, current.columns().get(i));
    }
    return new RowMapping(
        new BodyLayout(source.columns().stream().map(Column::type).toList()), positions);
  }

  private static int position(Schema source, Column wanted) {
    for (int i = 0; i < source.columns().size(); i++) {
      Column column = source.columns().get(i);
      if (column.id() == wanted.id()) {
        if (!sameForm(column.type(), wanted.type())) {
          throw new ThalwegException(
              ErrorCode.UNSUPPORTED,
              "column '"
                  + wanted.name()
                  + "' is "
                  + wanted.type()
                  + " and was "
                  + column.type()
                  + " in schema "
                  + source.schemaId()
                  + "; rows of that schema cannot be read as the new type");
        }
        return i;
      }
    }
    return -1;
  }

  private static boolean sameForm(DataType a, DataType b) {
    if (a instanceof DataType.Array x && b instanceof DataType.Array y) {
      return sameForm(x.element(), y.element());
    }
    if (a instanceof DataType.Map x && b instanceof DataType.Map y) {
      return sameForm(x.key(), y.key()) && sameForm(x.value(), y.value());
    }
    if (a instanceof DataType.Row x && b instanceof DataType.Row y) {
      if (x.fields().size() != y.fields().size()) {
        return false;
      }
      for (int i = 0; i < x.fields().size(); i++) {
        if (x.fields().get(i).id() != y.fields().get(i).id()
            || !sameForm(x.fields().get(i).type(), y.fields().get(i).type())) {
          return false;
        }
      }
      return true;
    }
    return a.withNullable(true).equals(b.withNullable(true));
  }

  /** The layout of the rows' bodies. */
  BodyLayout layout() {
    return layout;
  }

  /** The position of a current column in the rows' bodies; -1 if they lack it. */
  int position(int column) {
    return positions[column];
  }
}
