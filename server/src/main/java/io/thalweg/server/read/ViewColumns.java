package io.thalweg.server.read;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import java.util.List;
import org.apache.arrow.vector.types.pojo.Field;

/** The columns that a reader of a virtual table asks for. Stateless. */
final class ViewColumns {
  private static final int NAMES_SHOWN = 50;

  private ViewColumns() {}

  /**
   * The fields that are called {@code names}, offset and time among them; of all columns for null.
   *
   * @throws ThalwegException SCHEMA_MISMATCH for one that is not there, INVALID_REQUEST for one
   *     that is named twice
   */
  static List<Field> fields(Schema view, List<String> names) {
    if (names == null) {
      return view.toArrow().getFields();
    }
    if (names.stream().distinct().count() != names.size()) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST, "a column is asked for twice: " + names);
    }
    Schema readable = view.withPositions();
    List<Field> all = readable.toArrow().getFields();
    return names.stream()
        .map(name -> all.get(readable.indexOf(name).orElseThrow(() -> unknown(view, name))))
        .toList();
  }

  private static ThalwegException unknown(Schema view, String name) {
    return new ThalwegException(
        ErrorCode.SCHEMA_MISMATCH,
        "the virtual table has no column '"
            + name
            + "'; its columns are "
            + view.columns().stream().map(Column::name).limit(NAMES_SHOWN).toList());
  }
}
