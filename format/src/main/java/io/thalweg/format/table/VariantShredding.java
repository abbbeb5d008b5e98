package io.thalweg.format.table;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Scalar;
import io.thalweg.format.type.TypeText;
import io.thalweg.format.variant.ShreddedType;
import io.thalweg.format.variant.VariantException;
import io.thalweg.format.variant.VariantPath;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;

/**
 * What of variants segments store in columns of their own: {@code table.variant.shredding}.
 * Immutable.
 *
 * @param auto whether compaction chooses
 * @param columns otherwise the paths and types of each column, by its name; none where it is empty
 */
public record VariantShredding(boolean auto, Map<String, ShreddedType> columns) {
  /** The property. */
  public static final String PROPERTY = "table.variant.shredding";

  /** Nothing. */
  public static final VariantShredding OFF = new VariantShredding(false, Map.of());

  private static final String START = ":$";

  /** Copies the map. */
  public VariantShredding {
    columns = Map.copyOf(columns);
  }

  /** One entry of the list. */
  private record Entry(String column, List<String> names, Scalar type) {}

  /**
   * Reads the property's value.
   *
   * @throws ThalwegException INVALID_PROPERTY where it is none
   */
  static VariantShredding parse(String value) {
    switch (value.strip().toLowerCase(Locale.ROOT)) {
      case "off" -> {
        return OFF;
      }
      case "auto" -> {
        return new VariantShredding(true, Map.of());
      }
      default -> {
        Map<String, Map<List<String>, Scalar>> paths = new LinkedHashMap<>();
        for (String text : split(value, ',')) {
          Entry entry = entry(value, text.strip());
          Scalar before =
              paths
                  .computeIfAbsent(entry.column, name -> new LinkedHashMap<>())
                  .put(entry.names, entry.type);
          if (before != null) {
            throw bad(value, "'" + text.strip() + "' names a path for the second time");
          }
        }
        Map<String, ShreddedType> columns = new LinkedHashMap<>();
        paths.forEach((column, each) -> columns.put(column, type(value, column, each)));
        return new VariantShredding(false, columns);
      }
    }
  }

  private static ShreddedType type(String value, String column, Map<List<String>, Scalar> paths) {
    try {
      return ShreddedType.of(paths);
    } catch (VariantException refused) {
      throw bad(value, "of column '" + column + "', " + refused.getMessage());
    }
  }

  private static Entry entry(String value, String text) {
    int start = text.indexOf(START);
    List<String> parts = start < 1 ? List.of() : split(text.substring(start + 1), ' ');
    if (parts.size() < 2) {
      throw bad(value, "'" + text + "' is no column:$.path TYPE");
    }
    String type = text.substring(start + 1 + parts.get(0).length()).strip();
    try {
      List<String> names =
          VariantPath.parse(parts.get(0))
              .names()
              .orElseThrow(() -> bad(value, "'" + parts.get(0) + "' goes into an array"));
      if (TypeText.parse(type) instanceof Scalar scalar) {
        return new Entry(text.substring(0, start).strip(), names, scalar);
      }
    } catch (VariantException refused) {
      throw bad(value, refused.getMessage());
    } catch (ThalwegException refused) {
      throw refused.code() == ErrorCode.INVALID_PROPERTY
          ? refused
          : bad(value, "'" + type + "' is no type: " + refused.getMessage());
    }
    throw bad(value, type + " is no scalar type");
  }

  /** The parts between separators that stand in no quotes, brackets or parentheses. */
  private static List<String> split(String text, char separator) {
    List<String> parts = new ArrayList<>();
    int depth = 0;
    char quote = 0;
    int start = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quote != 0) {
        quote = c == quote ? 0 : quote;
      } else if (depth > 0 && (c == '\'' || c == '"')) {
        quote = c;
      } else if (c == '(' || c == '[') {
        depth++;
      } else if (c == ')' || c == ']') {
        depth--;
      } else if (c == separator && depth == 0) {
        parts.add(text.substring(start, i));
        start = i + 1;
      }
    }
    parts.add(text.substring(start));
    return parts;
  }

  /**
   * Refuses columns that the table does not have, or not as VARIANT.
   *
   * @throws ThalwegException INVALID_PROPERTY for one
   */
  void check(Schema schema) {
    for (String name : columns.keySet()) {
      OptionalInt at = schema.indexOf(name);
      if (at.isEmpty()
          || !(schema.columns().get(at.getAsInt()).type() instanceof DataType.Variant)) {
        throw bad(name, "the table has no VARIANT column '" + name + "'");
      }
    }
  }

  /** How variants are split, by the id of their column, where the table says so. */
  public Map<Integer, ShreddedType> types(List<Column> of) {
    Map<Integer, ShreddedType> types = new LinkedHashMap<>();
    for (Column column : of) {
      if (columns.containsKey(column.name())) {
        types.put(column.id(), columns.get(column.name()));
      }
    }
    return types;
  }

  /** The property's value after a column got another name. */
  static String renamed(String value, String from, String to) {
    if (!parse(value).columns.containsKey(from)) {
      return value;
    }
    List<String> entries = new ArrayList<>();
    for (String entry : split(value, ',')) {
      String text = entry.strip();
      int start = text.indexOf(START);
      boolean named = text.substring(0, start).strip().equals(from);
      entries.add(named ? to + text.substring(start) : text);
    }
    return String.join(", ", entries);
  }

  private static ThalwegException bad(String value, String why) {
    return new ThalwegException(
        ErrorCode.INVALID_PROPERTY,
        PROPERTY
            + " = '"
            + value
            + "' cannot be used: "
            + why
            + "; give off, auto, or paths with their types such as v:$.a.b BIGINT, v:$.kind"
            + " STRING");
  }
}
