package io.thalweg.server.stats;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.datasketches.theta.UpdateSketch;

/**
 * Counts the distinct values of one column of a segment while it is written. One thread at a time.
 */
final class ColumnSketch {
  /** About how many bytes of memory it takes at most. */
  static final int MEMORY = 28 << 10;

  private static final int RECENT = 1024;

  private final UpdateSketch sketch = Sketched.empty();
  private final long[] recent = new long[RECENT];
  private long theta = sketch.getThetaLong();

  /** Counts a value of at most eight bytes: the lowest {@code width} ones of {@code word}. */
  void add(long word, int width) {
    if (changes(ThetaHash.of(word, width))) {
      byte[] value = new byte[width];
      for (int i = 0; i < width; i++) {
        value[i] = (byte) (word >>> (i << 3));
      }
      update(value);
    }
  }

  /** Counts a value of any length. An empty one is not counted, as by Iceberg's writers. */
  void add(ByteBuffer bytes, int from, int length) {
    if (length > 0 && changes(ThetaHash.of(bytes, from, length))) {
      byte[] value = new byte[length];
      bytes.get(from, value);
      update(value);
    }
  }

  /** Counts a value of any length. */
  void add(byte[] value) {
    add(ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN), 0, value.length);
  }

  /**
   * Whether a value with that hash may change the sketch. Two values with one hash are one value
   * for the sketch itself.
   */
  private boolean changes(long hash) {
    int slot = (int) hash & (RECENT - 1);
    if (hash >= theta || recent[slot] == hash) {
      return false;
    }
    recent[slot] = hash;
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
