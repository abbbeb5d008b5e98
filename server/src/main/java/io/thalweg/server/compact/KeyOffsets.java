package io.thalweg.server.compact;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/**
 * The newest offset of each of many keys. It holds 128 bits of a hash instead of a key, so that two
 * keys are taken for one about never: among a billion keys with a chance of 1 in 10^20. One thread.
 */
final class KeyOffsets {
  private static final int WORDS = 3;
  private static final int FIRST_SLOTS = 1 << 10;

  private final MessageDigest md5;
  private long[] slots = empty(FIRST_SLOTS);
  private int size;

  /** Offsets of no key. */
  KeyOffsets() {
    try {
      md5 = MessageDigest.getInstance("MD5");
    } catch (NoSuchAlgorithmException everyJdkHasIt) {
      throw new IllegalStateException(everyJdkHasIt);
    }
  }

  private static long[] empty(int count) {
    long[] slots = new long[WORDS * count];
    Arrays.fill(slots, -1);
    return slots;
  }

  /** Notes that the record at {@code offset} has that key. Later ones come later. */
  void add(ByteBuffer key, long offset) {
    if (2L * WORDS * (size + 1) > slots.length) {
      grow();
    }
    ByteBuffer hash = hash(key);
    int at = find(hash.getLong(0), hash.getLong(Long.BYTES));
    size += slots[at + 2] < 0 ? 1 : 0;
    slots[at] = hash.getLong(0);
    slots[at + 1] = hash.getLong(Long.BYTES);
    slots[at + 2] = offset;
  }

  /** The newest offset of the key; -1 if it is not among them. */
  long newest(ByteBuffer key) {
    ByteBuffer hash = hash(key);
    return slots[find(hash.getLong(0), hash.getLong(Long.BYTES)) + 2];
  }

  private ByteBuffer hash(ByteBuffer key) {
    md5.update(key.duplicate());
    return ByteBuffer.wrap(md5.digest());
  }

  /** The place of the key, or the free one where it would be. */
  private int find(long high, long low) {
    int count = slots.length / WORDS;
    int slot = (int) Math.floorMod(high, (long) count);
    while (true) {
      int at = WORDS * slot;
      if (slots[at + 2] < 0 || (slots[at] == high && slots[at + 1] == low)) {
        return at;
      }
      slot = slot + 1 == count ? 0 : slot + 1;
    }
  }

  private void grow() {
    long[] old = slots;
    slots = empty(Math.toIntExact(2L * old.length / WORDS));
    for (int i = 0; i < old.length; i += WORDS) {
      if (old[i + 2] >= 0) {
        System.arraycopy(old, i, slots, find(old[i], old[i + 1]), WORDS);
      }
    }
  }

  /** How many keys. */
  int size() {
    return size;
  }

  /** Bytes that it takes. */
  long bytes() {
    return (long) Long.BYTES * slots.length;
  }
}
