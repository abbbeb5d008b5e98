package io.thalweg.objectstore;

import io.thalweg.objectstore.ObjectStore.MultipartUpload;
import io.thalweg.objectstore.ObjectStoreException.Kind;
import java.util.List;
import java.util.SortedMap;

/**
 * Checks arguments for every store before it does anything, so that a call that works on one store
 * works on all. Each check throws {@code INVALID}. Stateless; any thread.
 *
 * <p>A key is {@code /}-separated segments of 1 to {@value #MAX_SEGMENT_LENGTH} characters of
 * {@code [A-Za-z0-9._=-]} that do not begin with a dot. It is all ASCII, so comparing strings
 * compares their UTF-8 bytes.
 */
public final class ObjectStoreArguments {
  /** Longest segment of a key, in characters. */
  public static final int MAX_SEGMENT_LENGTH = 200;

  /** Highest number of a part. */
  public static final int MAX_PART_NUMBER = 10_000;

  private ObjectStoreArguments() {}

  /** Checks that {@code key} can name an object. */
  public static void checkKey(String operation, String key) {
    String wrong = key.isEmpty() ? "is empty" : wrongWith(key, false);
    if (wrong != null) {
      throw invalid(operation, "key '" + shown(key) + "' " + wrong);
    }
  }

  /** Checks that some key can start with {@code prefix}; the empty prefix matches every key. */
  public static void checkPrefix(String operation, String prefix) {
    String wrong = wrongWith(prefix, true);
    if (wrong != null) {
      throw invalid(operation, "prefix '" + shown(prefix) + "' " + wrong);
    }
  }

  /** Checks a listing's prefix and limit. */
  public static void checkList(String prefix, int limit) {
    checkPrefix("list", prefix);
    if (limit < 1 || limit > ObjectStore.MAX_BATCH) {
      throw invalid("list", "limit " + limit + " is not within 1 to " + ObjectStore.MAX_BATCH);
    }
  }

  /** Checks that a deletion's keys are valid and not too many. */
  public static void checkDelete(List<String> keys) {
    if (keys.size() > ObjectStore.MAX_BATCH) {
      throw invalid(
          "delete",
          keys.size() + " keys are more than " + ObjectStore.MAX_BATCH + "; delete in batches");
    }
    keys.forEach(key -> checkKey("delete", key));
  }

  /**
   * Checks that a range can lie within some object; {@link #checkRangeWithin} checks it against the
   * object's size.
   */
  public static void checkRange(String key, long offset, int length) {
    checkKey("get", key);
    if (offset < 0 || length < 0) {
      throw invalid(
          "get", "range of " + length + " bytes from " + offset + " of '" + key + "' is negative");
    }
  }

  /** Checks that a range lies within an object of {@code size} bytes. */
  public static void checkRangeWithin(String key, long size, long offset, int length) {
    if (offset > size || length > size - offset) {
      throw invalid(
          "get",
          "range of %d bytes from %d does not lie within '%s', which has %d bytes"
              .formatted(length, offset, key, size));
    }
  }

  /** Checks that a part's number is possible. */
  public static void checkPart(String key, int number) {
    if (number < 1 || number > MAX_PART_NUMBER) {
      throw invalid(
          "part", "number " + number + " for '" + key + "' is not within 1 to " + MAX_PART_NUMBER);
    }
  }

  /**
   * Checks that parts make up an object: at least one, numbered without a gap, and all but the last
   * of {@link MultipartUpload#MIN_PART} bytes or more.
   *
   * @param sizes the parts that arrived, size by number
   * @param highestBegun the highest number for which the caller ever sent a part
   */
  public static void checkParts(String key, SortedMap<Integer, Long> sizes, int highestBegun) {
    int last = Math.max(1, highestBegun);
    for (int number = 1; number <= last; number++) {
      Long size = sizes.get(number);
      if (size == null) {
        throw invalid(
            "complete",
            "part %d of '%s' is missing; send it and wait for it first".formatted(number, key));
      }
      if (number < last && size < MultipartUpload.MIN_PART) {
        throw invalid(
            "complete",
            "part %d of '%s' has %d bytes; every part but the last needs at least %d"
                .formatted(number, key, size, MultipartUpload.MIN_PART));
      }
    }
  }

  /** Whether {@code name} can be a segment of a key. */
  public static boolean isSegment(String name) {
    return !name.isEmpty() && wrongWithSegment(name) == null;
  }

  /** Whether {@code text} can name an object. */
  public static boolean isKey(String text) {
    return !text.isEmpty() && wrongWith(text, false) == null;
  }

  /** An {@code INVALID} failure of {@code operation}. */
  public static ObjectStoreException invalid(String operation, String what) {
    return new ObjectStoreException(Kind.INVALID, operation + ": " + what);
  }

  private static String wrongWith(String text, boolean lastMayBeEmpty) {
    if (text.length() > ObjectStore.MAX_KEY_LENGTH) {
      return "has " + text.length() + " characters, more than " + ObjectStore.MAX_KEY_LENGTH;
    }
    for (int start = 0; start <= text.length(); ) {
      int slash = text.indexOf('/', start);
      int end = slash < 0 ? text.length() : slash;
      if (start == end && !(lastMayBeEmpty && slash < 0)) {
        return "has an empty segment at character " + start;
      }
      String wrong = wrongWithSegment(text.substring(start, end));
      if (wrong != null) {
        return wrong;
      }
      start = end + 1;
    }
    return null;
  }

  private static String wrongWithSegment(String segment) {
    if (segment.length() > MAX_SEGMENT_LENGTH) {
      return "has a segment of "
          + segment.length()
          + " characters, more than "
          + MAX_SEGMENT_LENGTH;
    }
    if (segment.startsWith(".")) {
      return "has a segment that begins with a dot";
    }
    for (int i = 0; i < segment.length(); i++) {
      char c = segment.charAt(i);
      boolean allowed =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || "._=-".indexOf(c) >= 0;
      if (!allowed) {
        return "has character U+%04X; allowed are A-Z a-z 0-9 . _ = - and / between segments"
            .formatted((int) c);
      }
    }
    return null;
  }

  /** Bounded, and free of control characters, so that a message can be logged as it is. */
  private static String shown(String text) {
    StringBuilder shown = new StringBuilder();
    for (int i = 0; i < Math.min(text.length(), 80); i++) {
      char c = text.charAt(i);
      shown.append(c >= ' ' && c <= '~' ? c : '?');
    }
    return text.length() > 80 ? shown + "..." : shown.toString();
  }
}
