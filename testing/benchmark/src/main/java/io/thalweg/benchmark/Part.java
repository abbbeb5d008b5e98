package io.thalweg.benchmark;

import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;

/** What one figure of two systems is of. */
interface Part {
  /** What stands behind {@code --part}; several parts may have the same. */
  String option();

  /** As in a report. */
  String title();

  /** What is counted. */
  default String unit() {
    return "rows";
  }

  /** Whether its figures are times and not rates. */
  boolean isTimed();

  /** Whether it writes, so that an acknowledgement promises something. */
  boolean writes();

  /** Those that {@code --part} means. */
  static <P extends Enum<P> & Part> Set<P> named(Class<P> kind, String option) {
    Set<P> found = EnumSet.allOf(kind);
    found.removeIf(part -> !part.option().equals(option));
    if (found.isEmpty()) {
      throw new IllegalArgumentException(
          "there is no part '" + option + "'; there are " + options(kind));
    }
    return found;
  }

  /** All that {@code --part} can mean. */
  static <P extends Enum<P> & Part> String options(Class<P> kind) {
    return EnumSet.allOf(kind).stream()
        .map(Part::option)
        .distinct()
        .collect(Collectors.joining("|"));
  }
}
