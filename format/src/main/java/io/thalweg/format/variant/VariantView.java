package io.thalweg.format.variant;

import io.thalweg.format.error.ThalwegException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * One value within a variant's bytes: says its kind and gives it, and goes to the values inside.
 * Copies nothing. Reads only within the bytes; bytes that cannot be are refused as corrupt.
 * Immutable; any thread.
 */
public final class VariantView {
  private static final int BASIC_SHORT_TEXT = 1;
  private static final int BASIC_OBJECT = 2;
  private static final int BASIC_ARRAY = 3;

  private static final int TRUE = 1;
  private static final int DECIMAL4 = 8;
  private static final int DECIMAL8 = 9;

  /** Kinds by the spec's numbers of primitive types. */
  private static final VariantKind[] KINDS = {
    VariantKind.NULL,
    VariantKind.BOOLEAN,
    VariantKind.BOOLEAN,
    VariantKind.LONG,
    VariantKind.LONG,
    VariantKind.LONG,
    VariantKind.LONG,
    VariantKind.DOUBLE,
    VariantKind.DECIMAL,
    VariantKind.DECIMAL,
    VariantKind.DECIMAL,
    VariantKind.DATE,
    VariantKind.INSTANT,
    VariantKind.TIMESTAMP,
    VariantKind.FLOAT,
    VariantKind.BINARY,
    VariantKind.TEXT,
    VariantKind.TIME,
    VariantKind.INSTANT_NANOS,
    VariantKind.TIMESTAMP_NANOS,
    VariantKind.UUID
  };

  /** Bytes of each primitive value behind its header; those of BINARY and TEXT begin with 4. */
  private static final int[] WIDTHS = {
    0, 0, 0, 1, 2, 4, 8, 8, 5, 9, 17, 4, 8, 8, 4, 4, 4, 8, 8, 8, 16
  };

  private final byte[] metadata;
  private final byte[] value;
  private final int at;

  /** The whole of a variant. */
  public VariantView(byte[] metadata, byte[] value) {
    this(metadata, value, 0);
  }

  private VariantView(byte[] metadata, byte[] value, int at) {
    this.metadata = metadata;
    this.value = value;
    this.at = at;
  }

  /** What it is. */
  public VariantKind kind() {
    return switch (basic()) {
      case BASIC_SHORT_TEXT -> VariantKind.TEXT;
      case BASIC_OBJECT -> VariantKind.OBJECT;
      case BASIC_ARRAY -> VariantKind.ARRAY;
      default -> KINDS[primitive()];
    };
  }

  private int header() {
    return number(value, at, 1);
  }

  private int basic() {
    return header() & 3;
  }

  int primitive() {
    int type = header() >> 2;
    if (type >= KINDS.length) {
      throw ThalwegException.corrupt("a variant has a value of the unknown type " + type);
    }
    return type;
  }

  /** A BOOLEAN. */
  public boolean asBoolean() {
    return primitive() == TRUE;
  }

  /** A LONG, or what DATE, TIME and moments count. */
  public long asLong() {
    int width = WIDTHS[primitive()];
    int shift = Long.SIZE - width * Byte.SIZE;
    return (unsigned(value, at + 1, width) << shift) >> shift;
  }

  /** A FLOAT or DOUBLE. */
  public double asDouble() {
    return kind() == VariantKind.FLOAT
        ? Float.intBitsToFloat((int) unsigned(value, at + 1, Float.BYTES))
        : Double.longBitsToDouble(unsigned(value, at + 1, Double.BYTES));
  }

  /** A DECIMAL. */
  public BigDecimal asDecimal() {
    int width = primitive() == DECIMAL4 ? 4 : primitive() == DECIMAL8 ? 8 : 16;
    check(value, at + 2, width);
    byte[] big = new byte[width];
    for (int i = 0; i < width; i++) {
      big[width - 1 - i] = value[at + 2 + i];
    }
    return new BigDecimal(new BigInteger(big), scale());
  }

  int scale() {
    return number(value, at + 1, 1);
  }

  /** Where the bytes of a TEXT, BINARY or UUID begin. */
  int bytesStart() {
    return switch (kind()) {
      case UUID -> at + 1;
      default -> at + 1 + (basic() == BASIC_SHORT_TEXT ? 0 : Integer.BYTES);
    };
  }

  /** How many bytes a TEXT, BINARY or UUID has. */
  int bytesLength() {
    if (basic() == BASIC_SHORT_TEXT) {
      return header() >> 2;
    }
    return kind() == VariantKind.UUID ? WIDTHS[primitive()] : number(value, at + 1, Integer.BYTES);
  }

