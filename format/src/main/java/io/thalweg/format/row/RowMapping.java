package io.thalweg.format.row;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.projection.Projection;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;

/** The positions of the current schema's columns in rows of another schema. Immutable. */
final class RowMapping {
  private final Projection projection;
  private final BodyLayout layout;

  /** By current column, the value of rows that lack it; null for null. */
  private final Object[] missing;

  private RowMapping(Projection projection) {
    this.projection = projection;
    this.layout = new BodyLayout(projection.writer().columns().stream().map(Column::type).toList());
    this.missing = new Object[projection.reader().columns().size()];
    for (int i = 0; i < missing.length; i++) {
      missing[i] = projection.position(i) < 0 ? projection.missing(i) : null;
    }
  }

  /** Rows of {@code source} seen as rows of {@code current}, by column ids. */
  static RowMapping of(Schema source, Schema current) {
    return new RowMapping(Projection.of(source, current));
  }

  Projection projection() {
    return projection;
  }

  /** The layout of the rows' bodies. */
  BodyLayout layout() {
    return layout;
  }

  /** The position of a current column in the rows' bodies; -1 if they lack it. */
  int position(int column) {
    return projection.position(column);
  }

  /** The value of a current column that the rows lack; null for null. */
  Object missing(int column) {
    return missing[column];
  }

  /**
   * Refuses rows in which a column has another type, so that its values cannot be read in place:
   * UNSUPPORTED. {@link RowCodec#decode} casts such values.
   */
  void checkUncast() {
    if (projection.castsAny()) {
      throw new ThalwegException(
          ErrorCode.UNSUPPORTED,
          "the type of a column has changed since schema "
              + projection.writer().schemaId()
              + "; a row of that schema must be written anew before it is merged");
    }
  }
}
