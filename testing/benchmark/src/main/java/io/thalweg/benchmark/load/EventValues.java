package io.thalweg.benchmark.load;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/**
 * Makes values of records that all have the same size: JSON texts with a number, a random trace id
 * and as many events of a web shop as fit, so that they compress as such texts do. The texts are
 * made beforehand and taken in turns, since the driver's work takes cores from the servers; only
 * the number differs between two values of the same text. Immutable; any thread.
 */
public final class EventValues {
  private static final String BEGIN = "{\"number\":";
  private static final int DIGITS = 12;
  private static final int FIRST_DIGIT = BEGIN.length() + 1;
  private static final int LEAST_BYTES = 640;

  private final byte[][] texts;

  /** Makes so many texts of so many bytes. */
  public EventValues(int texts, int bytes) {
    if (bytes < LEAST_BYTES) {
      throw new IllegalArgumentException(
          bytes + " bytes do not hold an event; take " + LEAST_BYTES + " or more");
    }
    this.texts = new byte[texts][];
    JsonEvents events = new JsonEvents();
    SplittableRandom random = new SplittableRandom(bytes);
    long event = 0;
    for (int i = 0; i < texts; i++) {
      String next = events.json(event++);
      StringBuilder all = new StringBuilder(bytes);
      String begin = BEGIN + "\"" + "0".repeat(DIGITS) + "\",\"trace\":\"";
      String end = "]}";
      int room = bytes - begin.length() - "\",\"events\":[".length() - end.length();
      while (all.length() + next.length() + 1 <= room) {
        all.append(all.isEmpty() ? "" : ",").append(next);
        next = events.json(event++);
      }
      StringBuilder text = new StringBuilder(bytes).append(begin);
      for (int left = room - all.length(); left > 0; left--) {
        text.append(Character.forDigit(random.nextInt(16), 16));
      }
      text.append("\",\"events\":[").append(all).append(end);
      this.texts[i] = text.toString().getBytes(StandardCharsets.US_ASCII);
    }
  }

  /** The value of that number, from 0 on. */
  public byte[] value(long number) {
    byte[] value = texts[(int) (number % texts.length)].clone();
    long left = number;
    for (int at = FIRST_DIGIT + DIGITS - 1; at >= FIRST_DIGIT; at--) {
      value[at] = (byte) ('0' + left % 10);
      left /= 10;
    }
    return value;
  }

  /** The number of a value. */
  public static long number(byte[] value) {
    long number = 0;
    for (int at = FIRST_DIGIT; at < FIRST_DIGIT + DIGITS; at++) {
      number = 10 * number + value[at] - '0';
    }
    return number;
  }
}
