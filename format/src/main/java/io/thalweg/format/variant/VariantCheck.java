package io.thalweg.format.variant;

import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.Utf8;
import java.math.BigInteger;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Checks bytes from outside that say they are a variant: every position, count, name and text. Each
 * byte belongs to exactly one value, so a check takes time in proportion to the bytes. One use, one
 * thread.
 */
public final class VariantCheck {
  /** Most levels of objects and arrays within each other. */
  public static final int MAX_DEPTH = 100;

  /** Most bytes that metadata and value have together. */
  public static final int MAX_BYTES = 1 << 20;

  private static final long DAY_MICROS = 86_400_000_000L;
  private static final int MAX_DIGITS = 38;
  private static final BigInteger DECIMAL16_END = BigInteger.TEN.pow(MAX_DIGITS);

  private final byte[] metadata;
  private final byte[] value;

  /** The place of each name among the names in order; null until an object needs them. */
  private int[] ranks;

  private VariantCheck(byte[] metadata, byte[] value) {
    this.metadata = metadata;
    this.value = value;
  }

  /** Refuses bytes that are no variant or pass a limit. */
  public static void check(byte[] metadata, byte[] value) throws VariantException {
    checkSize((long) metadata.length + value.length);
    VariantCheck check = new VariantCheck(metadata, value);
    try {
      check.names();
      check.value(new VariantView(metadata, value), value.length, 0);
    } catch (ThalwegException outside) {
      throw new VariantException(outside.getMessage());
    }
  }

  /** Refuses a variant of more bytes than the limit. */
  public static void checkSize(long bytes) throws VariantException {
    if (bytes > MAX_BYTES) {
      throw new VariantException(
          "a variant takes at most " + MAX_BYTES + " bytes, this one takes more: " + bytes);
    }
  }

  static void checkDepth(int depth) throws VariantException {
    if (depth > MAX_DEPTH) {
      throw new VariantException(
          "a variant has at most "
              + MAX_DEPTH
              + " objects and arrays within each other, this one has "
              + depth
              + " or more");
    }
  }

  private void names() throws VariantException {
    int header = VariantView.number(metadata, 0, 1);
    if ((header & 0xf) != VariantNames.VERSION) {
      throw new VariantException(
          "a variant's metadata has version " + (header & 0xf) + "; 1 is known here");
    }
    int count = VariantNames.count(metadata);
    int data = VariantNames.data(metadata);
    if (data > metadata.length
        || VariantNames.offset(metadata, 0) != 0
        || VariantNames.offset(metadata, count) != metadata.length - data) {
      throw new VariantException("a variant's names do not fill its metadata");
    }
    for (int id = 0; id < count; id++) {
      long range = VariantNames.range(metadata, id);
      int start = (int) (range >>> Integer.SIZE);
      text("a variant's name", metadata, start, (int) range);
      if (id > 0 && (header & VariantNames.SORTED) != 0 && order(id - 1, id) >= 0) {
        throw new VariantException("a variant says that its names are sorted, but they are not");
      }
    }
  }

  /**
   * The place of a name; equal names have the same. Names are compared once for all objects: many
   * small ones may have the same long names.
   */
  private int rank(int id) {
    VariantNames.range(metadata, id);
    if ((VariantView.number(metadata, 0, 1) & VariantNames.SORTED) != 0) {
      return id;
    }
    if (ranks == null) {
      List<Integer> ids = new ArrayList<>();
      for (int each = 0; each < VariantNames.count(metadata); each++) {
        ids.add(each);
      }
      ids.sort(this::order);
      ranks = new int[ids.size()];
      for (int i = 1; i < ranks.length; i++) {
        int before = ids.get(i - 1);
        ranks[ids.get(i)] = ranks[before] + (order(before, ids.get(i)) == 0 ? 0 : 1);
      }
    }
    return ranks[id];
  }

  private int order(int first, int second) {
    long a = VariantNames.range(metadata, first);
    long b = VariantNames.range(metadata, second);
    return Arrays.compareUnsigned(
        metadata,
        (int) (a >>> Integer.SIZE),
        (int) a,
        metadata,
        (int) (b >>> Integer.SIZE),
        (int) b);
  }

  /** Checks a value that ends at {@code end}. */
  private void value(VariantView view, int end, int depth) throws VariantException {
    if (view.start() + (long) view.length() != end) {
      throw new VariantException(
          "a variant's value at byte " + view.start() + " does not end where the next begins");
    }
    switch (view.kind()) {
      case OBJECT, ARRAY -> inside(view, end, depth + 1);
      case TEXT -> text("a text", value, view.bytesStart(), view.bytesStart() + view.bytesLength());
      case DECIMAL -> {
        if (view.scale() > MAX_DIGITS
            || view.asDecimal().unscaledValue().abs().compareTo(DECIMAL16_END) >= 0) {
          throw new VariantException("a variant's decimal has more than 38 digits");
        }
      }
      case TIME -> {
        if (view.asLong() < 0 || view.asLong() >= DAY_MICROS) {
          throw new VariantException(
              "a variant has a time of day of " + view.asLong() + " microseconds");
        }
      }
      default -> {
        // Every bit pattern is a value.
      }
    }
  }

  private void inside(VariantView view, int end, int depth) throws VariantException {
    checkDepth(depth);
    int count = view.size();
    int data = view.data();
    if (data > end) {
      throw new VariantException("a variant has an object or array of " + count + " values");
    }
    boolean object = view.kind() == VariantKind.OBJECT;
    int[] offsets = new int[count + 1];
    for (int i = 0; i <= count; i++) {
      offsets[i] = view.offset(i);
      if (object && i > 0 && i < count && rank(view.nameId(i - 1)) >= rank(view.nameId(i))) {
        throw new VariantException("a variant has an object whose names are not sorted or repeat");
      }
    }
    if (object) {
      if (count == 1) {
        rank(view.nameId(0));
      }
      // The values of an object lie in any order.
      Arrays.sort(offsets, 0, count);
    }
    if (offsets[0] != 0 || offsets[count] != end - data) {
      throw new VariantException("a variant's values do not fill their object or array");
    }
    for (int i = 0; i < count; i++) {
      if (offsets[i] >= offsets[i + 1]) {
        throw new VariantException("a variant has values that overlap");
      }
      value(view.atPosition(data + offsets[i]), data + offsets[i + 1], depth);
    }
  }

  private static void text(String what, byte[] bytes, int start, int end) throws VariantException {
    for (int i = start; i < end; i++) {
      if (bytes[i] < 0) {
        try {
          Utf8.text(Arrays.copyOfRange(bytes, start, end));
        } catch (CharacterCodingException malformed) {
          throw new VariantException(what + " is not UTF-8");
        }
        return;
      }
    }
  }
}
