package io.thalweg.format.variant;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.thalweg.format.io.Utf8;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes a variant of JSON, token by token. Whole numbers take the fewest bytes; numbers with a
 * point and no exponent are decimals; what 38 digits cannot hold and numbers with an exponent are
 * doubles. One variant, one thread.
 */
public final class VariantBuilder {
  private static final int MAX_DIGITS = 38;

  private final Map<String, Integer> ids = new HashMap<>();
  private final List<byte[]> names = new ArrayList<>();
  private final VariantOutput out = new VariantOutput();
  private int nameBytes;

  private record FieldEntry(int id, int offset) {}

  private VariantBuilder() {}

  /**
   * The variant of the JSON value whose first token is the parser's current one. Its last becomes
   * the current one.
   */
  public static Variant read(JsonParser parser) throws VariantException, IOException {
    VariantBuilder builder = new VariantBuilder();
    builder.value(parser, 0);
    byte[] metadata = VariantNames.encode(builder.names);
    VariantCheck.checkSize((long) metadata.length + builder.out.size());
    return Variant.trusted(metadata, builder.out.toBytes());
  }

  private void value(JsonParser parser, int depth) throws VariantException, IOException {
    switch (parser.currentToken()) {
      case START_OBJECT -> object(parser, depth + 1);
      case START_ARRAY -> array(parser, depth + 1);
      case VALUE_STRING -> out.text(utf8(parser.getText()));
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(parser.getText());
      case VALUE_TRUE -> out.primitive(1);
      case VALUE_FALSE -> out.primitive(2);
      case VALUE_NULL -> out.primitive(0);
      default -> throw new VariantException("a JSON value is missing");
    }
    VariantCheck.checkSize((long) out.size() + nameBytes);
  }

  private static byte[] utf8(String text) throws VariantException {
    try {
      return Utf8.bytes(text);
    } catch (Utf8.Malformed half) {
      throw new VariantException(half.getMessage());
    }
  }

  private void object(JsonParser parser, int depth) throws VariantException, IOException {
    VariantCheck.checkDepth(depth);
    int start = out.size();
    List<FieldEntry> fields = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      int id = id(parser.currentName());
      parser.nextToken();
      fields.add(new FieldEntry(id, out.size() - start));
      value(parser, depth);
    }
    fields.sort((a, b) -> Arrays.compareUnsigned(names.get(a.id), names.get(b.id)));
    for (int i = 1; i < fields.size(); i++) {
      if (fields.get(i).id == fields.get(i - 1).id) {
        throw new VariantException(
            "an object has the name '"
                + new String(names.get(fields.get(i).id), UTF_8)
                + "' twice");
      }
    }
    int[] offsets = new int[fields.size()];
    int[] fieldIds = new int[fields.size()];
    for (int i = 0; i < offsets.length; i++) {
      offsets[i] = fields.get(i).offset;
      fieldIds[i] = fields.get(i).id;
    }
    out.wrap(start, offsets, fieldIds, offsets.length);
  }

  private void array(JsonParser parser, int depth) throws VariantException, IOException {
    VariantCheck.checkDepth(depth);
    int start = out.size();
    int[] offsets = new int[8];
    int count = 0;
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (count == offsets.length) {
        offsets = Arrays.copyOf(offsets, count * 2);
      }
      offsets[count++] = out.size() - start;
      value(parser, depth);
    }
    out.wrap(start, offsets, null, count);
  }

  private int id(String name) throws VariantException {
    Integer known = ids.get(name);
    if (known != null) {
      return known;
    }
    byte[] utf8 = utf8(name);
    nameBytes += utf8.length + 1;
    names.add(utf8);
    ids.put(name, names.size() - 1);
    return names.size() - 1;
  }

  private void number(String text) throws VariantException {
    if (text.indexOf('e') >= 0 || text.indexOf('E') >= 0) {
      fraction(text);
      return;
    }
    if (!text.chars().allMatch(c -> c == '-' || c == '.' || (c >= '0' && c <= '9'))) {
      throw new VariantException(text + " is no number in JSON");
    }
    if (text.indexOf('.') < 0 && text.length() <= 18) {
      out.whole(Long.parseLong(text));
      return;
    }
    BigDecimal decimal = new BigDecimal(text);
    if (decimal.scale() == 0 && decimal.unscaledValue().bitLength() < Long.SIZE) {
      out.whole(decimal.longValueExact());
    } else if (decimal.scale() <= MAX_DIGITS && decimal.precision() <= MAX_DIGITS) {
      out.decimal(decimal);
    } else {
      fraction(text);
    }
  }

  private void fraction(String text) throws VariantException {
    double number = Double.parseDouble(text);
    if (!Double.isFinite(number)) {
      throw new VariantException(
          "no DOUBLE holds " + text.substring(0, Math.min(50, text.length())));
    }
    out.fraction(number);
  }
}
