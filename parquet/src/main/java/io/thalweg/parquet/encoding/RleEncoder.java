package io.thalweg.parquet.encoding;

/**
 * The RLE / bit-packing hybrid: runs of one value, and groups of eight values packed bit by bit.
 * Stateless.
 */
public final class RleEncoder {
  private static final int SHORT_RUN = 16;

  private RleEncoder() {}

  /** Levels, one byte each. */
  public static void levels(byte[] levels, int from, int to, int width, ByteSink out) {
    int at = from;
    while (at < to) {
      int run = levelRun(levels, at, to);
      if (run >= SHORT_RUN || run == to - at) {
        out.varint((long) run << 1);
        out.int8(levels[at]);
        at += run;
        continue;
      }
      int end = at + 8;
      while (end < to && levelRun(levels, end, Math.min(to, end + SHORT_RUN)) < SHORT_RUN) {
        end += 8;
      }
      int groups = (end - at) >> 3;
      out.varint(((long) groups << 1) | 1);
      packLevels(levels, at, Math.min(end, to), groups, width, out);
      at = end;
    }
  }

  private static int levelRun(byte[] levels, int from, int to) {
    byte first = levels[from];
    int at = from + 1;
    while (at < to && levels[at] == first) {
      at++;
    }
    return at - from;
  }

  private static void packLevels(
      byte[] levels, int from, int to, int groups, int width, ByteSink out) {
    for (int group = 0; group < groups; group++) {
      long packed = 0;
      int start = from + (group << 3);
      for (int i = 0; i < 8 && start + i < to; i++) {
        packed |= (long) levels[start + i] << (i * width);
      }
      Words.int64(out.reserve(8), out.size(), packed);
      out.size(out.size() + width);
    }
  }

  /** One run. */
  public static void run(int value, int count, int width, ByteSink out) {
    if (count == 0) {
      return;
    }
    out.varint((long) count << 1);
    for (int shift = 0; shift < width; shift += 8) {
      out.int8(value >>> shift);
    }
  }

  /** Indices of at most {@code width} bits, 1 to 31. */
  public static void indices(int[] values, int from, int to, int width, ByteSink out) {
    int at = from;
    while (at < to) {
      int run = indexRun(values, at, to);
      if (run >= SHORT_RUN || run == to - at) {
        run(values[at], run, width, out);
        at += run;
        continue;
      }
      int end = at + 8;
      while (end < to && !startsRun(values, end, to)) {
        end += 8;
      }
      int groups = (end - at) >> 3;
      out.varint(((long) groups << 1) | 1);
      packIndices(values, at, Math.min(end, to), groups, width, out);
      at = end;
    }
  }

  private static boolean startsRun(int[] values, int from, int to) {
    return from + SHORT_RUN <= to
        && values[from] == values[from + 1]
        && values[from] == values[from + 7]
        && indexRun(values, from, from + SHORT_RUN) == SHORT_RUN;
  }

  private static int indexRun(int[] values, int from, int to) {
    int first = values[from];
    int at = from + 1;
    while (at < to && values[at] == first) {
      at++;
    }
    return at - from;
  }

  private static void packIndices(
      int[] values, int from, int to, int groups, int width, ByteSink out) {
    byte[] into = out.reserve((long) groups * width);
    int at = out.size();
    long packed = 0;
    int bits = 0;
    for (int i = from; i < to; i++) {
      packed |= (long) values[i] << bits;
      bits += width;
      if (bits >= 32) {
        Words.int32(into, at, (int) packed);
        at += 4;
        packed >>>= 32;
        bits -= 32;
      }
    }
    int end = out.size() + groups * width;
    for (; at < end; at++) {
      into[at] = (byte) packed;
      packed >>>= 8;
    }
    out.size(end);
  }
}
