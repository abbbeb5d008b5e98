package io.thalweg.coordinator.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.coordinator.log.MetadataLog;
import io.thalweg.coordinator.log.MetadataLog.Committed;
import io.thalweg.coordinator.log.MetadataLog.Outcome;
import io.thalweg.coordinator.log.MetadataLog.Rejected;
import io.thalweg.coordinator.log.MetadataLogContractTest;
import io.thalweg.coordinator.log.RecordingState;
import io.thalweg.coordinator.sim.LogFaults.Fault;
import io.thalweg.coordinator.sim.SimMetadataLog.CommittedEntry;
import io.thalweg.runtime.sim.SimEventLoop;
import io.thalweg.runtime.sim.SimScheduler;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** The contract on the simulated log without faults, and its promises under all faults. */
final class SimMetadataLogTest extends MetadataLogContractTest {
  private static final long SECOND = 1_000_000_000L;

  private final SimScheduler scheduler = new SimScheduler(7);
  private final SimMetadataLog.Cluster cluster =
      new SimMetadataLog.Cluster(
          scheduler, scheduler.random(), LogFaults.NONE.withSnapshotEvery(100));
  private SimEventLoop loop;

  @Override
  protected Opened open() {
    loop = scheduler.newLoop("member");
    RecordingState state = new RecordingState(loop);
    return new Opened(cluster.open(state, loop), state);
  }

  @Override
  protected <T> T await(CompletableFuture<T> future) {
    while (!future.isDone()) {
      assertThat(scheduler.step()).as("something is pending").isTrue();
    }
    return future.join();
  }

  @Override
  protected <T> T onLoop(Supplier<T> task) {
    return await(CompletableFuture.supplyAsync(task, loop));
  }

  @Override
  protected boolean isInLoop() {
    return loop.inLoop();
  }

  @Test
  void withoutALeaderEverythingIsRejected() {
    Opened member = open();
    commit(member.log(), "before");
    cluster.loseLeader(SECOND);
    assertThat(append(member.log(), "meanwhile")).isInstanceOf(Rejected.class);
    assertThat(await(member.log().linearizableRead())).isInstanceOf(Rejected.class);
    scheduler.runFor(2 * SECOND);
    commit(member.log(), "after");
    assertThat(onLoop(() -> member.state().entries())).containsExactly("before", "after");
  }

  @Test
  void aMemberBehindASnapshotRestoresIt() {
    Opened member = open();
    for (int i = 0; i < 350; i++) {
      commit(member.log(), "e" + i);
    }
    loop.stop();
    Opened again = open();
    assertThat(await(again.log().linearizableRead())).isInstanceOf(Committed.class);
    assertThat(onLoop(() -> again.state().entries())).hasSize(350);
    Opened third = open();
    assertThat(await(third.log().linearizableRead())).isInstanceOf(Committed.class);
    assertThat(onLoop(() -> third.state().entries())).hasSize(350);
    assertThat(again.state().restores() + third.state().restores()).isPositive();
  }

  @Test
  void underAllFaultsTheTruthIsOneAndAcknowledgementsHold() {
    Set<Fault> seen = EnumSet.noneOf(Fault.class);
    for (long seed = 1; seed <= 60; seed++) {
      Run run = new Run(seed);
      run.go();
      seen.addAll(run.cluster.counts().keySet());
    }
    assertThat(seen).containsExactlyInAnyOrder(Fault.values());
  }

  @Test
  void theSameSeedGivesTheSameRun() {
    for (long seed = 1; seed <= 5; seed++) {
      Run first = new Run(seed);
      Run second = new Run(seed);
      first.go();
      second.go();
      assertThat(second.trace).as("seed %d", seed).isEqualTo(first.trace);
    }
  }

  /** Two members append, crash and come back while everything goes wrong. */
  private static final class Run {
    final long seed;
    final SimScheduler scheduler;
    final SimMetadataLog.Cluster cluster;
    final List<String> trace = new ArrayList<>();
    final List<CompletableFuture<Outcome>> outcomes = new ArrayList<>();
    final List<String> acknowledged = new ArrayList<>();
    final Set<String> rejected = new TreeSet<>();
    SimEventLoop[] loops = new SimEventLoop[2];
    RecordingState[] states = new RecordingState[2];
    MetadataLog[] logs = new MetadataLog[2];

    Run(long seed) {
      this.seed = seed;
      this.scheduler = new SimScheduler(seed);
      this.cluster = new SimMetadataLog.Cluster(scheduler, scheduler.random(), LogFaults.NASTY);
    }

    void open(int which) {
      loops[which] = scheduler.newLoop("member-" + which);
      states[which] = new RecordingState(loops[which]);
      logs[which] = cluster.open(states[which], loops[which]);
    }

    void go() {
      open(0);
      open(1);
      for (int i = 0; i < 400; i++) {
        int which = scheduler.random().nextInt(2);
        String text = "e" + i;
        CompletableFuture<Outcome> outcome = logs[which].append(entry(text));
        outcomes.add(outcome);
        loops[which].handle(outcome, (value, failure) -> ended(text, value, failure));
        scheduler.runFor(scheduler.random().nextInt(20_000_000));
        if (scheduler.random().nextInt(40) == 0) {
          loops[which].stop();
          open(which);
        }
      }
      cluster.faults(LogFaults.NONE);
      scheduler.runFor(60 * SECOND);
      check();
    }

    void ended(String text, Outcome outcome, Throwable failure) {
      assertThat(failure).isNull();
      trace.add(text + " " + outcome.getClass().getSimpleName() + " at " + scheduler.nanoTime());
      if (outcome instanceof Committed committed) {
        String reply = new String(committed.reply(), StandardCharsets.UTF_8);
        assertThat(reply).as("seed %d", seed).isEqualTo(committed.index() + ":" + text);
        acknowledged.add(committed.index() + ":" + text);
      } else if (outcome instanceof Rejected) {
        rejected.add(text);
      }
    }

    void check() {
      List<String> truth = new ArrayList<>();
      List<String> texts = new ArrayList<>();
      for (CommittedEntry entry : cluster.committed()) {
        texts.add(new String(entry.entry(), StandardCharsets.UTF_8));
        truth.add(entry.index() + ":" + texts.get(texts.size() - 1));
      }
      String why = "replay with seed " + seed;
      assertThat(texts).as(why).doesNotHaveDuplicates().doesNotContainAnyElementsOf(rejected);
      assertThat(truth).as(why).containsAll(acknowledged);
      for (int which = 0; which < 2; which++) {
        int member = which;
        loops[which].execute(
            () -> {
              assertThat(states[member].entries()).as(why).isEqualTo(texts);
              trace.add("checked " + member);
            });
      }
      scheduler.runFor(SECOND);
      assertThat(trace).as(why).contains("checked 0", "checked 1");
      trace.add(truth.toString());
      trace.add(cluster.counts().toString());
    }
  }
}
