package io.thalweg.format.alter;

import io.thalweg.format.alter.TableChange.Place;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.SqlCursor;
import io.thalweg.format.type.TypeText;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The text of changes, as SQL's {@code ALTER TABLE} has it after the table's name, with commas
 * between:
 *
 * <pre>
 * ADD [COLUMN] path type [DEFAULT value] [COMMENT 'text'] [FIRST | AFTER name]
 * DROP [COLUMN] path
 * RENAME [COLUMN] path TO name
 * ALTER [COLUMN] path TYPE type
 * ALTER [COLUMN] path DROP NOT NULL
 * ALTER [COLUMN] path SET DEFAULT value
 * ALTER [COLUMN] path DROP DEFAULT
 * ALTER [COLUMN] path COMMENT 'text'
 * ALTER [COLUMN] path FIRST | AFTER name
 * RENAME TO database.table
 * COMMENT 'text'
 * SET ('key' = 'value', …)
 * RESET ('key', …)
 * </pre>
 *
 * <p>A path is a column's name, or names with dots between; a name that is no plain identifier
 * stands in backquotes. Stateless.
 */
public final class AlterText {
  /** Most changes at once. */
  public static final int MAX_CHANGES = 1_000;

  private final SqlCursor cursor;
  private final List<TableChange> changes = new ArrayList<>();

  private AlterText(SqlCursor cursor) {
    this.cursor = cursor;
  }

  /**
   * Reads changes.
   *
   * @throws ThalwegException INVALID_SCHEMA where the text is none, TOO_LARGE for over {@link
   *     #MAX_CHANGES}
   */
  public static List<TableChange> parse(String text) {
    AlterText reader = new AlterText(new SqlCursor(text));
    do {
      reader.change();
      if (reader.changes.size() > MAX_CHANGES) {
        throw new ThalwegException(
            ErrorCode.TOO_LARGE,
            "over " + MAX_CHANGES + " changes at once; make them in several steps");
      }
    } while (reader.cursor.accept(','));
    reader.cursor.end("the change");
    return List.copyOf(reader.changes);
  }

  private void change() {
    if (cursor.acceptWord("ADD")) {
      cursor.acceptWord("COLUMN");
      add(path());
    } else if (cursor.acceptWord("DROP")) {
      cursor.acceptWord("COLUMN");
      changes.add(new TableChange.DropColumn(path()));
    } else if (cursor.acceptWord("RENAME")) {
      rename();
    } else if (cursor.acceptWord("ALTER") || cursor.acceptWord("MODIFY")) {
      cursor.acceptWord("COLUMN");
      alter(path());
    } else if (cursor.acceptWord("COMMENT")) {
      changes.add(new TableChange.SetTableComment(cursor.string()));
    } else if (cursor.acceptWord("SET")) {
      cursor.expect('(');
      do {
        String key = cursor.string();
        cursor.expect('=');
        changes.add(new TableChange.SetOption(key, cursor.string()));
      } while (cursor.accept(','));
      cursor.expect(')');
    } else if (cursor.acceptWord("RESET")) {
      cursor.expect('(');
      do {
        changes.add(new TableChange.ResetOption(cursor.string()));
      } while (cursor.accept(','));
      cursor.expect(')');
    } else {
      throw cursor.bad("ADD, DROP, RENAME, ALTER, COMMENT, SET or RESET is missing");
    }
  }

  private void add(List<String> path) {
    DataType type = TypeText.read(cursor);
    Optional<String> value = TypeText.readDefault(cursor).write();
    String comment = cursor.acceptWord("COMMENT") ? cursor.string() : "";
    Place place = place().orElse(Place.LAST);
    changes.add(new TableChange.AddColumn(path, type, value, comment, place));
  }

  private void rename() {
    if (cursor.acceptWord("TO")) {
      String first = cursor.name();
      TablePath name =
          cursor.accept('.')
              ? new TablePath(first, cursor.name())
              : new TablePath(TablePath.DEFAULT_DATABASE, first);
      changes.add(new TableChange.RenameTable(name.checkTable()));
      return;
    }
    cursor.acceptWord("COLUMN");
    List<String> path = path();
    cursor.expectWord("TO");
    changes.add(new TableChange.RenameColumn(path, cursor.name()));
  }

