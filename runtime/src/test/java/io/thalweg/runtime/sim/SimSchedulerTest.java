package io.thalweg.runtime.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SimSchedulerTest {

  private static List<String> run(long seed) {
    SimScheduler scheduler = new SimScheduler(seed);
    List<String> trace = new ArrayList<>();
    for (String name : List.of("a", "b", "c")) {
      SimEventLoop loop = scheduler.newLoop(name);
      for (int i = 0; i < 5; i++) {
        String label = name + i;
        loop.execute(() -> trace.add(label));
      }
      loop.schedule(1_000 + scheduler.random().nextInt(3), () -> trace.add(name + "-timer"));
    }
    scheduler.runFor(10_000);
    return trace;
  }

  @Test
  void sameSeedSameOrderOtherSeedOtherOrder() {
    assertThat(run(1)).isEqualTo(run(1));
    assertThat(List.of(run(1), run(2), run(3), run(4)).stream().distinct().count())
        .isGreaterThan(1);
  }

  @Test
  void tasksOfOneLoopKeepTheirOrder() {
    for (long seed = 0; seed < 50; seed++) {
      List<String> ofA = run(seed).stream().filter(label -> label.matches("a\\d")).toList();
      assertThat(ofA).containsExactly("a0", "a1", "a2", "a3", "a4");
    }
  }

  @Test
  void tasksOfOneLoopKeepTheirOrderWithTimersBetweenThem() {
    for (long seed = 0; seed < 50; seed++) {
      SimScheduler scheduler = new SimScheduler(seed);
      SimEventLoop loop = scheduler.newLoop("a");
      List<Integer> seen = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        int label = i;
        loop.execute(() -> seen.add(label));
        loop.schedule(1 + i, () -> {});
      }
      scheduler.runFor(100);
      assertThat(seen).isSorted().hasSize(20);
    }
  }

  @Test
  void aPausedLoopRunsLaterWhatWasDueInOrder() {
    SimScheduler scheduler = new SimScheduler(3);
    SimEventLoop paused = scheduler.newLoop("paused");
    SimEventLoop other = scheduler.newLoop("other");
    List<String> seen = new ArrayList<>();
    paused.schedule(300, () -> seen.add("second@" + scheduler.nanoTime()));
    paused.schedule(200, () -> seen.add("first@" + scheduler.nanoTime()));
    other.schedule(400, () -> paused.execute(() -> seen.add("third@" + scheduler.nanoTime())));
    other.schedule(500, () -> seen.add("other@" + scheduler.nanoTime()));
    paused.pause(1_000);
    scheduler.runFor(2_000);
    assertThat(seen).containsExactly("other@500", "first@1000", "second@1000", "third@1000");
  }

  @Test
  void timersMoveTheClockAndStoppedLoopsRunNothing() {
    SimScheduler scheduler = new SimScheduler(7);
    SimEventLoop alive = scheduler.newLoop("alive");
    SimEventLoop dead = scheduler.newLoop("dead");
    List<Long> seen = new ArrayList<>();
    alive.schedule(500, () -> seen.add(scheduler.nanoTime()));
    alive.schedule(200, dead::stop);
    dead.schedule(300, () -> seen.add(-1L));
    scheduler.runFor(1_000);
    assertThat(seen).containsExactly(500L);
    assertThat(scheduler.nanoTime()).isEqualTo(1_000);
  }
}
