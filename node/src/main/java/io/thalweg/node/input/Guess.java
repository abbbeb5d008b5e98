package io.thalweg.node.input;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Kind;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds the narrowest type that holds every value seen, without changing one: BOOLEAN, BIGINT,
 * DOUBLE where it names each number exactly, else DECIMAL, DATE and TIMESTAMP (in CSV), else
 * STRING. One thread.
 */
final class Guess {
  private static final int MAX_DIGITS = 38;

  private boolean bools;
  private boolean texts;
  private boolean wholes;
  private boolean fractions;
  private boolean inexact;
  private boolean beyondLong;
  private boolean dates;
  private boolean moments;
  private int digitsBefore;
  private int digitsAfter;
  private Guess element;
  private Map<String, Guess> fields;

  /** A cell of CSV that is not null. */
  void cell(String text) {
    if (text.equalsIgnoreCase("true") || text.equalsIgnoreCase("false")) {
      bools = true;
    } else if (isPlainNumber(text)) {
      number(text);
    } else if (TextValues.isMoment(text, false)) {
      dates = true;
    } else if (TextValues.isMoment(text, true)) {
      moments = true;
    } else {
      texts = true;
    }
  }

  /** A number that is written as numbers are: 007 and +1 are more than numbers. */
  private static boolean isPlainNumber(String text) {
    if (!TextValues.NUMBER.matcher(text).matches() || text.startsWith("+")) {
      return false;
    }
    String digits = text.startsWith("-") ? text.substring(1) : text;
    return digits.length() < 2 || digits.charAt(0) != '0' || !Character.isDigit(digits.charAt(1));
  }

  private void number(String text) {
    BigDecimal value = new BigDecimal(text);
    boolean whole = text.matches("-?\\d+") && !(value.signum() == 0 && text.startsWith("-"));
    wholes |= whole;
    fractions |= !whole;
    double nearest = value.doubleValue();
    inexact |=
        Double.isInfinite(nearest)
            || (new BigDecimal(Double.toString(nearest)).compareTo(value) != 0
                && new BigDecimal(nearest).compareTo(value) != 0);
    beyondLong |= whole && value.unscaledValue().bitLength() > 63;
    BigDecimal plain = value.signum() == 0 ? BigDecimal.ZERO : value.stripTrailingZeros();
    digitsAfter = Math.max(digitsAfter, Math.max(0, plain.scale()));
    digitsBefore = Math.max(digitsBefore, Math.max(0, plain.precision() - plain.scale()));
  }

  /** The value whose first token is the parser's current one. */
  void json(JsonParser parser) throws IOException {
    switch (parser.currentToken()) {
      case VALUE_NULL -> {}
      case VALUE_TRUE, VALUE_FALSE -> bools = true;
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(parser.getText());
      case START_ARRAY -> {
        element = element == null ? new Guess() : element;
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          element.json(parser);
        }
      }
      case START_OBJECT -> {
        fields = fields == null ? new LinkedHashMap<>() : fields;
        object(parser, fields);
      }
      default -> texts = true;
    }
  }

  /** Adds an object's values to what is known of its fields. */
  static void object(JsonParser parser, Map<String, Guess> fields) throws IOException {
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      Guess guess = fields.computeIfAbsent(parser.currentName(), none -> new Guess());
      parser.nextToken();
      guess.json(parser);
    }
  }

  /** The type of the column or field {@code path}. */
  DataType type(String path) {
    boolean numbers = wholes || fractions;
    boolean scalars = bools || texts || numbers || dates || moments;
    if ((element != null && (fields != null || scalars)) || (fields != null && scalars)) {
      throw new InputException(
          "column '"
              + path
              + "' has arrays, objects and single values mixed; no type holds them all");
    }
    if (element != null) {
      return new DataType.Array(0, element.type(path + ".element"), true);
    }
    if (fields != null && !fields.isEmpty()) {
      List<DataType.Field> types = new ArrayList<>();
      fields.forEach(
          (name, guess) -> types.add(new DataType.Field(0, name, guess.type(path + "." + name))));
      return new DataType.Row(types, true);
    }
    if (fields != null) {
      throw new InputException(
          "column '" + path + "' has only empty objects; make the table with the type wanted");
    }
    int kinds = 0;
    for (boolean each : new boolean[] {bools, texts, numbers, dates, moments}) {
      kinds += each ? 1 : 0;
    }
    if (kinds != 1 || texts) {
      return DataType.of(Kind.STRING);
    }
    return numbers
        ? numberType()
        : bools
            ? DataType.of(Kind.BOOLEAN)
            : dates ? DataType.of(Kind.DATE) : DataType.of(Kind.TIMESTAMP, 9);
  }

  private DataType numberType() {
    if (!fractions && !beyondLong) {
      return DataType.of(Kind.BIGINT);
    }
    if (!inexact) {
      return DataType.of(Kind.DOUBLE);
    }
    return digitsBefore + digitsAfter <= MAX_DIGITS
        ? DataType.decimal(Math.max(1, digitsBefore + digitsAfter), digitsAfter)
        : DataType.of(Kind.STRING);
  }
}
