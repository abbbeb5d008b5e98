package io.thalweg.format.batch;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The hash of a value in a bucket key, if the table does not say another {@link BucketFunction}.
 *
 * <p>It is MurmurHash3 x86 32 bits, seed 0, of the value's bytes: integers, dates, times and
 * timestamps (in their Arrow unit) as 8 bytes little-endian; strings as UTF-8; bytes as they are;
 * decimals as the shortest two's complement big-endian unscaled value. So a key of one column
 * hashes as Iceberg's bucket transform does (for timestamps: those in microseconds).
 */
final class BucketHash {
  private BucketHash() {}

  /** The hash of an integer, a date, a time or a timestamp in its Arrow unit. */
  static int of(long value) {
    int hash = Integer.rotateLeft(mixed((int) value), 13) * 5 + 0xe6546b64;
    hash = Integer.rotateLeft(hash ^ mixed((int) (value >>> 32)), 13) * 5 + 0xe6546b64;
    return end(hash, Long.BYTES);
  }

  /** MurmurHash3 (Austin Appleby, public domain), x86 32 bits, seed 0. */
  static int murmur3(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int hash = 0;
    while (in.remaining() >= 4) {
      hash = Integer.rotateLeft(hash ^ mixed(in.getInt()), 13) * 5 + 0xe6546b64;
    }
    int rest = 0;
    for (int shift = 0; in.hasRemaining(); shift += 8) {
      rest |= (in.get() & 0xff) << shift;
    }
    return end(hash ^ mixed(rest), bytes.length);
  }

  private static int end(int mixed, int length) {
    int hash = mixed ^ length;
    hash = (hash ^ (hash >>> 16)) * 0x85ebca6b;
    hash = (hash ^ (hash >>> 13)) * 0xc2b2ae35;
    return hash ^ (hash >>> 16);
  }

  private static int mixed(int block) {
    return Integer.rotateLeft(block * 0xcc9e2d51, 15) * 0x1b873593;
  }
}