  private void alter(List<String> path) {
    if (cursor.acceptWord("TYPE")) {
      changes.add(new TableChange.SetType(path, TypeText.read(cursor)));
    } else if (cursor.acceptWord("DROP")) {
      if (cursor.acceptWord("DEFAULT")) {
        changes.add(new TableChange.SetDefault(path, Optional.empty()));
      } else {
        cursor.expectWord("NOT");
        cursor.expectWord("NULL");
        changes.add(new TableChange.DropNotNull(path));
      }
    } else if (cursor.acceptWord("SET")) {
      cursor.expectWord("DEFAULT");
      changes.add(new TableChange.SetDefault(path, cursor.value()));
    } else if (cursor.acceptWord("COMMENT")) {
      changes.add(new TableChange.SetComment(path, cursor.string()));
    } else {
      Place place =
          place()
              .orElseThrow(
                  () ->
                      cursor.bad(
                          "TYPE, SET DEFAULT, DROP DEFAULT, DROP NOT NULL, COMMENT, FIRST or AFTER"
                              + " is missing"));
      changes.add(new TableChange.MoveColumn(path, place));
    }
  }

  private Optional<Place> place() {
    if (cursor.acceptWord("FIRST")) {
      return Optional.of(new Place(true, Optional.empty()));
    }
    return cursor.acceptWord("AFTER")
        ? Optional.of(new Place(false, Optional.of(cursor.name())))
        : Optional.empty();
  }

  private List<String> path() {
    List<String> path = new ArrayList<>();
    do {
      path.add(cursor.name());
    } while (cursor.accept('.'));
    return path;
  }

  /** Writes what {@link #parse} reads. */
  public static String write(List<TableChange> changes) {
    return changes.stream().map(AlterText::write).collect(Collectors.joining(", "));
  }

  private static String write(TableChange change) {
    if (change instanceof TableChange.ColumnChange column) {
      return write(column, path(column.path()));
    }
    if (change instanceof TableChange.RenameTable rename) {
      return "RENAME TO "
          + TypeText.quote(rename.name().database())
          + "."
          + TypeText.quote(rename.name().table());
    }
    if (change instanceof TableChange.SetTableComment set) {
      return "COMMENT " + TypeText.string(set.comment());
    }
    if (change instanceof TableChange.SetOption set) {
      return "SET (" + TypeText.string(set.key()) + " = " + TypeText.string(set.value()) + ")";
    }
    return "RESET (" + TypeText.string(((TableChange.ResetOption) change).key()) + ")";
  }

  private static String write(TableChange.ColumnChange change, String path) {
    if (change instanceof TableChange.AddColumn add) {
      return "ADD COLUMN "
          + path
          + " "
          + add.type()
          + add.value().map(value -> " DEFAULT " + TypeText.string(value)).orElse("")
          + (add.comment().isEmpty() ? "" : " COMMENT " + TypeText.string(add.comment()))
          + (add.place().equals(Place.LAST) ? "" : " " + write(add.place()));
    }
    if (change instanceof TableChange.DropColumn) {
      return "DROP COLUMN " + path;
    }
    if (change instanceof TableChange.RenameColumn rename) {
      return "RENAME COLUMN " + path + " TO " + TypeText.quote(rename.name());
    }
    String alter = "ALTER COLUMN " + path + " ";
    if (change instanceof TableChange.SetType set) {
      return alter + "TYPE " + set.type();
    }
    if (change instanceof TableChange.DropNotNull) {
      return alter + "DROP NOT NULL";
    }
    if (change instanceof TableChange.SetDefault set) {
      return alter
          + set.value()
              .map(value -> "SET DEFAULT " + TypeText.string(value))
              .orElse("DROP DEFAULT");
    }
    if (change instanceof TableChange.SetComment set) {
      return alter + "COMMENT " + TypeText.string(set.comment());
    }
    return alter + write(((TableChange.MoveColumn) change).place());
  }

  private static String write(Place place) {
    return place.first() ? "FIRST" : "AFTER " + TypeText.quote(place.after().orElseThrow());
  }

  /** A path's text. */
  static String path(List<String> names) {
    return names.stream().map(TypeText::quote).collect(Collectors.joining("."));
  }
}
