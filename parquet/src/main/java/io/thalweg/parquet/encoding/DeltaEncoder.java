package io.thalweg.parquet.encoding;

/** DELTA_BINARY_PACKED: blocks of 128 differences in four miniblocks. One thread. */
public final class DeltaEncoder {
  /** Differences of a block. */
  public static final int BLOCK = 128;

  private static final int MINIBLOCKS = 4;
  private static final int MINIBLOCK = BLOCK / MINIBLOCKS;
  private static final int SAMPLED_BLOCKS = 48;

  private final long[] deltas = new long[BLOCK];

  /** Appends {@code values[from, to)}; {@code narrow} for INT32, whose differences wrap there. */
  public void encode(long[] values, int from, int to, boolean narrow, ByteSink out) {
    out.varint(BLOCK);
    out.varint(MINIBLOCKS);
    out.varint(to - from);
    out.zigzag(from == to ? 0 : values[from]);
    for (int at = from + 1; at < to; at += BLOCK) {
      block(values, at, Math.min(to, at + BLOCK), narrow, out);
    }
  }

  private long difference(long[] values, int from, int to, boolean narrow) {
    long least = Long.MAX_VALUE;
    for (int i = from; i < to; i++) {
      long delta = values[i] - values[i - 1];
      delta = narrow ? (int) delta : delta;
      deltas[i - from] = delta;
      least = Math.min(least, delta);
    }
    return least;
  }

  private void block(long[] values, int from, int to, boolean narrow, ByteSink out) {
    long least = difference(values, from, to, narrow);
    int count = to - from;
    out.zigzag(least);
    byte[] into = out.reserve(MINIBLOCKS + BLOCK * 8L);
    int widthsAt = out.size();
    out.size(widthsAt + MINIBLOCKS);
    for (int mini = 0; mini < MINIBLOCKS; mini++) {
      int start = mini * MINIBLOCK;
      int end = Math.min(count, start + MINIBLOCK);
      if (start >= count) {
        into[widthsAt + mini] = 0;
        continue;
      }
      long all = 0;
      for (int i = start; i < end; i++) {
        deltas[i] = narrow ? (deltas[i] - least) & 0xffffffffL : deltas[i] - least;
        all |= deltas[i];
      }
      for (int i = end; i < start + MINIBLOCK; i++) {
        deltas[i] = 0;
      }
      int width = 64 - Long.numberOfLeadingZeros(all);
      into[widthsAt + mini] = (byte) width;
      pack(start, width, into, out.size());
      out.size(out.size() + width * (MINIBLOCK / 8));
    }
  }

  private void pack(int start, int width, byte[] into, int begin) {
    int at = begin;
    long packed = 0;
    int bits = 0;
    for (int i = start; i < start + MINIBLOCK; i++) {
      long value = deltas[i];
      packed |= value << bits;
      bits += width;
      if (bits >= 64) {
        Words.int64(into, at, packed);
        at += 8;
        bits -= 64;
        packed = bits == 0 ? 0 : value >>> (width - bits);
      }
    }
    // 32 values of any width end on a multiple of four bytes.
    if (bits > 0) {
      Words.int64(into, at, packed);
    }
  }

  /** About how many bits a value takes, from blocks spread over {@code values[0, count)}. */
  public double estimate(long[] values, int count, boolean narrow) {
    int step = Math.max(BLOCK, count / SAMPLED_BLOCKS);
    long bits = 0;
    long sampled = 0;
    for (int from = 1; from < count; from += step) {
      int to = Math.min(count, from + BLOCK);
      long least = difference(values, from, to, narrow);
      for (int start = 0; start < to - from; start += MINIBLOCK) {
        long all = 0;
        for (int i = start; i < Math.min(to - from, start + MINIBLOCK); i++) {
          all |= narrow ? (deltas[i] - least) & 0xffffffffL : deltas[i] - least;
        }
        bits += MINIBLOCK * (64L - Long.numberOfLeadingZeros(all)) + 8;
      }
      bits += Byte.SIZE * 4;
      sampled += to - from;
    }
    return sampled == 0 ? Long.SIZE : (double) bits / sampled;
  }
}
