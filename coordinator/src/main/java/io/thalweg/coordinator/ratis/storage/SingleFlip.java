package io.thalweg.coordinator.ratis.storage;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * Says whether a single flipped bit explains why bytes do not match their CRC32C: then they were
 * whole once. Stateless.
 */
final class SingleFlip {
  /** The polynomial, reflected. */
  private static final int POLYNOMIAL = 0x82f63b78;

  private SingleFlip() {}

  /** Whether {@code bytes} and {@code stored} differ from a right pair by exactly one bit. */
  static boolean explains(ByteBuffer bytes, int stored) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.duplicate());
    int difference = (int) crc.getValue() ^ stored;
    if (difference == 0) {
      return false;
    }
    if (Integer.bitCount(difference) == 1) {
      return true; // in the checksum itself
    }
    int[] change = new int[8];
    for (int bit = 0; bit < 8; bit++) {
      change[bit] = shifted(1 << bit);
    }
    // The effect of a flip in the byte at this distance from the end, from the last byte to the
    // first.
    for (int left = bytes.remaining(); left > 0; left--) {
      for (int bit = 0; bit < 8; bit++) {
        if (change[bit] == difference) {
          return true;
        }
        change[bit] = (change[bit] >>> 8) ^ shifted(change[bit] & 0xff);
      }
    }
    return false;
  }

  private static int shifted(int octet) {
    return TABLE[octet];
  }

  private static final int[] TABLE = table();

  private static int[] table() {
    int[] table = new int[256];
    for (int i = 0; i < 256; i++) {
      int value = i;
      for (int bit = 0; bit < 8; bit++) {
        value = (value & 1) == 0 ? value >>> 1 : (value >>> 1) ^ POLYNOMIAL;
      }
      table[i] = value;
    }
    return table;
  }
}
