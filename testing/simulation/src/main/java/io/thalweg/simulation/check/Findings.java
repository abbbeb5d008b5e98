package io.thalweg.simulation.check;

import java.util.ArrayList;
import java.util.List;

/** The findings of a run. Bounded: it keeps the first ones and counts the rest. */
public final class Findings {
  private static final int MOST = 50;

  private final List<String> found = new ArrayList<>();
  private long count;

  /** Adds a finding of a kind. */
  public void add(String kind, String message) {
    count++;
    if (found.size() < MOST) {
      found.add(kind + ": " + message);
    }
  }

  /** The first of them. */
  public List<String> list() {
    return List.copyOf(found);
  }

  /** How many there are. */
  public long count() {
    return count;
  }
}
