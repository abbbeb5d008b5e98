package io.thalweg.format.rowjson;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import io.thalweg.format.cast.Exact;
import io.thalweg.format.cast.MapEntries;
import io.thalweg.format.cast.TextValues;
import io.thalweg.format.cast.VectorNumbers;
import io.thalweg.format.projection.DefaultColumns;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Kind;
import io.thalweg.format.type.Defaults;
import io.thalweg.format.variant.VariantBuilder;
import io.thalweg.format.variant.VariantException;
import java.io.IOException;
import java.io.StringReader;
import java.nio.CharBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Reads JSON as values of a table's types, token by token, exactly. Stateless; any thread. */
public final class JsonValues {
  private static final int MAX_TEXT = 64 << 20;

  /** Below it each whole number is a DOUBLE. */
  private static final double EXACT = 1L << 53;

  /** Makes parsers that take numbers of any length and no name twice. */
  public static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxStringLength(MAX_TEXT)
                  .maxNameLength(MAX_TEXT)
                  .build())
          .enable(com.fasterxml.jackson.core.StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .build();

  private JsonValues() {}

  /** A parser of a text that lies in an array; the caller closes it. */
  static JsonParser parser(CharBuffer text) throws IOException {
    return FACTORY.createParser(
        text.array(), text.arrayOffset() + text.position(), text.remaining());
  }

  /** What a text is that cannot be parsed. */
  static Exact.Misfit malformed(IOException why) {
    String message = String.valueOf(why.getMessage());
    int end = message.indexOf('\n');
    return new Exact.Misfit("it is no JSON: " + (end < 0 ? message : message.substring(0, end)));
  }

  /**
   * A text, which lies in an array, that holds one value.
   *
   * @throws Exact.Misfit where it is none of the type, or no JSON
   */
  public static Object parse(String path, DataType type, CharBuffer text) throws Exact.Misfit {
    try (JsonParser parser = parser(text)) {
      if (parser.nextToken() == null) {
        throw new Exact.Misfit("it is no JSON: it is empty");
      }
      Object value = read(path, type, parser);
      if (parser.nextToken() != null) {
        throw new Exact.Misfit("there is more behind the JSON value; give one value");
      }
      return value;
    } catch (IOException malformed) {
      throw malformed(malformed);
    }
  }

  /** A text that holds one value. */
  public static Object parse(String path, DataType type, String json)
      throws Exact.Misfit, IOException {
    try (JsonParser parser = FACTORY.createParser(new StringReader(json))) {
      parser.nextToken();
      Object value = read(path, type, parser);
      if (parser.nextToken() != null) {
        throw new Exact.Misfit("column '" + path + "': there is more than one JSON value");
      }
      return value;
    }
  }

  /** The value whose first token is the parser's current one, which becomes its last. */
  public static Object read(String path, DataType type, JsonParser parser)
      throws Exact.Misfit, IOException {
    if (parser.currentToken() == JsonToken.VALUE_NULL
        && (type.shape() != DataType.Shape.VARIANT || type.nullable())) {
      return nothing(path, type);
    }
    return switch (type.shape()) {
      case SCALAR -> {
        try {
          yield scalar((DataType.Scalar) type, parser);
        } catch (Exact.Misfit misfit) {
          throw new Exact.Misfit("column '" + path + "': " + misfit.getMessage());
        }
      }
      case VARIANT -> variant(path, parser);
      case VECTOR -> vector(path, (DataType.Vector) type, parser);
      case ARRAY -> {
        expect(path, type, parser, JsonToken.START_ARRAY);
        List<Object> elements = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          elements.add(read(path + ".element", ((DataType.Array) type).element(), parser));
        }
        yield elements;
      }
      case MAP -> map(path, (DataType.Map) type, parser);
      case ROW -> row(path, (DataType.Row) type, parser);
    };
  }

  /** The value of a column that the row does not mention: its default, else as an empty one. */
  public static Object missing(String path, DataType type, Defaults defaults) throws Exact.Misfit {
    return defaults.write().isPresent()
        ? DefaultColumns.value(type, defaults.write())
        : nothing(path, type);
  }

  /** An empty value: null, or refused where the type is NOT NULL. */
  public static Object nothing(String path, DataType type) throws Exact.Misfit {
    if (!type.nullable()) {
      throw new Exact.Misfit("column '" + path + "' is NOT NULL and has no value");
    }
    return null;
  }

  private static Object scalar(DataType.Scalar type, JsonParser parser)
      throws Exact.Misfit, IOException {
    return switch (parser.currentToken()) {
      case VALUE_STRING -> TextValues.parse(type, parser.getText());
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
        if (!takesNumber(type.kind())) {
          throw Exact.misfit(type, parser.getText(), "it is a number");
        }
        yield number(type, parser);
      }
      case VALUE_TRUE, VALUE_FALSE -> {
        if (!takesTruth(type.kind())) {
          throw Exact.misfit(type, parser.getText(), "it is a boolean");
        }
        yield TextValues.parse(type, parser.getText());
      }
      default ->
          throw Exact.misfit(
              type,
              parser.currentToken() == JsonToken.START_ARRAY ? "an array" : "an object",
              "it takes one value");
    };
  }

  /** What the number's text is; most numbers are had without it. */
  private static Object number(DataType.Scalar type, JsonParser parser)
      throws Exact.Misfit, IOException {
    boolean isLong =
        parser.currentToken() == JsonToken.VALUE_NUMBER_INT
            && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER;
    switch (type.kind()) {
      case TINYINT, SMALLINT, INT, BIGINT -> {
        if (isLong) {
          return Exact.whole(type, parser.getLongValue());
        }
      }
      case DOUBLE -> {
        double number = isLong || isFraction(parser) ? parser.getDoubleValue() : 0;
        // The sign of zero, and what is too large or too small, is in the text.
        if (number != 0 && Math.abs(number) < (isLong ? EXACT : Double.POSITIVE_INFINITY)) {
          return number;
        }
      }
      case FLOAT, DECIMAL, CHAR, STRING -> {}
      case BOOLEAN, BINARY, BYTES, DATE, TIME, TIMESTAMP, TIMESTAMP_LTZ -> {}
    }
    return TextValues.parse(type, parser.getText());
  }

  private static boolean isFraction(JsonParser parser) {
    return parser.currentToken() == JsonToken.VALUE_NUMBER_FLOAT;
  }

  private static boolean takesNumber(Kind kind) {
    return switch (kind) {
      case TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE, DECIMAL, CHAR, STRING -> true;
      case BOOLEAN, BINARY, BYTES, DATE, TIME, TIMESTAMP, TIMESTAMP_LTZ -> false;
    };
  }

  private static boolean takesTruth(Kind kind) {
    return switch (kind) {
      case BOOLEAN, CHAR, STRING -> true;
      case TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE, DECIMAL -> false;
      case BINARY, BYTES, DATE, TIME, TIMESTAMP, TIMESTAMP_LTZ -> false;
    };
  }

  /** JSON's null is SQL's NULL where the column may be null, else a value. */
  private static Object variant(String path, JsonParser parser) throws Exact.Misfit, IOException {
    try {
      return VariantBuilder.read(parser);
    } catch (VariantException refused) {
      throw new Exact.Misfit("column '" + path + "': " + refused.getMessage());
    }
  }

  private static Object vector(String path, DataType.Vector type, JsonParser parser)
      throws Exact.Misfit, IOException {
    expect(path, type, parser, JsonToken.START_ARRAY);
    VectorNumbers numbers = new VectorNumbers(type);
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      numbers.add((Number) read(path + ".element", type.elementType(), parser));
    }
    try {
      return numbers.value();
    } catch (Exact.Misfit misfit) {
      throw new Exact.Misfit("column '" + path + "': " + misfit.getMessage());
    }
  }

  private static Object map(String path, DataType.Map type, JsonParser parser)
      throws Exact.Misfit, IOException {
    MapEntries entries = new MapEntries();
    if (parser.currentToken() == JsonToken.START_ARRAY) {
      DataType.Row pair =
          new DataType.Row(
              List.of(
                  new DataType.Field(0, "key", type.key()),
                  new DataType.Field(0, "value", type.value())),
              false);
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        List<?> read = (List<?>) read(path, pair, parser);
        entries.add(read.get(0), read.get(1));
      }
      return entries;
    }
    expect(path, type, parser, JsonToken.START_OBJECT);
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      if (!(type.key() instanceof DataType.Scalar key)) {
        throw new Exact.Misfit(
            "column '" + path + "' is " + type + ": give an array of {\"key\": …, \"value\": …}");
      }
      Object name;
      try {
        name = TextValues.parse(key, parser.currentName());
      } catch (Exact.Misfit misfit) {
        throw new Exact.Misfit("column '" + path + ".key': " + misfit.getMessage());
      }
      parser.nextToken();
      entries.add(name, read(path + ".value", type.value(), parser));
    }
    return entries;
  }

  private static Object row(String path, DataType.Row type, JsonParser parser)
      throws Exact.Misfit, IOException {
    expect(path, type, parser, JsonToken.START_OBJECT);
    List<String> names = type.fields().stream().map(DataType.Field::name).toList();
    Object[] values = new Object[names.size()];
    boolean[] there = new boolean[names.size()];
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      int at = names.indexOf(parser.currentName());
      if (at < 0) {
        throw new Exact.Misfit(
            "column '"
                + path
                + "' has no field '"
                + parser.currentName()
                + "'; its fields are "
                + names);
      }
      parser.nextToken();
      there[at] = true;
      values[at] = read(path + "." + names.get(at), type.fields().get(at).type(), parser);
    }
    for (int i = 0; i < there.length; i++) {
      if (!there[i]) {
        DataType.Field field = type.fields().get(i);
        values[i] = missing(path + "." + names.get(i), field.type(), field.defaults());
      }
    }
    return Arrays.asList(values);
  }

  private static void expect(String path, DataType type, JsonParser parser, JsonToken token)
      throws Exact.Misfit {
    if (parser.currentToken() != token) {
      throw new Exact.Misfit(
          "column '"
              + path
              + "' is "
              + type
              + ": give "
              + (token == JsonToken.START_ARRAY ? "an array" : "an object"));
    }
  }
}
