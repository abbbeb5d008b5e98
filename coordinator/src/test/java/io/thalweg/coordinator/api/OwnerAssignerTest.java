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
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TablePath;
import io.thalweg.runtime.sim.SimEventLoop;
import io.thalweg.runtime.sim.SimScheduler;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class OwnerAssignerTest {
  private static final long SECOND = 1_000_000_000L;
  private static final TableBucket T0 = new TableBucket(2, 0);

  private final SimScheduler scheduler = new SimScheduler(1);
  private final CoordinatorConfig config =
      new CoordinatorConfig(Duration.ofSeconds(10), 1L << 20, Duration.ofSeconds(8));
  private final SimEventLoop loop = scheduler.newLoop("coordinator");
  private final CoordinatorNode node =
      new CoordinatorNode(
          loop, config, () -> new ClusterState(Limits.STANDARD, CommitRules.STANDARD));
  private final MetadataLog log =
      new SimMetadataLog.Cluster(scheduler, scheduler.random(), LogFaults.NONE).open(node, loop);

  OwnerAssignerTest() {
    new OwnerAssigner(node, log, config).start();
    await(new LogOpening(node, log, new Command.OpenLog("one", false)).start());
  }

  private <T> T await(CompletableFuture<T> future) {
    while (!future.isDone()) {
      assertThat(scheduler.step()).isTrue();
    }
    return future.join();
  }

  private <T> T onLoop(Supplier<T> task) {
    return await(CompletableFuture.supplyAsync(task, loop));
  }

  private void apply(Command command) {
    assertThat(await(log.append(List.of(ByteBuffer.wrap(CoordinatorNode.entryHead(command))))))
        .isInstanceOf(MetadataLog.Committed.class);
    scheduler.runFor(SECOND / 10);
  }

  private List<Long> owners() {
    return onLoop(
        () -> node.state().buckets().values().stream().map(bucket -> bucket.owner()).toList());
  }

  private int epoch() {
    return onLoop(() -> node.state().bucket(T0).orElseThrow().ownerEpoch());
  }

  @Test
  void bucketsGoToTheLivingAndSpread() {
    apply(Commands.createTable("t", 4));
    assertThat(owners()).containsOnly(0L);
    apply(Commands.open("s1"));
    assertThat(owners()).containsOnly(1L);
    apply(Commands.open("s2"));
    apply(Commands.createTable("u", 4));
    assertThat(owners()).containsExactly(1L, 1L, 1L, 1L, 2L, 2L, 2L, 2L);
    apply(new Command.CloseIncarnation(1, false, 1));
    assertThat(owners()).containsOnly(2L);
    assertThat(epoch()).isEqualTo(2);
    apply(new Command.CloseIncarnation(2, false, 1));
    assertThat(owners()).as("they stay with the last owner while nobody lives").containsOnly(2L);
    apply(Commands.open("s3"));
    assertThat(owners()).containsOnly(3L);
  }

  @Test
  void thoseOfNewPartitionsToo() {
    apply(Commands.open("s1"));
    apply(Commands.open("s2"));
    apply(new Command.CreateTable(TablePath.parse("p"), Commands.partitioned(2), 1));
    assertThat(owners()).isEmpty();
    apply(new Command.CreatePartition(1, List.of("1", "a"), 1));
    assertThat(owners()).containsExactly(1L, 2L);
    apply(new Command.CreatePartition(1, List.of("2", "a"), 1));
    assertThat(owners()).containsExactlyInAnyOrder(1L, 1L, 2L, 2L);
    apply(new Command.DropPartition(1, 0, 1));
    apply(new Command.CreatePartition(1, List.of("3", "a"), 1));
    assertThat(owners()).containsExactlyInAnyOrder(1L, 1L, 2L, 2L);
    apply(new Command.CloseIncarnation(1, false, 1));
    assertThat(owners()).containsOnly(2L);
  }

  @Test
  void whoStartsAgainGetsItsOwnBucketsBack() {
    apply(Commands.open("s1"));
    apply(Commands.open("s2"));
    apply(Commands.createTable("t", 4));
    assertThat(owners()).containsExactly(1L, 2L, 1L, 2L);
    apply(Commands.open("s1"));
    assertThat(owners())
        .as("its old incarnation closed in the same entry")
        .containsExactly(3L, 2L, 3L, 2L);
  }

  @Test
  void theBucketsOfWhoStoppedOnPurposeWaitForItAWhile() {
    apply(Commands.open("s1"));
    apply(Commands.open("s2"));
    apply(Commands.createTable("t", 2));
    apply(new Command.CloseIncarnation(1, true, 1));
    scheduler.runFor(4 * SECOND);
    assertThat(owners()).containsExactly(1L, 2L);
    apply(Commands.open("s1"));
    assertThat(owners()).containsExactly(3L, 2L);
    apply(new Command.CloseIncarnation(3, true, 1));
    scheduler.runFor(7 * SECOND);
    assertThat(owners()).containsExactly(3L, 2L);
    scheduler.runFor(2 * SECOND);
    assertThat(owners()).as("it did not come back").containsExactly(2L, 2L);
  }

  @Test
  void aMemberThatHasNotOpenedTheLogAssignsNothing() {
    SimEventLoop other = scheduler.newLoop("other");
    CoordinatorNode idle =
        new CoordinatorNode(
            other, config, () -> new ClusterState(Limits.STANDARD, CommitRules.STANDARD));
    MetadataLog its =
        new SimMetadataLog.Cluster(scheduler, scheduler.random(), LogFaults.NONE).open(idle, other);
    new OwnerAssigner(idle, its, config).start();
    for (Command each : List.of(Commands.open("s1"), Commands.createTable("t", 1))) {
      await(its.append(List.of(ByteBuffer.wrap(CoordinatorNode.entryHead(each)))));
    }
    scheduler.runFor(30 * SECOND);
    assertThat(await(CompletableFuture.supplyAsync(() -> idle.state().owners().of(0), other)))
        .containsExactly(T0);
  }
}
