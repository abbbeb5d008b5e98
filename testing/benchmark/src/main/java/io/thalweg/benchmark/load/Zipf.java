package io.thalweg.benchmark.load;

import java.util.SplittableRandom;

/**
 * Draws ranks from 1 to a count; rank k is k^s times as rare as rank 1. It works by
 * rejection-inversion (Hörmann and Derflinger, 1996): it draws a place below the smooth curve x^-s
 * and takes the rank nearest to it. If the place lies outside of that rank's column, it draws
 * again. A draw takes the same time for any count. One thread.
 */
public final class Zipf {
  private final long count;
  private final double exponent;
  private final double areaFirst;
  private final double areaLast;
  private final double sure;
  private final SplittableRandom random;

  /** Ranks up to {@code count}; the exponent is above 0 and not 1. */
  public Zipf(long count, double exponent, long seed) {
    if (count < 1 || !(exponent > 0) || exponent == 1) {
      throw new IllegalArgumentException(count + " ranks, exponent " + exponent);
    }
    this.count = count;
    this.exponent = exponent;
    this.areaFirst = area(1.5) - 1;
    this.areaLast = area(count + 0.5);
    this.sure = 2 - place(area(2.5) - height(2));
    this.random = new SplittableRandom(seed);
  }

  /** The next rank. */
  public long draw() {
    while (true) {
      double drawn = areaLast + random.nextDouble() * (areaFirst - areaLast);
      double place = place(drawn);
      long rank = Math.max(1, Math.min(count, Math.round(place)));
      // So close to the column's middle a place lies within the column in any case.
      if (rank - place <= sure || drawn >= area(rank + 0.5) - height((double) rank)) {
        return rank;
      }
    }
  }

  private double height(double place) {
    return Math.pow(place, -exponent);
  }

  /** What lies below the curve from 1 to a place. */
  private double area(double place) {
    return (Math.pow(place, 1 - exponent) - 1) / (1 - exponent);
  }

  /** Inverts {@link #area}. */
  private double place(double area) {
    return Math.pow(1 + area * (1 - exponent), 1 / (1 - exponent));
  }
}
