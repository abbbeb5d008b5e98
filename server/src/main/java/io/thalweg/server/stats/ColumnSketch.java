package io.thalweg.server.stats;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.datasketches.theta.UpdateSketch;

/**
 * Counts the distinct values of one column of a segment while it is written. One thread at a time.
 *
 * <p>While there are few distinct values, each value is looked for among those of late; once there
 * are many, the sketch wants few hashes. Both ways nearly every value is passed over at once.
 */
final class ColumnSketch {
  /** About how many bytes of memory it takes at most. */
  static final int MEMORY = 36 << 10;

  private static final int SLOT_BITS = 10;
  private static final int SLOTS = 1 << SLOT_BITS;

  /** 2^64 divided by the golden ratio: spreads numbers over the slots. */
  private static final long SPREAD = 0x9e3779b97f4a7c15L;

  /** Bytes of a value that can be told from any other by one number with its length. */
  private static final int MAX_SHORT = 7;

  private final UpdateSketch sketch = Sketched.empty();
  private final long[] hashes = new long[SLOTS];
  private final long[] words = new long[SLOTS];
  private long theta = sketch.getThetaLong();

  /** A sketch of no values. */
  ColumnSketch() {
    // No slot holds a number that belongs there: 0 belongs to the first, 1 to another.
    words[0] = 1;
  }

  /**
   * Counts values of at most eight bytes.
   *
   * @param values the lowest {@code width} bytes of each of the first {@code count}
   */
  void add(long[] values, int count, int width) {
    if (isExact()) {
      for (int i = 0; i < count; i++) {
        if (isNew(values[i])) {
          offer(ThetaHash.of(values[i], width), values[i], width);
        }
      }
      return;
    }
    for (int i = 0; i < count; i++) {
      long hash = ThetaHash.of(values[i], width);
      if (hash < theta) {
        offer(hash, values[i], width);
      }
    }
  }

  /** Counts a value of at most eight bytes: the lowest {@code width} ones of {@code word}. */
  void add(long word, int width) {
    offer(ThetaHash.of(word, width), word, width);
  }

  /**
   * Counts a value of any length. An empty one is not counted, as by Iceberg's writers.
   *
   * @param bytes little-endian
   */
  void add(ByteBuffer bytes, int from, int length) {
    if (length <= MAX_SHORT) {
      if (length > 0) {
        addShort(ThetaHash.word(bytes, from, length), length);
      }
      return;
    }
    long hash = ThetaHash.of(bytes, from, length);
    if (changes(hash)) {
      byte[] value = new byte[length];
      bytes.get(from, value);
      update(value);
    }
  }

  private void addShort(long word, int length) {
    if (!isExact() || isNew(word | (long) length << (Byte.SIZE * MAX_SHORT))) {
      offer(ThetaHash.of(word, length), word, length);
    }
  }

  /** Counts a value of any length. */
  void add(byte[] value) {
    add(ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN), 0, value.length);
  }

  /** Whether the sketch still holds every value that it was given. */
  private boolean isExact() {
    return theta == Long.MAX_VALUE;
  }

  /** Whether the number is not among those of late; it is from now on. */
  private boolean isNew(long number) {
    int slot = (int) ((number * SPREAD) >>> (Long.SIZE - SLOT_BITS));
    if (words[slot] == number) {
      return false;
    }
    words[slot] = number;
    return true;
  }

  private void offer(long hash, long word, int width) {
    if (changes(hash)) {
      byte[] value = new byte[width];
      for (int i = 0; i < width; i++) {
        value[i] = (byte) (word >>> (i << 3));
      }
      update(value);
    }
  }

  /**
   * Whether a value with that hash may change the sketch. Two values with one hash are one value
   * for the sketch itself.
   */
  private boolean changes(long hash) {
    int slot = (int) hash & (SLOTS - 1);
    if (hash >= theta || hashes[slot] == hash) {
      return false;
    }
    hashes[slot] = hash;
    return true;
  }

  private void update(byte[] value) {
    sketch.update(value);
    theta = sketch.getThetaLong();
  }

  /** The sketch's durable bytes. */
  byte[] toBytes() {
    return sketch.compact(true, null).toByteArray();
  }
}
