package io.thalweg.node;

import java.security.SecureRandom;
import java.util.HexFormat;

/** Draws unique random names and seeds. Stateless. */
final class Nonce {
  private static final int BYTES = 16;

  private Nonce() {}

  /** 32 hexadecimal digits. */
  static String draw() {
    byte[] bytes = new byte[BYTES];
    new SecureRandom().nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  /** A seed for numbers that nobody else comes upon. */
  static long seed() {
    return new SecureRandom().nextLong();
  }
}
