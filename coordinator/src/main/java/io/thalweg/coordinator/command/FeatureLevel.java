package io.thalweg.coordinator.command;

import java.util.Optional;

/**
 * The features that all processes of a cluster support. While processes of two releases run side by
 * side, the cluster stays on the older level, and no process sends or writes anything that only the
 * newer release understands. Once every process runs the newer release, {@link
 * Command.RaiseFeatureLevel} raises the level; nothing lowers it again.
 */
public enum FeatureLevel {
  /** The level of the first release. */
  FIRST(1);

  private final int number;

  FeatureLevel(int number) {
    this.number = number;
  }

  /** Its place among the levels, from 1; what snapshots and commands hold. */
  public int number() {
    return number;
  }

  /** The highest level that this release knows. */
  public static FeatureLevel latest() {
    return values()[values().length - 1];
  }

  /** The level of that number; empty where only a later release knows it. */
  public static Optional<FeatureLevel> ofNumber(int number) {
    return number >= 1 && number <= values().length
        ? Optional.of(values()[number - 1])
        : Optional.empty();
  }
}
