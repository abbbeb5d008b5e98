package io.thalweg.format.alter;

import io.thalweg.format.schema.TablePath;
import io.thalweg.format.type.DataType;
import java.util.List;
import java.util.Optional;

/**
 * One change of a table. A path names a column, or something nested in it: field by field, {@code
 * element} for the elements of an ARRAY, {@code value} for the values of a MAP. {@link AlterText}
 * has the text form.
 */
public sealed interface TableChange {

  /** A change of one column or of something nested in one. */
  sealed interface ColumnChange extends TableChange {
    /** The names from the column down, at least one. */
    List<String> path();
  }

  /**
   * Where a column stands among its siblings.
   *
   * @param first before all others
   * @param after the sibling that it follows; empty and not first: at the end
   */
  record Place(boolean first, Optional<String> after) {
    /** Behind all others. */
    public static final Place LAST = new Place(false, Optional.empty());
  }

  /**
   * Adds a column or a field.
   *
   * @param type may be NOT NULL only with a default
   * @param value its value in rows that were written before, and in new ones that lack it; empty
   *     for null
   */
  record AddColumn(
      List<String> path, DataType type, Optional<String> value, String comment, Place place)
      implements ColumnChange {
    /** Copies the path. */
    public AddColumn {
      path = List.copyOf(path);
    }
  }

  /** Drops a column or a field with its values. */
  record DropColumn(List<String> path) implements ColumnChange {
    /** Copies the path. */
    public DropColumn {
      path = List.copyOf(path);
    }
  }

  /** Renames a column or a field. */
  record RenameColumn(List<String> path, String name) implements ColumnChange {
    /** Copies the path. */
    public RenameColumn {
      path = List.copyOf(path);
    }
  }

  /** Widens a scalar type; its nullability stays. */
  record SetType(List<String> path, DataType type) implements ColumnChange {
    /** Copies the path. */
    public SetType {
      path = List.copyOf(path);
    }
  }

  /** Makes a NOT NULL column nullable. */
  record DropNotNull(List<String> path) implements ColumnChange {
    /** Copies the path. */
    public DropNotNull {
      path = List.copyOf(path);
    }
  }

  /**
   * Changes the value that new rows have where their data lack the column.
   *
   * @param value empty for null
   */
  record SetDefault(List<String> path, Optional<String> value) implements ColumnChange {
    /** Copies the path. */
    public SetDefault {
      path = List.copyOf(path);
    }
  }

  /** Changes a column's comment. */
  record SetComment(List<String> path, String comment) implements ColumnChange {
    /** Copies the path. */
    public SetComment {
      path = List.copyOf(path);
    }
  }

  /** Moves a column or a field among its siblings. */
  record MoveColumn(List<String> path, Place place) implements ColumnChange {
    /** Copies the path. */
    public MoveColumn {
      path = List.copyOf(path);
    }
  }

  /** Renames the table, within its database or into another. */
  record RenameTable(TablePath name) implements TableChange {}

  /** Changes the table's comment. */
  record SetTableComment(String comment) implements TableChange {}

  /** Sets a property. */
  record SetOption(String key, String value) implements TableChange {}

  /** Takes a property back to its default. */
  record ResetOption(String key) implements TableChange {}
}
