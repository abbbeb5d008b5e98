package io.thalweg.runtime;

import java.util.SplittableRandom;

/** A {@link RandomSource} that gives the same numbers for the same seed on every machine. */
public final class SeededRandom implements RandomSource {
  private final SplittableRandom random;

  /** Starts the sequence that belongs to {@code seed}. */
  public SeededRandom(long seed) {
    this.random = new SplittableRandom(seed);
  }

  @Override
  public long nextLong() {
    return random.nextLong();
  }

  @Override
  public int nextInt(int bound) {
    return random.nextInt(bound);
  }
}
