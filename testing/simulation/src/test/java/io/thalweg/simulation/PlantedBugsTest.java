package io.thalweg.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The simulation finds bugs that are there: each planted one fails some of 200 seeds, and the first
 * of those is good without it. With {@code -Dthalweg.plants=all} all 200 run, to count; {@code
 * -Dthalweg.plant=NAME} runs one.
 */
class PlantedBugsTest {
  private static final int SEEDS = 200;

  /** What seeds find without a bug. Several bugs fail the same ones. */
  private static final Map<Long, List<String>> SOUND = new TreeMap<>();

  @ParameterizedTest
  @EnumSource(Plants.class)
  void isCaught(Plants bug) {
    String only = System.getProperty("thalweg.plant", bug.name());
    assumeTrue(only.equals(bug.name()), "another one was asked for");
    boolean all = "all".equals(System.getProperty("thalweg.plants"));
    List<Long> caught = new ArrayList<>();
    TreeMap<String, Integer> how = new TreeMap<>();
    long seed = 0;
    for (; seed < SEEDS && (all || caught.isEmpty()); seed++) {
      Simulation.Result result = Simulation.run(seed, bug, null);
      if (!result.good()) {
        caught.add(seed);
        how.merge(result.findings().get(0).replaceFirst(":(?s).*", ""), 1, Integer::sum);
      }
    }
    System.out.printf(
        "%s: %d of %d seeds fail, the first is %s; first findings %s%n",
        bug, caught.size(), seed, caught.isEmpty() ? "none" : caught.get(0), how);
    assertThat(caught).isNotEmpty();
    List<String> sound =
        SOUND.computeIfAbsent(caught.get(0), good -> Simulation.run(good).findings());
    assertThat(sound).as("seed %s without the bug", caught.get(0)).isEmpty();
  }
}
