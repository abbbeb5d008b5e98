package io.thalweg.format.schema;

import io.thalweg.format.type.DataType;

/**
 * A top-level column.
 *
 * @param id stable within the table, from 1; 0 before a schema assigned it
 */
public record Column(int id, String name, DataType type, String comment) {
  /**
   * Checks comment and name; only {@link SystemColumns} may begin with {@code __}, under their own
   * ids.
   */
  public Column {
    if (name.isEmpty() || !name.equals(SystemColumns.name(id))) {
      Names.checkColumn(name);
    }
    Names.checkText("the comment of column '" + name + "'", comment);
  }

  /** A column whose id is still to be assigned, without comment. */
  public static Column of(String name, DataType type) {
    return new Column(0, name, type, "");
  }
}
