package io.thalweg.benchmark.peers;

/** Which settings a system runs with. */
public enum Tuning {
  /** Those it comes with. */
  DEFAULTS,
  /** The best that we know for the work at hand. */
  BEST
}
