package io.thalweg.format.schema;

import io.thalweg.format.type.DataType;
import io.thalweg.format.type.Defaults;

/**
 * A top-level column.
 *
 * @param id stable within the table, from 1; 0 before a schema assigned it
 * @param defaults its values in rows that lack it
 */
public record Column(int id, String name, DataType type, String comment, Defaults defaults) {
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

  /** A column that is null in rows that lack it. */
  public Column(int id, String name, DataType type, String comment) {
    this(id, name, type, comment, Defaults.NONE);
  }

  /** A column whose id is still to be assigned, without comment, as a text lists it. */
  public static Column of(DataType.Field field) {
    return new Column(0, field.name(), field.type(), "", field.defaults());
  }

  /** A column whose id is still to be assigned, without comment. */
  public static Column of(String name, DataType type) {
    return new Column(0, name, type, "");
  }
}
