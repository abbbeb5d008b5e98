package io.thalweg.runtime;

/** Rolls dice. One thread at a time, unless an implementation says otherwise. */
public interface RandomSource {

  /** Any long, uniformly. */
  long nextLong();

  /** An int in {@code [0, bound)}, uniformly; {@code bound} is at least 1. */
  int nextInt(int bound);
}
