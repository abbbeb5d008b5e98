package io.thalweg.server.kv.rows;

import java.util.ArrayList;
import java.util.List;

/**
 * Knows the keys of a bucket by their hashes, so that nobody asks the store for a key that it does
 * not have: a filter that says of each key that was added that it may be there, and of a few in a
 * hundred others. It grows by parts, each with more room than all before it together. Owned by the
 * bucket's rows loop.
 *
 * <p>A part is a Bloom filter in blocks of one cache line (Putze, Sanders and Singler, "Cache-,
 * hash- and space-efficient Bloom filters", 2007).
 */
final class KeyFilter {
  private static final int BITS_PER_KEY = 12;
  private static final int BLOCK_LONGS = 8;
  private static final int BLOCK_BITS = 64 * BLOCK_LONGS;
  private static final int BITS_SET = 6;
  private static final int LEAST_KEYS = 64;
  private static final int MOST_KEYS = 1 << 28;
  private static final int GROWTH = 4;
  private static final long MULTIPLIER = 0x9E37_79B9_7F4A_7C15L;
  private static final long SECOND_MULTIPLIER = 0xC2B2_AE3D_27D4_EB4FL;

  private final List<Part> parts = new ArrayList<>();

  /** Blocks of bits, in pages so that no array is huge. */
  private static final class Part {
    private static final int PAGE_BLOCKS = 1 << 12;

    /** For how many keys it has room. */
    final long keys;

    final int blocks;
    private final long[][] pages;

    Part(long keys) {
      this.keys = keys;
      this.blocks = blocks(keys);
      this.pages = new long[(blocks + PAGE_BLOCKS - 1) / PAGE_BLOCKS][];
      for (int i = 0; i < pages.length; i++) {
        pages[i] = new long[Math.min(PAGE_BLOCKS, blocks - i * PAGE_BLOCKS) * BLOCK_LONGS];
      }
    }

    static int blocks(long keys) {
      return (int) (keys * BITS_PER_KEY / BLOCK_BITS) + 1;
    }

    /** The block of a hash. */
    int block(long hash) {
      return (int) (((hash >>> 32) * blocks) >>> 32);
    }

    boolean mayHold(long hash) {
      int block = block(hash);
      long[] page = pages[block / PAGE_BLOCKS];
      int at = block % PAGE_BLOCKS * BLOCK_LONGS;
      long bits = hash * SECOND_MULTIPLIER;
      for (int i = 0; i < BITS_SET; i++) {
        int bit = (int) (bits >>> (10 * i + 4)) & (BLOCK_BITS - 1);
        if ((page[at + (bit >>> 6)] & 1L << bit) == 0) {
          return false;
        }
      }
      return true;
    }

    void add(long hash) {
      int block = block(hash);
      long[] page = pages[block / PAGE_BLOCKS];
      int at = block % PAGE_BLOCKS * BLOCK_LONGS;
      long bits = hash * SECOND_MULTIPLIER;
      for (int i = 0; i < BITS_SET; i++) {
        int bit = (int) (bits >>> (10 * i + 4)) & (BLOCK_BITS - 1);
        page[at + (bit >>> 6)] |= 1L << bit;
      }
    }
  }

  private final long firstKeys;
  private Part last;
  private long left;

  /** A filter without keys, of which about {@code keys} are expected first. */
  KeyFilter(long keys) {
    this.firstKeys = Math.max(LEAST_KEYS, Math.min(MOST_KEYS, keys));
  }

  /** How many bytes the next {@link #add} takes. */
  long growth() {
    return left > 0 ? 0 : (long) Part.blocks(nextKeys()) * BLOCK_LONGS * Long.BYTES;
  }

  private long nextKeys() {
    return last == null ? firstKeys : Math.min(MOST_KEYS, GROWTH * last.keys);
  }

  /** Adds a key. */
  void add(int hash) {
    long mixed = mixed(hash);
    if (mayHoldMixed(mixed)) {
      return;
    }
    if (left == 0) {
      last = new Part(nextKeys());
      parts.add(last);
      left = last.keys;
    }
    last.add(mixed);
    left--;
  }

  /** Whether a key may be among those that were added. */
  boolean mayHold(int hash) {
    return mayHoldMixed(mixed(hash));
  }

  private boolean mayHoldMixed(long mixed) {
    for (int i = parts.size() - 1; i >= 0; i--) {
      if (parts.get(i).mayHold(mixed)) {
        return true;
      }
    }
    return false;
  }

  /** How many bytes it takes. */
  long bytes() {
    long bytes = 0;
    for (Part part : parts) {
      bytes += (long) part.blocks * BLOCK_LONGS * Long.BYTES;
    }
    return bytes;
  }

  private static long mixed(int hash) {
    long mixed = (hash & 0xffff_ffffL) * MULTIPLIER;
    mixed ^= mixed >>> 29;
    return mixed * SECOND_MULTIPLIER;
  }
}
