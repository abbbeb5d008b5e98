package io.thalweg.node.input;

import io.thalweg.format.schema.SystemColumns;
import java.util.Set;

/**
 * The columns that segments, and scans that ask for them, have beside a table's columns. Every
 * table makes these itself, so an append leaves them out. Stateless.
 */
final class OwnColumns {
  private static final Set<String> LEFT_OUT =
      Set.of(SystemColumns.OFFSET.name(), SystemColumns.TIMESTAMP.name());

  private OwnColumns() {}

  /** Whether the column is left out; refuses the column of a file of changes. */
  static boolean isLeftOut(String name) {
    if (name.equals(SystemColumns.CHANGE_TYPE.name())) {
      throw new InputException(
          "the file has changes of a table with a primary key (column "
              + name
              + "), those of deleted rows among them; append its rows instead, as thalweg scan TABLE"
              + " --output csv gives them");
    }
    return LEFT_OUT.contains(name);
  }
}
