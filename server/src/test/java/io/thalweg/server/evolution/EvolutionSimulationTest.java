package io.thalweg.server.evolution;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Random chains of changes of random tables, with writers and readers of every schema that the
 * table ever had, against a plain model that stores no bytes. Rows are read from batches in the log
 * and in objects, from segments that compaction made of several schemas, from rows in memory and in
 * the local store, and after a restart that replays.
 */
class EvolutionSimulationTest {
  private static final long FIRST = Long.getLong("evolution.seed", 1);
  private static final long SEEDS = Long.getLong("evolution.seeds", 40);
  private static final int STEPS = 60;

  private static void run(long seed, boolean keyed, PlantedBug plant) {
    try (EvolutionRun run = new EvolutionRun(seed, keyed, plant)) {
      for (int i = 0; i < STEPS; i++) {
        run.step();
      }
      run.check();
    } catch (Throwable failure) {
      throw new AssertionError("seed " + seed + (keyed ? ", keyed" : ", log"), failure);
    }
  }

  @Test
  void logTables() {
    for (long seed = FIRST; seed < FIRST + SEEDS; seed++) {
      run(seed, false, PlantedBug.NONE);
    }
  }

  @Test
  void primaryKeyTables() {
    for (long seed = FIRST; seed < FIRST + SEEDS; seed++) {
      run(seed, true, PlantedBug.NONE);
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void aPlantedBugIsCaughtWithinTwoHundredSeeds(PlantedBug plant) {
    for (long seed = 1; seed <= 200; seed++) {
      try {
        run(seed, false, plant);
      } catch (AssertionError caught) {
        String how = String.valueOf(caught.getCause()).lines().findFirst().orElse("");
        System.out.println(plant + " was caught with seed " + seed + ": " + how);
        return;
      }
    }
    throw new AssertionError(plant + " was not caught");
  }
}
