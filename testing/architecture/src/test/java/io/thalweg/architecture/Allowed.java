package io.thalweg.architecture;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The written exceptions of one rule: who is past its limit, and why. Immutable. */
record Allowed(String rule, Map<String, String> reasons) {
  static final String LIST = "testing/architecture/src/test/resources/exceptions.txt";

  /** Reads the exceptions of {@code rule}: lines of the form {@code rule name: reason}. */
  static Allowed of(String rule) {
    Map<String, String> reasons = new TreeMap<>();
    Committed.read(LIST)
        .lines()
        .filter(line -> line.startsWith(rule + " "))
        .forEach(
            line -> {
              int colon = line.indexOf(": ");
              if (colon < 0 || line.substring(colon + 2).isBlank()) {
                throw new IllegalArgumentException(LIST + ": '" + line + "' gives no reason");
              }
              reasons.put(line.substring(rule.length() + 1, colon), line.substring(colon + 2));
            });
    return new Allowed(rule, reasons);
  }

  /**
   * What is wrong, a line each: sizes past {@code limit} without a reason, and reasons that nobody
   * needs any more.
   */
  Set<String> wrong(Map<String, Integer> sizes, int limit) {
    Set<String> wrong = new TreeSet<>();
    sizes.forEach(
        (name, size) -> {
          if (size > limit && !reasons.containsKey(name)) {
            wrong.add(
                "%s has %d: split it, or add '%s %s: REASON'".formatted(name, size, rule, name));
          }
        });
    reasons.forEach(
        (name, reason) -> {
          if (sizes.getOrDefault(name, 0) <= limit) {
            wrong.add("'%s %s: %s' is no longer needed: remove it".formatted(rule, name, reason));
          }
        });
    return wrong;
  }
}
