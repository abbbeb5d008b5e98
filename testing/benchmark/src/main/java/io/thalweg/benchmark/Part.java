package io.thalweg.benchmark;

/** What one figure of two systems is of. */
interface Part {
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
}
