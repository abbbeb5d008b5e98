package io.thalweg.chaos.kafka;

import java.nio.ByteBuffer;

/** A record's value: a number of its own, and padding that the number determines. Stateless. */
final class Values {
  private Values() {}

  static byte[] encode(long value, int padding) {
    ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES + padding).putLong(value);
    for (int i = 0; i < padding; i++) {
      bytes.put(pad(value, i));
    }
    return bytes.array();
  }

  /**
   * The number.
   *
   * @throws IllegalArgumentException if the bytes are not what {@link #encode} made
   */
  static long decode(byte[] bytes) {
    if (bytes == null || bytes.length < Long.BYTES) {
      throw new IllegalArgumentException(
          "a value of " + (bytes == null ? "no" : bytes.length) + " bytes");
    }
    long value = ByteBuffer.wrap(bytes).getLong();
    for (int i = 0; i < bytes.length - Long.BYTES; i++) {
      if (bytes[Long.BYTES + i] != pad(value, i)) {
        throw new IllegalArgumentException("value " + value + " differs in byte " + i);
      }
    }
    return value;
  }

  private static byte pad(long value, int i) {
    return (byte) (value * 31 + i * 7L);
  }
}
