package io.thalweg.format.quota;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** What a quota limits, on each server by itself. */
public enum QuotaKey {
  /** Bytes that may be produced in a second. */
  PRODUCER_BYTE_RATE(1, "producer_byte_rate", true),
  /** Bytes that may be fetched in a second. */
  CONSUMER_BYTE_RATE(2, "consumer_byte_rate", true),
  /** Time of the server's threads, in percent of one thread. */
  REQUEST_PERCENTAGE(3, "request_percentage", false),
  /** Partitions that may be made and dropped in a second. */
  CONTROLLER_MUTATION_RATE(4, "controller_mutation_rate", false);

  private final int number;
  private final String text;
  private final boolean whole;

  QuotaKey(int number, String text, boolean whole) {
    this.number = number;
    this.text = text;
    this.whole = whole;
  }

  /** Its number in forms. */
  public int number() {
    return number;
  }

  /** Its name in Kafka's protocol. */
  public String text() {
    return text;
  }

  /** All names. */
  public static List<String> texts() {
    return Arrays.stream(values()).map(QuotaKey::text).toList();
  }

  /** The key of that name. */
  public static Optional<QuotaKey> ofText(String text) {
    return Arrays.stream(values()).filter(each -> each.text.equals(text)).findFirst();
  }

  /** The key of a form. */
  static QuotaKey ofNumber(int number) {
    return Arrays.stream(values())
        .filter(each -> each.number == number)
        .findFirst()
        .orElseThrow(() -> ThalwegException.corrupt("there is no quota of number " + number));
  }

  /** Refuses a value that the quota cannot have: INVALID_REQUEST. */
  void check(double value) {
    boolean usable = value > 0 && (whole ? isWhole(value) : value <= Double.MAX_VALUE);
    if (!usable) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST,
          "%s cannot be %s; give a %s greater than 0"
              .formatted(text, value, whole ? "whole number" : "number"));
    }
  }

  private static boolean isWhole(double value) {
    return value < Long.MAX_VALUE && value == Math.rint(value);
  }
}
