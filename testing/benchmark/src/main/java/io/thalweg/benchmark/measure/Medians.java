package io.thalweg.benchmark.measure;

import java.util.ArrayList;
import java.util.List;

/** Keeps the figures of rounds of the same work. One thread. */
public final class Medians {
  private final List<Double> values = new ArrayList<>();

  /** Keeps the figure of one more round. */
  public void add(double value) {
    values.add(value);
  }

  /** The figure of the first round. */
  public double first() {
    return values.get(0);
  }

  /** The median of all rounds; of two in the middle the larger. */
  public double median() {
    return median(values);
  }

  /** The median of the last half of the rounds, when compilers are done. */
  public double ofLaterHalf() {
    return median(values.subList(values.size() / 2, values.size()));
  }

  private static double median(List<Double> some) {
    return some.stream().sorted().skip(some.size() / 2).findFirst().orElseThrow();
  }
}
