package io.thalweg.node.input;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonStreamContext;
import com.fasterxml.jackson.core.JsonToken;
import io.thalweg.format.cast.Exact;
import io.thalweg.format.cast.TextValues;
import io.thalweg.format.io.Utf8;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Kind;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Finds the narrowest type that holds every value seen, without changing one: BOOLEAN, BIGINT,
 * DOUBLE where it names each number exactly, else DECIMAL, DATE and the finest TIMESTAMP with all
 * values in its range (in CSV), else STRING. A type is chosen only if {@link TextValues} reads
 * every value as one of it. One thread.
 */
final class Guess {
  private static final int MAX_DIGITS = 38;
  private static final DataType.Scalar DATE = DataType.of(Kind.DATE);
  private static final DataType.Scalar NANOS = DataType.of(Kind.TIMESTAMP, 9);
  private static final DataType.Scalar MICROS = DataType.of(Kind.TIMESTAMP, 6);

  private boolean bools;
  private boolean texts;
  private boolean wholes;
  private boolean fractions;
  private boolean inexact;
  private boolean beyondLong;
  private boolean negativeZero;
  private boolean notFinite;
  private boolean dates;
  private boolean moments;
  private boolean beyondNanos;
  private boolean beyondMicros;
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
    } else if (TextValues.looksLikeMoment(text, false) && TextValues.fits(DATE, text)) {
      dates = true;
    } else if (!TextValues.looksLikeMoment(text, true) || !isMoment(text)) {
      texts = true;
    }
  }

  private boolean isMoment(String text) {
    boolean nanos = TextValues.fits(NANOS, text);
    boolean micros = TextValues.fits(MICROS, text);
    if (!nanos && !micros) {
      return false;
    }
    moments = true;
    beyondNanos |= !nanos;
    beyondMicros |= !micros;
    return true;
  }

  /** Whether the text is a number in plain form: 007 and +1 would lose characters. */
  private static boolean isPlainNumber(String text) {
    if (!TextValues.NUMBER.matcher(text).matches() || text.startsWith("+")) {
      return false;
    }
    String digits = text.startsWith("-") ? text.substring(1) : text;
    return digits.length() < 2 || digits.charAt(0) != '0' || !Character.isDigit(digits.charAt(1));
  }

  private void number(String text) {
    BigDecimal value = new BigDecimal(text);
    boolean negative = value.signum() == 0 && text.startsWith("-");
    boolean whole = text.matches("-?\\d+") && !negative;
    negativeZero |= negative;
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
  void json(JsonParser parser) throws IOException, Exact.Misfit {
    switch (parser.currentToken()) {
      case VALUE_NULL -> {}
      case VALUE_TRUE, VALUE_FALSE -> bools = true;
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
        if (TextValues.NOT_FINITE.contains(parser.getText())) {
          notFinite = true;
        } else if (TextValues.NUMBER.matcher(parser.getText()).matches()) {
          number(parser.getText());
        } else {
          texts = true;
        }
      }
      case START_ARRAY -> {
        element = element == null ? new Guess() : element;
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          element.json(parser);
        }
      }
      case START_OBJECT -> {
        fields = fields == null ? new LinkedHashMap<>() : fields;
        object(parser, fields, UnaryOperator.identity());
      }
      default -> {
        texts = true;
        whole(parser);
      }
    }
  }

  /** Refuses a text that no type can hold. */
  private static void whole(JsonParser parser) throws IOException, Exact.Misfit {
    try {
      byte[] unused = Utf8.bytes(parser.getText());
    } catch (Utf8.Malformed half) {
      throw new Exact.Misfit(
          "column '"
              + path(parser.getParsingContext())
              + "' has a text that is not Unicode: "
              + half.getMessage());
    }
  }

  private static String path(JsonStreamContext context) {
    String own = context.inArray() ? "element" : context.getCurrentName();
    JsonStreamContext around = context.getParent();
    boolean column =
        around == null || around.inRoot() || (around.inArray() && around.getParent().inRoot());
    return column ? own : path(around) + "." + own;
  }

  /**
   * Adds an object's values to the guesses of its fields.
   *
   * @param names gives a field its name; null for one that is left out
   */
  static void object(JsonParser parser, Map<String, Guess> fields, UnaryOperator<String> names)
      throws IOException, Exact.Misfit {
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = names.apply(parser.currentName());
      parser.nextToken();
      if (name == null) {
        parser.skipChildren();
      } else {
        fields.computeIfAbsent(name, none -> new Guess()).json(parser);
      }
    }
  }

  /** The type of the column or field {@code path}. */
  DataType type(String path) {
    boolean numbers = wholes || fractions || notFinite;
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
    if (kinds != 1 || texts || (beyondNanos && beyondMicros)) {
      return DataType.of(Kind.STRING);
    }
    return numbers
        ? numberType()
        : bools ? DataType.of(Kind.BOOLEAN) : dates ? DATE : beyondNanos ? MICROS : NANOS;
  }

  private DataType numberType() {
    if (!fractions && !beyondLong && !notFinite) {
      return DataType.of(Kind.BIGINT);
    }
    if (!inexact) {
      return DataType.of(Kind.DOUBLE);
    }
    return digitsBefore + digitsAfter <= MAX_DIGITS && !negativeZero && !notFinite
        ? DataType.decimal(Math.max(1, digitsBefore + digitsAfter), digitsAfter)
        : DataType.of(Kind.STRING);
  }
}
