package io.thalweg.parquet.write;

import org.apache.arrow.vector.FieldVector;

/** A heap copy of the validity of a part of a vector. Immutable. */
final class Validity {
  private final byte[] bits;
  private final int from;

  private Validity(byte[] bits, int from) {
    this.bits = bits;
    this.from = from;
  }

  /** The validity of the values {@code [from, to)}. */
  static Validity of(FieldVector vector, int from, int to) {
    if (vector.getNullCount() == 0 || from >= to) {
      return new Validity(null, 0);
    }
    int firstByte = from >> 3;
    byte[] bits = new byte[((to + 7) >> 3) - firstByte];
    vector.getValidityBuffer().getBytes(firstByte, bits);
    return new Validity(bits, firstByte << 3);
  }

  /** Whether none is null. */
  boolean all() {
    return bits == null;
  }

  boolean isSet(int index) {
    return bits == null || (bits[(index - from) >> 3] >> (index & 7) & 1) != 0;
  }
}
