package io.thalweg.format.filter.value;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.Utf8;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A pattern of LIKE, cut at each {@code %} into pieces that a text must hold one behind the other.
 * Each byte of a text is looked at a bounded number of times, whatever the pattern. Immutable; any
 * thread.
 */
public final class LikePattern {
  /** Most characters of a pattern. */
  public static final int MAX_LENGTH = 1_000;

  private static final int MANY = -2;

  private final List<LikePiece> pieces;
  private final byte[] prefix;
  private final boolean prefixOnly;

  private LikePattern(List<LikePiece> pieces, byte[] prefix, boolean prefixOnly) {
    this.pieces = pieces;
    this.prefix = prefix;
    this.prefixOnly = prefixOnly;
  }

  /**
   * Reads {@code pattern}; INVALID_FILTER where it breaks a rule of the package text.
   *
   * @param escape one character that makes {@code %}, {@code _} and itself stand for themselves
   */
  public static LikePattern of(String pattern, Optional<String> escape) {
    if (!Utf8.carries(pattern)) {
      throw invalid("a LIKE pattern is not Unicode: it holds half of a surrogate pair");
    }
    int[] points = points(pattern, escapeOf(escape));
    int literal = 0;
    while (literal < points.length && points[literal] >= 0) {
      literal++;
    }
    byte[] prefix = new String(points, 0, literal).getBytes(StandardCharsets.UTF_8);
    List<LikePiece> pieces = new ArrayList<>();
    int start = 0;
    for (int i = 0; i <= points.length; i++) {
      boolean ends = i == points.length;
      if (!ends && points[i] != MANY) {
        continue;
      }
      // An empty piece says something at the ends only: that nothing must stand there.
      if (i > start || start == 0 || ends) {
        pieces.add(new LikePiece(Arrays.copyOfRange(points, start, i)));
      }
      start = i + 1;
    }
    boolean manyOnly = Arrays.stream(points, literal, points.length).allMatch(p -> p == MANY);
    return new LikePattern(List.copyOf(pieces), prefix, manyOnly && literal < points.length);
  }

  private static ThalwegException invalid(String message) {
    return new ThalwegException(ErrorCode.INVALID_FILTER, message);
  }

  private static int escapeOf(Optional<String> escape) {
    if (escape.isEmpty()) {
      return -1;
    }
    String text = escape.get();
    if (text.isEmpty() || text.codePointCount(0, text.length()) != 1 || !Utf8.carries(text)) {
      throw invalid("ESCAPE takes one character");
    }
    return text.codePointAt(0);
  }

  private static int[] points(String pattern, int escape) {
    int[] given = pattern.codePoints().toArray();
    if (given.length > MAX_LENGTH) {
      throw invalid(
          "a LIKE pattern has " + given.length + " characters, over the limit of " + MAX_LENGTH);
    }
    int[] points = new int[given.length];
    int count = 0;
    for (int i = 0; i < given.length; i++) {
      int point = given[i];
      if (point == escape) {
        i++;
        if (i == given.length || (given[i] != '%' && given[i] != '_' && given[i] != escape)) {
          throw invalid("in a LIKE pattern the escape character stands before %, _ or itself only");
        }
        points[count++] = given[i];
      } else {
        points[count++] = point == '%' ? MANY : point == '_' ? LikePiece.ANY : point;
      }
    }
    return Arrays.copyOf(points, count);
  }

  /** The UTF-8 bytes that each match begins with: what stands before the first wildcard. */
  public byte[] prefix() {
    return prefix;
  }

  /** Whether it has no wildcard, so that it matches its {@link #prefix} only. */
  public boolean isLiteral() {
    return pieces.size() == 1 && pieces.get(0).isLiteral();
  }

  /** Whether it matches each text that begins with its {@link #prefix}. */
  public boolean isPrefix() {
    return prefixOnly;
  }

  /** Whether the UTF-8 in {@code text} matches. */
  public boolean matches(byte[] text) {
    int at = pieces.get(0).end(text, 0, text.length);
    int last = pieces.size() - 1;
    if (last == 0 || at < 0) {
      return at == text.length;
    }
    int tail = pieces.get(last).startBefore(text, at, text.length);
    if (tail < 0 || pieces.get(last).end(text, tail, text.length) < 0) {
      return false;
    }
    for (int i = 1; i < last && at >= 0; i++) {
      at = pieces.get(i).find(text, at, tail);
    }
    return at >= 0;
  }
}
