package io.thalweg.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.coordinator.sim.LogFaults;
import io.thalweg.objectstore.memory.Fault;
import io.thalweg.runtime.SystemClock;
import io.thalweg.simulation.cluster.NemesisAction;
import io.thalweg.simulation.cluster.Seams;
import io.thalweg.simulation.world.SimNetwork;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Runs seeds {@code -Dthalweg.seeds=from..to} (0..499), or replays one with {@code
 * -Dthalweg.seed=n} and prints its trace.
 */
class SimulationTest {
  private static final int ENOUGH_FOR_EVERY_FAULT = 200;

  @Test
  void everySeedKeepsEveryPromise() {
    String one = System.getProperty("thalweg.seed");
    String range = one == null ? System.getProperty("thalweg.seeds", "0..499") : one + ".." + one;
    int dots = range.indexOf("..");
    long from = Long.parseLong(range.substring(0, dots));
    long to = Long.parseLong(range.substring(dots + 2));
    SystemClock clock = new SystemClock();
    long began = clock.nanoTime();
    Map<String, Long> totals = new TreeMap<>();
    List<Long> failed = new ArrayList<>();
    for (long seed = from; seed <= to; seed++) {
      Simulation.Result result =
          Simulation.run(seed, Seams.NONE, one == null ? null : System.out::println);
      result.counts().forEach((what, count) -> totals.merge(what, count, Long::sum));
      if (!result.good()) {
        failed.add(seed);
        System.out.println(Report.of(result));
      }
    }
    System.out.println(
        Report.of(to - from + 1, failed.size(), (clock.nanoTime() - began) / 1e9, totals));
    assertThat(failed).as("seeds that failed; see the output").isEmpty();
    if (to - from + 1 >= ENOUGH_FOR_EVERY_FAULT) {
      assertThat(totals).as("everything that can go wrong went wrong").containsKeys(everyFault());
      assertThat(totals.entrySet())
          .filteredOn(entry -> entry.getKey().startsWith("fault "))
          .allSatisfy(entry -> assertThat(entry.getValue()).as(entry.getKey()).isPositive());
      assertThat(totals)
          .as("every way of a record was gone")
          .containsKeys(
              "log group in the entry",
              "log group in an object",
              "log group answered again",
              "log group before its turn",
              "log group refused INCARNATION_CLOSED",
              "log group refused OVERLOADED",
              "log runs moved",
              "log runs not moved",
              "log segments moved",
              "log segments not moved",
              "log objects deleted",
              "log orphans deleted",
              "log records expired",
              "log records not expired",
              "log records deleted",
              "log records not deleted",
              "client records deleted",
              "client delete records failed OVERLOADED",
              "log out of range",
              "log pins closed",
              "client pin let go",
              "client pinned fetch",
              "client reader went on after records expired",
              "client scan with a filter",
              "client idempotent duplicate recognised",
              "client table dropped",
              "log row snapshots taken",
              "log row snapshots not taken",
              "client upsert acknowledged",
              "client upsert unknown",
              "client idempotent upsert duplicate recognised",
              "client keyed refused STALE_OWNER",
              "client keyed refused OVERLOADED",
              "client key lookup of a row",
              "client key lookup of no row",
              "client changes read",
              "client transaction committed",
              "client transaction aborted",
              "client transaction of unknown end",
              "client transaction paused",
              "client transactional duplicate recognised",
              "client transaction left WRITER_FENCED",
              "client committed fetch gave records",
              "log transactions expired");
      assertThat(totals.get("segment reads torn")).isPositive();
      assertThat(totals.get("segment checksums refused")).isPositive();
      assertThat(totals.get("key rows expired")).isGreaterThan((to - from) / 5);
      assertThat(totals.get("client append acknowledged")).isGreaterThan(20 * (to - from));
      assertThat(totals.get("client upsert acknowledged")).isGreaterThan(5 * (to - from));
      assertThat(totals.get("log transactions committed")).isGreaterThan(3 * (to - from));
      assertThat(totals.get("key histories undecided"))
          .as("of " + totals.get("key histories"))
          .isLessThan(totals.get("key histories") / 100);
    }
  }

  private static String[] everyFault() {
    List<String> names = new ArrayList<>();
    for (SimNetwork.Fault fault : SimNetwork.Fault.values()) {
      names.add("fault network " + fault);
    }
    for (LogFaults.Fault fault : LogFaults.Fault.values()) {
      names.add("fault log " + fault);
    }
    for (Fault fault : Fault.values()) {
      names.add("fault store " + fault);
    }
    for (NemesisAction action : NemesisAction.values()) {
      names.add("fault nemesis " + action);
    }
    names.add("fault disk row write failed");
    return names.toArray(String[]::new);
  }
}
