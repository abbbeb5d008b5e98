package io.thalweg.format.type;

import io.thalweg.format.type.DataType.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Parses types as SQL writes them, and column lists such as {@code id BIGINT NOT NULL, tags
 * ARRAY<STRING>}. Names that are not plain identifiers are in backquotes. Keywords are
 * case-insensitive; common synonyms (INTEGER, VARCHAR, TEXT, REAL, NUMERIC, VARBINARY) are
 * accepted.
 */
public final class TypeText {
  private static final Map<String, String> SYNONYMS =
      Map.of(
          "INTEGER",
          "INT",
          "LONG",
          "BIGINT",
          "VARCHAR",
          "STRING",
          "TEXT",
          "STRING",
          "REAL",
          "FLOAT",
          "NUMERIC",
          "DECIMAL",
          "VARBINARY",
          "BYTES",
          "BOOL",
          "BOOLEAN",
          "STRUCT",
          "ROW",
          "TIMESTAMPTZ",
          "TIMESTAMP_LTZ");

  private final SqlCursor cursor;

  private TypeText(SqlCursor cursor) {
    this.cursor = cursor;
  }

  /** The type that {@code text} describes. */
  public static DataType parse(String text) {
    SqlCursor cursor = new SqlCursor(text);
    DataType type = read(cursor);
    cursor.end("the type");
    return type;
  }

  /** The columns that {@code text} lists, ids 0. */
  public static List<DataType.Field> parseColumns(String text) {
    SqlCursor cursor = new SqlCursor(text);
    List<DataType.Field> columns = new TypeText(cursor).fields(0, '\0');
    cursor.end("the type");
    return columns;
  }

  /** Reads the type at the cursor, with its nullability. */
  public static DataType read(SqlCursor cursor) {
    return new TypeText(cursor).type(0);
  }

  /** Reads {@code DEFAULT value}, if it is there: a string in quotes, a number, TRUE or FALSE. */
  public static Defaults readDefault(SqlCursor cursor) {
    return cursor.acceptWord("DEFAULT") ? Defaults.both(cursor.value()) : Defaults.NONE;
  }

  /** {@code value} as a string in quotes. */
  public static String string(String value) {
    return "'" + value.replace("'", "''") + "'";
  }

  /** {@code name} as a type's text has it: in backquotes unless it is a plain identifier. */
  public static String quote(String name) {
    return name.matches("[A-Za-z_][A-Za-z0-9_]*") ? name : "`" + name.replace("`", "``") + "`";
  }

  private List<DataType.Field> fields(int depth, char close) {
    List<DataType.Field> fields = new ArrayList<>();
    do {
      String name = cursor.name();
      DataType type = type(depth);
      fields.add(new DataType.Field(0, name, type, readDefault(cursor)));
    } while (cursor.accept(','));
    if (close != '\0') {
      cursor.expect(close);
    }
    return fields;
  }

  private DataType type(int depth) {
    if (depth > DataType.MAX_DEPTH) {
      throw cursor.bad("types nested deeper than " + DataType.MAX_DEPTH);
    }
    int start = cursor.position();
    String word = cursor.word().toUpperCase(Locale.ROOT);
    String kind = SYNONYMS.getOrDefault(word, word);
    DataType type;
    try {
      type =
          switch (kind) {
            case "ARRAY" -> {
              cursor.expect('<');
              DataType element = type(depth + 1);
              cursor.expect('>');
              yield new DataType.Array(0, element, true);
            }
            case "VECTOR" -> vector();
            case "VARIANT" -> new DataType.Variant(true);
            case "MAP" -> {
              cursor.expect('<');
              DataType key = type(depth + 1);
              cursor.expect(',');
              DataType value = type(depth + 1);
              cursor.expect('>');
              yield new DataType.Map(0, key, 0, value, true);
            }
            case "ROW" -> {
              char close = cursor.accept('<') ? '>' : ')';
              if (close == ')') {
                cursor.expect('(');
              }
              yield new DataType.Row(fields(depth + 1, close), true);
            }
            default -> {
              if (word.equals("VARCHAR") || word.equals("VARBINARY")) {
                unlimited(word, kind);
              }
              yield scalar(kind, start);
            }
          };
    } catch (IllegalArgumentException outOfBounds) {
      throw cursor.bad(outOfBounds.getMessage());
    }
    return type.withNullable(nullability());
  }

  /** What follows the word VECTOR: the length and, unless it is FLOAT, the kind of the numbers. */
  private DataType vector() {
    cursor.expect('(');
    int length = cursor.number();
    Kind element = Kind.FLOAT;
    if (cursor.accept(',')) {
      String word = cursor.word().toUpperCase(Locale.ROOT);
      String kind = SYNONYMS.getOrDefault(word, word);
      element =
          Arrays.stream(Kind.values())
              .filter(candidate -> candidate.name().equals(kind))
              .findFirst()
              .orElseThrow(() -> cursor.bad("a VECTOR holds FLOAT, DOUBLE or TINYINT"));
    }
    cursor.expect(')');
    return new DataType.Vector(0, element, length, true);
  }

  /** Refuses a length after VARCHAR or VARBINARY: no limit would be enforced. */
  private void unlimited(String word, String kind) {
    if (cursor.accept('(')) {
      throw cursor.bad(
          word
              + " takes no length, since no limit would be kept; write "
              + kind
              + (kind.equals("STRING") ? ", or CHAR(n), which has one" : ", or BINARY(n)"));
    }
  }

  private DataType scalar(String name, int start) {
    Kind kind =
        Arrays.stream(Kind.values())
            .filter(candidate -> candidate.name().equals(name))
            .findFirst()
            .orElse(null);
    if (kind == null) {
      cursor.back(start);
      throw cursor.bad(
          "'"
              + name
              + "' is no type; types are "
              + Arrays.toString(Kind.values())
              + ", VECTOR, VARIANT, ARRAY, MAP, ROW");
    }
    int precision =
        switch (kind) {
          case DECIMAL -> 10;
          case CHAR, BINARY -> 1;
          case TIMESTAMP, TIMESTAMP_LTZ -> 6;
          case BOOLEAN, TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE -> 0;
          case STRING, BYTES, DATE, TIME -> 0;
        };
    int scale = 0;
    if (cursor.accept('(')) {
      precision = cursor.number();
      if (cursor.accept(',')) {
        scale = cursor.number();
      }
      cursor.expect(')');
    }
    return new DataType.Scalar(kind, precision, scale, true);
  }

  private boolean nullability() {
    if (cursor.acceptWord("NULL") || !cursor.acceptWord("NOT")) {
      return true;
    }
    if (!cursor.acceptWord("NULL")) {
      throw cursor.bad("NULL is missing after NOT");
    }
    return false;
  }
}
