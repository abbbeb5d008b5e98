package io.thalweg.kafkasuite;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The list of test classes ({@code expected.txt}), and what is known of those tests that do not
 * pass. A class is a line {@code CLASS TESTS KAFKA}: how many tests it has, and how many of them
 * Kafka passes here, {@code -} where that was not tried. Below it each exception is a line {@code
 * aborted|failed|unsteady TEST: REASON}; one that runs several times is {@code TEST x2} for all its
 * invocations, or {@code TEST#2} for one of them.
 */
final class Expectations {
  private static final Pattern CLASS = Pattern.compile("(\\S+) (\\d+) (\\d+|-)");
  private static final Pattern EXCEPTION = Pattern.compile(" +(\\w+) (\\S+?)(?: x(\\d+))?: (.+)");

  /** How a test that does not pass behaves. */
  enum Kind {
    ABORTED,
    FAILED,
    /** It passes at times: its end is not looked at. */
    UNSTEADY
  }

  /**
   * A test that does not pass, and why.
   *
   * @param times how many invocations of it there are
   */
  record Known(Kind kind, String test, int times, String reason) {}

  /**
   * A class of tests.
   *
   * @param tests how many it has
   * @param kafka how many of them Kafka's own brokers pass; {@code -} if that was not tried
   * @param known those that do not pass here, by name
   */
  record OfClass(String name, int tests, String kafka, Map<String, Known> known) {
    String simpleName() {
      return name.substring(name.lastIndexOf('.') + 1);
    }

    /** What is known of a test; null if it is to pass. */
    Known of(TestResult result) {
      Known exact = known.get(result.test());
      return exact != null ? exact : known.get(result.method());
    }

    /** What differs from the list, each in a line; empty if all is as it was. */
    List<String> differences(List<TestResult> results) {
      List<String> differences = new ArrayList<>();
      if (results.size() != tests) {
        differences.add("it ran " + results.size() + " tests, the list says " + tests);
      }
      Map<String, Integer> left = new LinkedHashMap<>();
      known.values().forEach(each -> left.put(each.test(), each.times()));
      for (TestResult result : results) {
        Known of = of(result);
        if (of != null) {
          left.merge(of.test(), -1, Integer::sum);
        }
        if (of == null
            ? result.status() != TestResult.Status.PASSED
            : of.kind() != Kind.UNSTEADY && !of.kind().name().equals(result.status().name())) {
          differences.add(
              result.test()
                  + " "
                  + result.status().name().toLowerCase(Locale.ROOT)
                  + (of == null
                      ? ": " + result.reason()
                      : ", the list says " + of.kind().name().toLowerCase(Locale.ROOT)));
        }
      }
      left.values().removeIf(times -> times == 0);
      left.forEach(
          (test, times) ->
              differences.add(
                  test
                      + (times > 0 ? " ran less often" : " ran more often")
                      + " than the list says"));
      return differences;
    }
  }

  private Expectations() {}

  /** Reads the list's lines. */
  static List<OfClass> parse(List<String> lines) {
    List<OfClass> classes = new ArrayList<>();
    for (String line : lines) {
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      Matcher ofClass = CLASS.matcher(line);
      Matcher exception = EXCEPTION.matcher(line);
      if (ofClass.matches()) {
        classes.add(
            new OfClass(
                ofClass.group(1),
                Integer.parseInt(ofClass.group(2)),
                ofClass.group(3),
                new LinkedHashMap<>()));
      } else if (exception.matches() && !classes.isEmpty()) {
        Known known =
            new Known(
                Kind.valueOf(exception.group(1).toUpperCase(Locale.ROOT)),
                exception.group(2),
                exception.group(3) == null ? 1 : Integer.parseInt(exception.group(3)),
                exception.group(4));
        classes.get(classes.size() - 1).known().put(known.test(), known);
      } else {
        throw new IllegalArgumentException(
            "'"
                + line
                + "' is neither 'CLASS TESTS KAFKA' nor '  aborted|failed|unsteady TEST: REASON'");
      }
    }
    return classes;
  }
}
