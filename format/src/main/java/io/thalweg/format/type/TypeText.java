package io.thalweg.format.type;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
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
  private static final int MAX_TEXT = 65_536;

  private final String text;
  private int at;

  private TypeText(String text) {
    if (text.length() > MAX_TEXT) {
      throw new ThalwegException(
          ErrorCode.TOO_LARGE,
          "a type of " + text.length() + " characters is over the limit of " + MAX_TEXT);
    }
    this.text = text;
  }

  /** The type that {@code text} describes. */
  public static DataType parse(String text) {
    TypeText parser = new TypeText(text);
    DataType type = parser.type(0);
    parser.end();
    return type;
  }

  /** The columns that {@code text} lists, ids 0. */
  public static List<DataType.Field> parseColumns(String text) {
    TypeText parser = new TypeText(text);
    List<DataType.Field> columns = parser.fields(0, '\0');
    parser.end();
    return columns;
  }

  /** {@code name} as a type's text has it: in backquotes unless it is a plain identifier. */
  public static String quote(String name) {
    return name.matches("[A-Za-z_][A-Za-z0-9_]*") ? name : "`" + name.replace("`", "``") + "`";
  }

  private List<DataType.Field> fields(int depth, char close) {
    List<DataType.Field> fields = new ArrayList<>();
    do {
      String name = name();
      fields.add(new DataType.Field(0, name, type(depth)));
    } while (accept(','));
    if (close != '\0') {
      expect(close);
    }
    return fields;
  }

  private DataType type(int depth) {
    if (depth > DataType.MAX_DEPTH) {
      throw bad("types nested deeper than " + DataType.MAX_DEPTH);
    }
    int start = at;
    String word = word().toUpperCase(Locale.ROOT);
    String kind = SYNONYMS.getOrDefault(word, word);
    DataType type;
    try {
      type =
          switch (kind) {
            case "ARRAY" -> {
              expect('<');
              DataType element = type(depth + 1);
              expect('>');
              yield new DataType.Array(0, element, true);
            }
            case "MAP" -> {
              expect('<');
              DataType key = type(depth + 1);
              expect(',');
              DataType value = type(depth + 1);
              expect('>');
              yield new DataType.Map(0, key, 0, value, true);
            }
            case "ROW" -> {
              char close = accept('<') ? '>' : ')';
              if (close == ')') {
                expect('(');
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
      throw bad(outOfBounds.getMessage());
    }
    return type.withNullable(nullability());
  }

  /** Refuses a length after VARCHAR or VARBINARY: no limit would be enforced. */
  private void unlimited(String word, String kind) {
    if (accept('(')) {
      throw bad(
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
      at = start;
      throw bad(
          "'"
              + name
              + "' is no type; types are "
              + Arrays.toString(Kind.values())
              + ", ARRAY, MAP, ROW");
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
    if (accept('(')) {
      precision = number();
      if (accept(',')) {
        scale = number();
      }
      expect(')');
    }
    return new DataType.Scalar(kind, precision, scale, true);
  }

  private boolean nullability() {
    int start = at;
    String first = word().toUpperCase(Locale.ROOT);
    if (first.equals("NULL")) {
      return true;
    }
    if (first.equals("NOT")) {
      if (!word().equalsIgnoreCase("NULL")) {
        throw bad("NULL is missing after NOT");
      }
      return false;
    }
    at = start;
    return true;
  }

  private String name() {
    spaces();
    if (at >= text.length() || text.charAt(at) != '`') {
      String word = word();
      if (word.isEmpty()) {
        throw bad("a column name is missing");
      }
      return word;
    }
    StringBuilder name = new StringBuilder();
    for (at++; at < text.length(); at++) {
      if (text.charAt(at) != '`') {
        name.append(text.charAt(at));
      } else if (at + 1 < text.length() && text.charAt(at + 1) == '`') {
        name.append('`');
        at++;
      } else {
        at++;
        return name.toString();
      }
    }
    throw bad("a backquote is not closed");
  }

  private String word() {
    spaces();
    int start = at;
    while (at < text.length()
        && (Character.isLetterOrDigit(text.charAt(at)) || text.charAt(at) == '_')) {
      at++;
    }
    return text.substring(start, at);
  }

  private int number() {
    String digits = word();
    if (!digits.matches("\\d{1,9}")) {
      throw bad("a number is missing");
    }
    return Integer.parseInt(digits);
  }

  private void spaces() {
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
  }

  private boolean accept(char wanted) {
    spaces();
    if (at < text.length() && text.charAt(at) == wanted) {
      at++;
      return true;
    }
    return false;
  }

  private void expect(char wanted) {
    if (!accept(wanted)) {
      throw bad("'" + wanted + "' is missing");
    }
  }

  private void end() {
    spaces();
    if (at < text.length()) {
      throw bad("there is text after the type");
    }
  }

  private ThalwegException bad(String what) {
    String shown = text.length() > 200 ? text.substring(0, 200) + "…" : text;
    return new ThalwegException(
        ErrorCode.INVALID_SCHEMA, what + ", at character " + (at + 1) + " of \"" + shown + "\"");
  }
}
