package io.thalweg.format.filter.value;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * What stands between two {@code %} of a LIKE pattern: characters, some of them any. It is found by
 * a scan that never goes back: without {@code _} over bytes, by the length of the beginning that
 * has matched; otherwise over characters, by one bit for each beginning that has matched.
 * Immutable; any thread.
 */
final class LikePiece {
  /** Stands for any one character. */
  static final int ANY = -1;

  private static final int ASCII = 128;

  private final int[] points;
  private final byte[] literal;
  private final int[] borders;
  private final long[] any;
  private final long[][] ascii;
  private final Map<Integer, long[]> others;

  /** The characters {@code points}, where {@link #ANY} stands for any one. */
  LikePiece(int[] points) {
    this.points = points;
    boolean wild = Arrays.stream(points).anyMatch(point -> point == ANY);
    this.literal =
        wild ? null : new String(points, 0, points.length).getBytes(StandardCharsets.UTF_8);
    this.borders = wild ? null : borders(literal);
    this.any = wild ? places(points, ANY) : null;
    this.ascii = wild ? new long[ASCII][] : null;
    this.others = new HashMap<>();
    for (int point : points) {
      if (wild && point >= ASCII) {
        others.put(point, places(points, point));
      } else if (wild && point >= 0) {
        ascii[point] = places(points, point);
      }
    }
  }

  /** For each beginning of {@code text} the length of its longest border: both start and end. */
  private static int[] borders(byte[] text) {
    int[] borders = new int[text.length];
    int length = 0;
    for (int i = 1; i < text.length; i++) {
      while (length > 0 && text[i] != text[length]) {
        length = borders[length - 1];
      }
      length += text[i] == text[length] ? 1 : 0;
      borders[i] = length;
    }
    return borders;
  }

  /** A bit for each place that {@code point} may stand at. */
  private static long[] places(int[] points, int point) {
    long[] bits = new long[(points.length + 63) / 64];
    for (int i = 0; i < points.length; i++) {
      if (points[i] == point || points[i] == ANY) {
        bits[i >> 6] |= 1L << i;
      }
    }
    return bits;
  }

  boolean isLiteral() {
    return literal != null;
  }

  /** Where it ends if it stands at {@code from}; -1 if it does not. */
  int end(byte[] text, int from, int to) {
    if (literal != null) {
      int end = from + literal.length;
      return end <= to && Arrays.equals(text, from, end, literal, 0, literal.length) ? end : -1;
    }
    int at = from;
    for (int point : points) {
      if (at == to || (point != ANY && point != point(text, at, to))) {
        return -1;
      }
      at = next(text, at, to);
    }
    return at;
  }

  /** Where it must begin to end at {@code to}; -1 if that is before {@code from}. */
  int startBefore(byte[] text, int from, int to) {
    if (literal != null) {
      return to - literal.length >= from ? to - literal.length : -1;
    }
    int at = to;
    for (int i = 0; i < points.length; i++) {
      if (at == from) {
        return -1;
      }
      do {
        at--;
      } while (at > from && (text[at] & 0xc0) == 0x80);
    }
    return at;
  }

  /** Where its first occurrence in {@code [from, to)} ends; -1 if there is none. */
  int find(byte[] text, int from, int to) {
    return literal != null ? findLiteral(text, from, to) : findWild(text, from, to);
  }

  private int findLiteral(byte[] text, int from, int to) {
    int matched = 0;
    for (int at = from; at < to; at++) {
      while (matched > 0 && text[at] != literal[matched]) {
        matched = borders[matched - 1];
      }
      matched += text[at] == literal[matched] ? 1 : 0;
      if (matched == literal.length) {
        return at + 1;
      }
    }
    return -1;
  }

  private int findWild(byte[] text, int from, int to) {
    long[] state = new long[any.length];
    long wanted = 1L << (points.length - 1);
    int at = from;
    while (at < to) {
      int point = point(text, at, to);
      long[] allowed = point < ASCII ? ascii[point] : others.get(point);
      allowed = allowed == null ? any : allowed;
      long carry = 1;
      for (int i = 0; i < state.length; i++) {
        long shifted = (state[i] << 1) | carry;
        carry = state[i] >>> 63;
        state[i] = shifted & allowed[i];
      }
      at = next(text, at, to);
      if ((state[state.length - 1] & wanted) != 0) {
        return at;
      }
    }
    return -1;
  }

  /** Where the character at {@code at} ends; malformed bytes never lead beyond {@code to}. */
  private static int next(byte[] text, int at, int to) {
    int lead = text[at] & 0xff;
    int length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    return Math.min(to, at + length);
  }

  private static int point(byte[] text, int at, int to) {
    int end = next(text, at, to);
    if (text[at] >= 0) {
      return text[at];
    }
    int point = text[at] & (0xff >> (end - at + 1));
    for (int i = at + 1; i < end; i++) {
      point = (point << 6) | (text[i] & 0x3f);
    }
    return Math.max(point, ASCII);
  }
}