  /** The bytes of a TEXT (UTF-8), BINARY or UUID. */
  public byte[] asBytes() {
    int start = bytesStart();
    int length = bytesLength();
    check(value, start, length);
    return Arrays.copyOfRange(value, start, start + length);
  }

  /** A TEXT. */
  public String asText() {
    int start = bytesStart();
    int length = bytesLength();
    check(value, start, length);
    return new String(value, start, length, StandardCharsets.UTF_8);
  }

  /** The text of a TEXT, a date, a time or a UUID, Base64 in quotes of BINARY, else the JSON. */
  public String toText() {
    return VariantJson.scalar(this);
  }

  /** How many values an OBJECT or ARRAY has. */
  public int size() {
    return number(value, at + 1, sizeWidth());
  }

  private int sizeWidth() {
    boolean large = (header() & (basic() == BASIC_OBJECT ? 0x40 : 0x10)) != 0;
    return large ? Integer.BYTES : 1;
  }

  private int idWidth() {
    return basic() == BASIC_OBJECT ? ((header() >> 4) & 3) + 1 : 0;
  }

  private int offsetWidth() {
    return ((header() >> 2) & 3) + 1;
  }

  private int offsets() {
    return plus(at + 1 + sizeWidth(), size(), idWidth());
  }

  /** Where the first of the values inside begins. */
  int data() {
    return plus(offsets(), size() + 1L, offsetWidth());
  }

  /** The offset of value {@code index}; of all values together where it is the size. */
  int offset(int index) {
    return number(value, plus(offsets(), index, offsetWidth()), offsetWidth());
  }

  /** Value {@code index} of an ARRAY, or of an OBJECT in the order of names. */
  public VariantView item(int index) {
    return new VariantView(metadata, value, plus(data(), offset(index), 1));
  }

  VariantView atPosition(int position) {
    return new VariantView(metadata, value, position);
  }

  int nameId(int index) {
    return number(value, plus(at + 1 + sizeWidth(), index, idWidth()), idWidth());
  }

  /** The name of value {@code index} of an OBJECT. */
  public String name(int index) {
    return VariantNames.name(metadata, nameId(index));
  }

  /**
   * The value of an OBJECT that has that name; null where there is none.
   *
   * @param name in UTF-8
   */
  public VariantView field(byte[] name) {
    int at = find(name);
    return at < 0 ? null : item(at);
  }

  /** The index of the value of an OBJECT that has that name; -1 where there is none. */
  int find(byte[] name) {
    int low = 0;
    int high = size() - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int order = compareName(middle, name);
      if (order == 0) {
        return middle;
      }
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return -1;
  }

  /** How the name of value {@code index} of an OBJECT compares with another, in UTF-8. */
  int compareName(int index, byte[] name) {
    long range = VariantNames.range(metadata, nameId(index));
    int start = (int) (range >>> Integer.SIZE);
    return Arrays.compareUnsigned(metadata, start, (int) range, name, 0, name.length);
  }

  /** The bytes that it lies in; the caller does not change them. */
  byte[] bytes() {
    return value;
  }

  /** Where its bytes begin. */
  int start() {
    return at;
  }

  /** How many bytes it takes, those of the values inside too. */
  int length() {
    int end =
        switch (kind()) {
          case OBJECT, ARRAY -> plus(data(), offset(size()), 1);
          case TEXT, BINARY, UUID -> plus(bytesStart(), bytesLength(), 1);
          default -> at + 1 + WIDTHS[primitive()];
        };
    check(value, at, end - at);
    return end - at;
  }

  /** It alone, with the names of the variant around it. */
  public Variant toVariant() {
    return Variant.trusted(metadata, Arrays.copyOfRange(value, at, at + length()));
  }

  static int number(byte[] bytes, int at, int width) {
    long number = unsigned(bytes, at, width);
    if (number > Integer.MAX_VALUE) {
      throw ThalwegException.corrupt("a variant has a count of " + number);
    }
    return (int) number;
  }

  /** {@code from + count * width}, within what an int holds. */
  static int plus(int from, long count, int width) {
    long sum = from + count * width;
    if (sum > Integer.MAX_VALUE) {
      throw ThalwegException.corrupt("a variant has values at byte " + sum);
    }
    return (int) sum;
  }

  private static long unsigned(byte[] bytes, int at, int width) {
    check(bytes, at, width);
    long number = 0;
    for (int i = width - 1; i >= 0; i--) {
      number = (number << Byte.SIZE) | (bytes[at + i] & 0xff);
    }
    return number;
  }

  private static void check(byte[] bytes, int at, int length) {
    if (at < 0 || length < 0 || length > bytes.length - at) {
      throw ThalwegException.corrupt(
          "a variant of " + bytes.length + " bytes has " + length + " bytes at " + at);
    }
  }
}
