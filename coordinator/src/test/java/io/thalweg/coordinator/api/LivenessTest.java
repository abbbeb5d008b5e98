package io.thalweg.coordinator.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.log.MetadataLog;
import io.thalweg.coordinator.sim.LogFaults;
import io.thalweg.coordinator.sim.SimMetadataLog;
import io.thalweg.coordinator.state.ClusterState;
import io.thalweg.coordinator.state.Commands;
import io.thalweg.coordinator.state.CommitRules;
import io.thalweg.coordinator.state.Limits;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.sim.SimEventLoop;
import io.thalweg.runtime.sim.SimScheduler;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Which incarnations are closed for being silent, and which are not. */
final class LivenessTest {
  private static final long SECOND = 1_000_000_000L;

  private final SimScheduler scheduler = new SimScheduler(5);
  private final SimMetadataLog.Cluster cluster =
      new SimMetadataLog.Cluster(scheduler, scheduler.random(), LogFaults.NONE);
  private final CoordinatorConfig config =
      new CoordinatorConfig(Duration.ofSeconds(10), 1L << 20, Duration.ofSeconds(10));
  private long extraNanos;
  private SimEventLoop loop;
  private CoordinatorNode node;
  private MetadataLog log;
  private Liveness liveness;

  /** The scheduler's time, plus the time in which this process was stopped. */
  private final Clock clock =
      new Clock() {
        @Override
        public long nanoTime() {
          return scheduler.nanoTime() + extraNanos;
        }

        @Override
        public long wallMillis() {
          return scheduler.wallMillis();
        }
      };

  LivenessTest() {
    open();
  }

  private void open() {
    loop = scheduler.newLoop("coordinator");
    node =
        new CoordinatorNode(
            loop, config, () -> new ClusterState(Limits.STANDARD, CommitRules.STANDARD));
    log = cluster.open(node, loop);
    liveness = new Liveness(node, log, clock, config);
    liveness.start();
  }

  private void apply(Command command) {
    var append = log.append(List.of(ByteBuffer.wrap(CoordinatorNode.entryHead(command))));
    while (!append.isDone()) {
      assertThat(scheduler.step()).isTrue();
    }
    assertThat(append.join()).isInstanceOf(MetadataLog.Committed.class);
  }

  private <T> T onLoop(Supplier<T> task) {
    var result = CompletableFuture.supplyAsync(task, loop);
    while (!result.isDone()) {
      assertThat(scheduler.step()).isTrue();
    }
    return result.join();
  }

  private boolean isOpen(long incarnation) {
    return onLoop(() -> node.state().incarnations().isOpen(incarnation));
  }

  private void beatFor(long incarnation, int seconds) {
    for (int i = 0; i < seconds; i++) {
      scheduler.runFor(SECOND);
      apply(new Command.Heartbeat(incarnation, 1));
    }
  }

  @Test
  void theSilentIsClosedAndWhoBeatsIsNot() {
    apply(Commands.open("silent"));
    apply(Commands.open("alive"));
    beatFor(2, 9);
    assertThat(isOpen(1)).isTrue();
    beatFor(2, 5);
    assertThat(isOpen(1)).isFalse();
    assertThat(isOpen(2)).isTrue();
  }

  @Test
  void whoIsRefusedForWantOfRoomLives() {
    apply(Commands.open("s1"));
    apply(Commands.open("s2"));
    for (int i = 0; i < 30; i++) {
      scheduler.runFor(SECOND);
      liveness.refused(new Command.Heartbeat(1, 1));
    }
    assertThat(isOpen(1)).isTrue();
    assertThat(isOpen(2)).isFalse();
  }

  @Test
  void aCommitIsASignOfLife() {
    apply(Commands.open("s1"));
    for (int i = 1; i <= 20; i++) {
      scheduler.runFor(SECOND);
      apply(Commands.wal(1, i, 10));
    }
    assertThat(isOpen(1)).isTrue();
  }

  @Test
  void aMemberThatStoodStillClosesNobody() {
    apply(Commands.open("s1"));
    beatFor(1, 5);
    extraNanos += 60 * SECOND;
    beatFor(1, 9);
    assertThat(isOpen(1)).isTrue();
    scheduler.runFor(15 * SECOND);
    assertThat(isOpen(1)).isFalse();
  }

  @Test
  void aNewMemberWaitsAWholeTimeoutForWhomItNeverSaw() {
    apply(Commands.open("s1"));
    scheduler.runFor(9 * SECOND);
    loop.stop();
    open();
    scheduler.runFor(9 * SECOND);
    assertThat(isOpen(1)).isTrue();
    scheduler.runFor(6 * SECOND);
    assertThat(isOpen(1)).isFalse();
  }

  @Test
  void aCloseThatDoesNotSucceedIsTriedAgain() {
    apply(Commands.open("s1"));
    scheduler.runFor(8 * SECOND);
    cluster.loseLeader(8 * SECOND);
    scheduler.runFor(8 * SECOND);
    assertThat(isOpen(1)).isTrue();
    scheduler.runFor(20 * SECOND);
    assertThat(isOpen(1)).isFalse();
  }
}
