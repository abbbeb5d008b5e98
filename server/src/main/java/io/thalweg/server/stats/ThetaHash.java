package io.thalweg.server.stats;

import java.nio.ByteBuffer;

/**
 * The hash by which a Theta sketch of Apache DataSketches knows a value: the first 63 bits of
 * MurmurHash3 (Austin Appleby, public domain), x64, 128 bits, with the seed 9001. Stateless.
 *
 * <p>The library computes it too, but needs an array for each value and does not show it. With the
 * hash in hand, a value that changes nothing, which is nearly every one, is passed over at once.
 */
final class ThetaHash {
  private static final long SEED = 9001;
  private static final long C1 = 0x87c37b91114253d5L;
  private static final long C2 = 0x4cf5ad432745937fL;
  private static final int BLOCK = 16;

  private ThetaHash() {}

  /** The hash of the lowest {@code width} bytes of {@code word}, from 1 to 8. */
  static long of(long word, int width) {
    return end(SEED ^ first(word & -1L >>> (Long.SIZE - (width << 3))), SEED, width);
  }

  /**
   * The hash of bytes.
   *
   * @param bytes little-endian
   * @param from the place of the first byte
   */
  static long of(ByteBuffer bytes, int from, int length) {
    long h1 = SEED;
    long h2 = SEED;
    int at = from;
    int end = from + length;
    for (; end - at >= BLOCK; at += BLOCK) {
      h1 ^= first(bytes.getLong(at));
      h1 = (Long.rotateLeft(h1, 27) + h2) * 5 + 0x52dce729;
      h2 ^= second(bytes.getLong(at + Long.BYTES));
      h2 = (Long.rotateLeft(h2, 31) + h1) * 5 + 0x38495ab5;
    }
    int rest = end - at;
    if (rest > Long.BYTES) {
      h2 ^= second(word(bytes, at + Long.BYTES, rest - Long.BYTES));
    }
    if (rest > 0) {
      h1 ^= first(word(bytes, at, Math.min(rest, Long.BYTES)));
    }
    return end(h1, h2, length);
  }

  /** From 1 to 8 bytes as a number, the first byte the lowest. */
  static long word(ByteBuffer bytes, int from, int length) {
    if (from + Long.BYTES <= bytes.limit()) {
      return bytes.getLong(from) & -1L >>> (Long.SIZE - (length << 3));
    }
    long word = 0;
    for (int i = length - 1; i >= 0; i--) {
      word = word << 8 | (bytes.get(from + i) & 0xff);
    }
    return word;
  }

  private static long first(long k1) {
    return Long.rotateLeft(k1 * C1, 31) * C2;
  }

  private static long second(long k2) {
    return Long.rotateLeft(k2 * C2, 33) * C1;
  }

  private static long end(long h1, long h2, int length) {
    long a = h1 ^ length;
    long b = h2 ^ length;
    a += b;
    b += a;
    return (mixed(a) + mixed(b)) >>> 1;
  }

  private static long mixed(long value) {
    long mixed = value;
    mixed ^= mixed >>> 33;
    mixed *= 0xff51afd7ed558ccdL;
    mixed ^= mixed >>> 33;
    mixed *= 0xc4ceb9fe1a85ec53L;
    return mixed ^ mixed >>> 33;
  }
}
