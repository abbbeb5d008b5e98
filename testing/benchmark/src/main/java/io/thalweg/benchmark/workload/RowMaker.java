package io.thalweg.benchmark.workload;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Makes the values of rows. A row's payload is a piece of a long random text, so that a batch holds
 * hardly any text twice and a compressing system gains what random letters allow. Seeded;
 * immutable.
 */
final class RowMaker {
  private static final int TEXT = 32 << 20;
  private static final List<String> KINDS =
      List.of("view", "click", "search", "order", "pay", "ship", "return", "rate");

  private final String text;
  private final int payload;

  /** Makes payloads of so many bytes. */
  RowMaker(int payload) {
    byte[] letters = new byte[TEXT + payload];
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < letters.length; i++) {
      letters[i] = (byte) ('a' + random.nextInt(26));
    }
    this.text = new String(letters, StandardCharsets.US_ASCII);
    this.payload = payload;
  }

  static String kind(long id) {
    return KINDS.get((int) (id % KINDS.size()));
  }

  /** The payload of the {@code version}th row with this id. */
  String payload(long id, long version) {
    int begin = (int) ((id * 0x9E3779B97F4A7C15L + version * 0xD1B54A32D192ED03L) >>> 39);
    return text.substring(begin, begin + payload);
  }
}
