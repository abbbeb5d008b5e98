package io.thalweg.format.variant;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.thalweg.format.io.Utf8;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
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
  private static final int SHORT_TEXT = 63;

  private final Map<String, Integer> ids = new HashMap<>();
  private final List<byte[]> names = new ArrayList<>();
  private byte[] out = new byte[256];
  private int length;
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
    byte[] metadata = builder.metadata();
    VariantCheck.checkSize((long) metadata.length + builder.length);
    return Variant.trusted(metadata, Arrays.copyOf(builder.out, builder.length));
  }

  private void value(JsonParser parser, int depth) throws VariantException, IOException {
    switch (parser.currentToken()) {
      case START_OBJECT -> object(parser, depth + 1);
      case START_ARRAY -> array(parser, depth + 1);
      case VALUE_STRING -> text(utf8(parser.getText()));
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(parser.getText());
      case VALUE_TRUE -> primitive(1);
      case VALUE_FALSE -> primitive(2);
      case VALUE_NULL -> primitive(0);
      default -> throw new VariantException("a JSON value is missing");
    }
    VariantCheck.checkSize((long) length + nameBytes);
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
    int start = length;
    List<FieldEntry> fields = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      int id = id(parser.currentName());
      parser.nextToken();
      fields.add(new FieldEntry(id, length - start));
      value(parser, depth);
    }
    fields.sort((a, b) -> Arrays.compareUnsigned(names.get(a.id), names.get(b.id)));
    int greatest = 0;
    for (int i = 0; i < fields.size(); i++) {
      greatest = Math.max(greatest, fields.get(i).id);
      if (i > 0 && fields.get(i).id == fields.get(i - 1).id) {
        throw new VariantException(
            "an object has the name '"
                + new String(names.get(fields.get(i).id), UTF_8)
                + "' twice");
      }
    }
    int idWidth = width(greatest);
    int[] offsets = new int[fields.size()];
    int[] fieldIds = new int[fields.size()];
    for (int i = 0; i < offsets.length; i++) {
      offsets[i] = fields.get(i).offset;
      fieldIds[i] = fields.get(i).id;
    }
    wrap(start, offsets, fieldIds, idWidth);
  }

  private void array(JsonParser parser, int depth) throws VariantException, IOException {
    VariantCheck.checkDepth(depth);
    int start = length;
    int[] offsets = new int[8];
    int count = 0;
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (count == offsets.length) {
        offsets = Arrays.copyOf(offsets, count * 2);
      }
      offsets[count++] = length - start;
      value(parser, depth);
    }
    wrap(start, Arrays.copyOf(offsets, count), null, 0);
  }

  /** Puts the header of an object or array before the values that begin at {@code start}. */
  private void wrap(int start, int[] offsets, int[] fieldIds, int idWidth) {
    int count = offsets.length;
    int data = length - start;
    int offsetWidth = width(data);
    boolean large = count > 255;
    int countWidth = large ? Integer.BYTES : 1;
    int header = 1 + countWidth + count * idWidth + (count + 1) * offsetWidth;
    room(header);
    System.arraycopy(out, start, out, start + header, data);
    length = start;
    if (fieldIds == null) {
      put((large ? 0x10 : 0) | ((offsetWidth - 1) << 2) | 3, 1);
    } else {
      put((large ? 0x40 : 0) | ((idWidth - 1) << 4) | ((offsetWidth - 1) << 2) | 2, 1);
    }
    put(count, countWidth);
    for (int i = 0; i < count && fieldIds != null; i++) {
      put(fieldIds[i], idWidth);
    }
    for (int offset : offsets) {
      put(offset, offsetWidth);
    }
    put(data, offsetWidth);
    length += data;
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

  private void primitive(int type) {
    room(1);
    put(type << 2, 1);
  }

  private void text(byte[] utf8) {
    room(utf8.length + 5);
    if (utf8.length <= SHORT_TEXT) {
      put((utf8.length << 2) | 1, 1);
    } else {
      put(16 << 2, 1);
      put(utf8.length, Integer.BYTES);
    }
    System.arraycopy(utf8, 0, out, length, utf8.length);
    length += utf8.length;
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
      whole(Long.parseLong(text));
      return;
    }
    BigDecimal decimal = new BigDecimal(text);
    if (decimal.scale() == 0 && decimal.unscaledValue().bitLength() < Long.SIZE) {
      whole(decimal.longValueExact());
    } else if (decimal.scale() <= MAX_DIGITS && decimal.precision() <= MAX_DIGITS) {
      decimal(decimal);
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
    primitive(7);
    room(Double.BYTES);
    put(Double.doubleToRawLongBits(number), Double.BYTES);
  }

  private void whole(long number) {
    int type =
        number == (byte) number ? 3 : number == (short) number ? 4 : number == (int) number ? 5 : 6;
    primitive(type);
    room(Long.BYTES);
    put(number, 1 << (type - 3));
  }

  private void decimal(BigDecimal number) {
    int type = number.precision() <= 9 ? 8 : number.precision() <= 18 ? 9 : 10;
    primitive(type);
    room(17);
    put(number.scale(), 1);
    BigInteger unscaled = number.unscaledValue();
    put(unscaled.longValue(), type == 8 ? Integer.BYTES : Long.BYTES);
    if (type == 10) {
      put(unscaled.shiftRight(Long.SIZE).longValue(), Long.BYTES);
    }
  }

  private byte[] metadata() {
    int bytes = names.stream().mapToInt(name -> name.length).sum();
    int width = width(Math.max(bytes, names.size()));
    boolean sorted = true;
    for (int i = 1; i < names.size(); i++) {
      sorted &= Arrays.compareUnsigned(names.get(i - 1), names.get(i)) < 0;
    }
    byte[] value = out;
    int valueLength = length;
    out = new byte[1 + width * (names.size() + 2) + bytes];
    length = 0;
    put(VariantNames.VERSION | (sorted ? VariantNames.SORTED : 0) | ((width - 1) << 6), 1);
    put(names.size(), width);
    int end = 0;
    put(end, width);
    for (byte[] name : names) {
      end += name.length;
      put(end, width);
    }
    for (byte[] name : names) {
      System.arraycopy(name, 0, out, length, name.length);
      length += name.length;
    }
    byte[] metadata = out;
    out = value;
    length = valueLength;
    return metadata;
  }

  /** How many bytes hold {@code number}. */
  private static int width(int number) {
    return number < 1 << 8 ? 1 : number < 1 << 16 ? 2 : number < 1 << 24 ? 3 : 4;
  }

  private void room(int bytes) {
    if (length + bytes > out.length) {
      out = Arrays.copyOf(out, Math.max(out.length * 2, length + bytes));
    }
  }

  private void put(long number, int width) {
    for (int i = 0; i < width; i++) {
      out[length++] = (byte) (number >> (i * Byte.SIZE));
    }
  }
}
