package io.thalweg.kafkasuite;

import java.util.Locale;

/**
 * What came of a test.
 *
 * @param test its method, with {@code #2} for the second invocation of one that runs several times;
 *     {@link #OF_CLASS} for what comes before or after all tests
 * @param millis how long it took
 * @param reason why it did not pass, in one line
 */
record TestResult(String test, Status status, long millis, String reason) {
  /** Stands for the class itself. */
  static final String OF_CLASS = "(class)";

  private static final int LONGEST_REASON = 300;

  /** Kinds of ends. */
  enum Status {
    PASSED,
    ABORTED,
    SKIPPED,
    FAILED
  }

  TestResult {
    reason = reason.replaceAll("\\s+", " ").strip();
    reason = reason.length() > LONGEST_REASON ? reason.substring(0, LONGEST_REASON) : reason;
  }

  /** The method, whichever invocation it was. */
  String method() {
    return test.replaceFirst("#\\d+$", "");
  }

  String line() {
    return String.join(
        "\t", status.name().toLowerCase(Locale.ROOT), test, Long.toString(millis), reason);
  }

  static TestResult parse(String line) {
    String[] parts = line.split("\t", 4);
    return new TestResult(
        parts[1],
        Status.valueOf(parts[0].toUpperCase(Locale.ROOT)),
        Long.parseLong(parts[2]),
        parts[3]);
  }
}
