package io.thalweg.format.table;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Scalar;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How a primary-key table merges a row into the stored row of the same key: the properties {@code
 * table.merge-engine}, {@code table.merge-engine.versioned.ver-column}, {@code
 * table.delete.behavior}, {@code fields.<column>.agg} and {@code fields.<column>.listagg.delimiter}
 * (also {@code .string_agg.delimiter}, {@code .listagg-delimiter}), {@code
 * table.auto-increment.column}. Immutable.
 *
 * @param engine which engine merges
 * @param versionColumn the position of the version column of {@link Engine#VERSIONED}; else empty
 * @param aggregations one per column for {@link Engine#AGGREGATION}, ignored for key columns; else
 *     empty
 * @param deleteBehavior what a delete does: {@code allow} by default for {@link Engine#LAST_ROW},
 *     else {@code ignore}
 * @param autoIncrement the position of the column that the server fills with a unique number when a
 *     row is inserted; empty for none
 */
public record MergeOptions(
    Engine engine,
    OptionalInt versionColumn,
    List<Aggregation> aggregations,
    DeleteBehavior deleteBehavior,
    OptionalInt autoIncrement) {
  /** Longest delimiter of listagg, in characters. */
  public static final int MAX_DELIMITER = 64;

  private static final String ENGINE = "table.merge-engine";
  private static final String VERSION_COLUMN = "table.merge-engine.versioned.ver-column";
  private static final String DELETE_BEHAVIOR = "table.delete.behavior";

  /** Names the column that the server fills. */
  public static final String AUTO_INCREMENT = "table.auto-increment.column";

  private static final String FIELDS = "fields.";
  private static final String FUNCTION = ".agg";
  private static final List<String> DELIMITERS =
      List.of(".listagg.delimiter", ".string_agg.delimiter", ".listagg-delimiter");

  /** Copies the list. */
  public MergeOptions {
    aggregations = List.copyOf(aggregations);
  }

  /** Decides which of two rows of one key stays, or how they combine. */
  public enum Engine {
    /** The last row stays; the default. */
    LAST_ROW,
    /** The first row stays. */
    FIRST_ROW,
    /** The row with the greatest version stays; of equal ones the last. */
    VERSIONED,
    /** Each column has a function. */
    AGGREGATION
  }

  /**
   * A column's function.
   *
   * @param delimiter between the values of {@link AggregateFunction#LISTAGG}; else ignored
   */
  public record Aggregation(AggregateFunction function, String delimiter) {
    private static final Aggregation DEFAULT =
        new Aggregation(AggregateFunction.LAST_VALUE_IGNORE_NULLS, ",");
  }

  /**
   * Reads the properties of a table and refuses what cannot be used with {@code schema}:
   * INVALID_PROPERTY.
   */
  public static MergeOptions from(Schema schema, Map<String, String> properties) {
    if (schema.primaryKey().isEmpty()) {
      for (String key :
          List.of(ENGINE, VERSION_COLUMN, DELETE_BEHAVIOR, AUTO_INCREMENT, TableOptions.ROW_TTL)) {
        if (properties.containsKey(key)) {
          throw bad(key, properties.get(key), "it to tables with a primary key only");
        }
      }
    }
    if (properties.containsKey(StatisticsColumns.PROPERTY)) {
      StatisticsColumns.parse(properties.get(StatisticsColumns.PROPERTY)).check(schema);
    }
    if (properties.containsKey(VariantShredding.PROPERTY)) {
      VariantShredding.parse(properties.get(VariantShredding.PROPERTY)).check(schema);
    }
    Engine engine = engine(properties.get(ENGINE));
    return new MergeOptions(
        engine,
        versionColumn(schema, properties.get(VERSION_COLUMN), engine),
        aggregations(schema, properties, engine),
        deleteBehavior(properties.get(DELETE_BEHAVIOR), engine),
        autoIncrement(schema, properties));
  }

  /** The property that names the column; empty where none does. */
  public static Optional<String> naming(Map<String, String> properties, String column) {
    for (String key : List.of(VERSION_COLUMN, AUTO_INCREMENT)) {
      if (column.equals(properties.get(key))) {
        return Optional.of(key);
      }
    }
    String counted = properties.getOrDefault(StatisticsColumns.PROPERTY, "all");
    if (StatisticsColumns.parse(counted).names().contains(column)) {
      return Optional.of(StatisticsColumns.PROPERTY);
    }
    String split = properties.getOrDefault(VariantShredding.PROPERTY, "off");
    if (VariantShredding.parse(split).columns().containsKey(column)) {
      return Optional.of(VariantShredding.PROPERTY);
    }
    return properties.keySet().stream().filter(key -> isOf(key, column)).findFirst();
  }

  /** Whether the property is one of that column's own, such as its function. */
  public static boolean isOf(String key, String column) {
    return key.startsWith(FIELDS + column + ".") && key.equals(FIELDS + column + suffix(key));
  }

  /** The properties without those of a column's own. */
  public static Map<String, String> without(Map<String, String> properties, String column) {
    Map<String, String> left = new LinkedHashMap<>(properties);
    left.keySet().removeIf(key -> isOf(key, column));
    return left;
  }

  /** The properties after a column got another name. */
  public static Map<String, String> renamed(
      Map<String, String> properties, String from, String to) {
    Map<String, String> renamed = new LinkedHashMap<>();
    properties.forEach(
        (key, value) -> {
          boolean names =
              key.equals(VERSION_COLUMN)
                  || key.equals(AUTO_INCREMENT)
                  || key.equals(PartitionOptions.KEY);
          String after = names && value.equals(from) ? to : value;
          String changed =
              switch (key) {
                case StatisticsColumns.PROPERTY -> StatisticsColumns.renamed(value, from, to);
                case VariantShredding.PROPERTY -> VariantShredding.renamed(value, from, to);
                default -> after;
              };
          renamed.put(isOf(key, from) ? FIELDS + to + suffix(key) : key, changed);
        });
    return renamed;
  }

  private static OptionalInt autoIncrement(Schema schema, Map<String, String> properties) {
    String name = properties.get(AUTO_INCREMENT);
    if (name == null) {
      return OptionalInt.empty();
    }
    String wanted = "a nullable column of type INT or BIGINT outside the primary key";
    OptionalInt position = schema.indexOf(name);
    if (position.isEmpty()) {
      throw bad(AUTO_INCREMENT, name, wanted);
    }
    Column column = schema.columns().get(position.getAsInt());
    boolean fits =
        column.type().nullable()
            && !schema.primaryKey().contains(column.id())
            && isCounter(column.type());
    if (!fits) {
      throw bad(AUTO_INCREMENT, name, wanted + "; it is " + column.type());
    }
    if (properties.containsKey(FIELDS + name + FUNCTION)) {
      throw bad(AUTO_INCREMENT, name, "a column without a function of its own");
    }
    return position;
  }

  private static boolean isCounter(DataType type) {
    return type instanceof Scalar scalar
        && switch (scalar.kind()) {
          case INT, BIGINT -> true;
          case BOOLEAN, TINYINT, SMALLINT, FLOAT, DOUBLE, DECIMAL -> false;
          case CHAR, STRING, BINARY, BYTES, DATE, TIME, TIMESTAMP, TIMESTAMP_LTZ -> false;
        };
  }

  private static boolean isVersion(DataType type) {
    return type instanceof Scalar scalar
        && switch (scalar.kind()) {
          case INT, BIGINT, TIMESTAMP, TIMESTAMP_LTZ -> true;
          case BOOLEAN, TINYINT, SMALLINT, FLOAT, DOUBLE, DECIMAL -> false;
          case CHAR, STRING, BINARY, BYTES, DATE, TIME -> false;
        };
  }

  private static Engine engine(String value) {
    if (value == null) {
      return Engine.LAST_ROW;
    }
    return switch (value.toLowerCase(Locale.ROOT)) {
      case "first_row" -> Engine.FIRST_ROW;
      case "versioned" -> Engine.VERSIONED;
      case "aggregation" -> Engine.AGGREGATION;
      default ->
          throw bad(
              ENGINE,
              value,
              "one of first_row, versioned, aggregation, or leave it out for the last row to"
                  + " count");
    };
  }

  private static OptionalInt versionColumn(Schema schema, String name, Engine engine) {
    if (engine != Engine.VERSIONED) {
      if (name != null) {
        throw bad(VERSION_COLUMN, name, "it together with " + ENGINE + " = 'versioned' only");
      }
      return OptionalInt.empty();
    }
    String wanted = "a column of type INT, BIGINT, TIMESTAMP or TIMESTAMP_LTZ that is NOT NULL";
    OptionalInt position = name == null ? OptionalInt.empty() : schema.indexOf(name);
    if (position.isEmpty()) {
      throw bad(VERSION_COLUMN, name, wanted);
    }
    DataType type = schema.columns().get(position.getAsInt()).type();
    if (type.nullable() || !isVersion(type)) {
      throw bad(VERSION_COLUMN, name, wanted + "; it is " + type);
    }
    return position;
  }

  private static DeleteBehavior deleteBehavior(String value, Engine engine) {
    boolean mayAllow = engine == Engine.LAST_ROW || engine == Engine.AGGREGATION;
    if (value == null) {
      return engine == Engine.LAST_ROW ? DeleteBehavior.ALLOW : DeleteBehavior.IGNORE;
    }
    for (DeleteBehavior behavior : DeleteBehavior.values()) {
      if (behavior.name().equalsIgnoreCase(value)
          && (mayAllow || behavior != DeleteBehavior.ALLOW)) {
        return behavior;
      }
    }
    throw bad(
        DELETE_BEHAVIOR,
        value,
        mayAllow
            ? "one of allow, ignore, disable"
            : "one of ignore, disable: the merge engine "
                + engine.name().toLowerCase(Locale.ROOT)
                + " deletes no rows");
  }

  private static List<Aggregation> aggregations(
      Schema schema, Map<String, String> properties, Engine engine) {
    AggregateFunction[] functions = new AggregateFunction[schema.columns().size()];
    String[] delimiters = new String[functions.length];
    for (Map.Entry<String, String> property : properties.entrySet()) {
      String key = property.getKey();
      if (!key.startsWith(FIELDS)) {
        continue;
      }
      String suffix = suffix(key);
      if (engine != Engine.AGGREGATION) {
        if (suffix.isEmpty()) {
          continue;
        }
        throw bad(key, property.getValue(), "it together with " + ENGINE + " = 'aggregation' only");
      }
      int column = column(schema, property, suffix);
      if (suffix.equals(FUNCTION)) {
        functions[column] = function(schema.columns().get(column), property);
      } else if (delimiters[column] != null || property.getValue().length() > MAX_DELIMITER) {
        throw bad(key, property.getValue(), "one delimiter of at most 64 characters");
      } else {
        delimiters[column] = property.getValue();
      }
    }
    if (engine != Engine.AGGREGATION) {
      return List.of();
    }
    return aggregations(schema, functions, delimiters);
  }

  private static List<Aggregation> aggregations(
      Schema schema, AggregateFunction[] functions, String[] delimiters) {
    List<Aggregation> all = new ArrayList<>(functions.length);
    for (int i = 0; i < functions.length; i++) {
      AggregateFunction function =
          functions[i] == null ? Aggregation.DEFAULT.function() : functions[i];
      boolean isList =
          function == AggregateFunction.LISTAGG || function == AggregateFunction.STRING_AGG;
      if (delimiters[i] != null && !isList) {
        String name = schema.columns().get(i).name();
        throw bad(
            FIELDS + name + DELIMITERS.get(0),
            delimiters[i],
            "it together with " + FIELDS + name + FUNCTION + " = 'listagg' only");
      }
      all.add(
          new Aggregation(
              function, delimiters[i] == null ? Aggregation.DEFAULT.delimiter() : delimiters[i]));
    }
    return all;
  }

  /** The part of the key after the column's name; empty if it is unknown. */
  private static String suffix(String key) {
    for (String delimiter : DELIMITERS) {
      if (key.endsWith(delimiter)) {
        return delimiter;
      }
    }
    return key.endsWith(FUNCTION) ? FUNCTION : "";
  }

  private static int column(Schema schema, Map.Entry<String, String> property, String suffix) {
    String key = property.getKey();
    int end = key.length() - suffix.length();
    String name = end <= FIELDS.length() ? "" : key.substring(FIELDS.length(), end);
    OptionalInt column = schema.indexOf(name);
    if (suffix.isEmpty() || column.isEmpty()) {
      throw bad(
          key,
          property.getValue(),
          "fields.<column>.agg or fields.<column>.listagg.delimiter for one of the columns "
              + schema.columns().stream().map(Column::name).limit(50).toList());
    }
    if (schema.primaryKey().contains(schema.columns().get(column.getAsInt()).id())) {
      throw bad(key, property.getValue(), "no function to a column of the primary key");
    }
    return column.getAsInt();
  }

  private static AggregateFunction function(Column column, Map.Entry<String, String> property) {
    for (AggregateFunction function : AggregateFunction.values()) {
      if (function.name().equalsIgnoreCase(property.getValue())) {
        if (function.accepts(column.type())) {
          return function;
        }
        throw bad(
            property.getKey(),
            property.getValue(),
            "a function for the type " + column.type() + ": " + functionsFor(column.type()));
      }
    }
    throw bad(property.getKey(), property.getValue(), "one of " + functionsFor(column.type()));
  }

  private static String functionsFor(DataType type) {
    return String.join(
        ", ",
        Arrays.stream(AggregateFunction.values())
            .filter(function -> function.accepts(type))
            .map(function -> function.name().toLowerCase(Locale.ROOT))
            .toList());
  }

  private static ThalwegException bad(String key, String value, String wanted) {
    return new ThalwegException(
        ErrorCode.INVALID_PROPERTY,
        (value == null ? key + " is missing" : key + " = '" + value + "' cannot be used")
            + "; give "
            + wanted);
  }
}
