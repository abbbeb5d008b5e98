package io.thalweg.coordinator.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.FeatureLevel;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.command.Reply.Committed;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.schema.StorageId;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TablePath;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The catalog, incarnations and owners, and what holds for every command. */
final class ClusterStateTest extends StateFixture {
  @Test
  void databasesAreMadeAndDropped() {
    assertThat(apply(new Command.CreateDatabase("d", "c"))).isEqualTo(new Reply.Done());
    assertThat(state.catalog().databases()).isEqualTo(Map.of("default", "", "d", "c"));
    refused(new Command.CreateDatabase("d", ""), ErrorCode.DATABASE_EXISTS);
    refused(new Command.CreateDatabase("..", ""), ErrorCode.INVALID_NAME);
    refused(new Command.CreateDatabase("e", "c".repeat(10_001)), ErrorCode.TOO_LARGE);
    apply(new Command.CreateTable(new TablePath("d", "t"), Commands.descriptor(1), 1));
    refused(new Command.DropDatabase("d"), ErrorCode.DATABASE_NOT_EMPTY);
    apply(new Command.DropTable(new TablePath("d", "t"), 1, 1));
    assertThat(apply(new Command.DropDatabase("d"))).isEqualTo(new Reply.Done());
    refused(new Command.DropDatabase("d"), ErrorCode.DATABASE_NOT_FOUND);
    refused(new Command.DropDatabase("default"), ErrorCode.INVALID_REQUEST);
  }

  @Test
  void tablesAreMadeAndDroppedAndIdsNeverComeAgain() {
    Reply reply = apply(Commands.createTable("t", 2));
    assertThat(((Reply.TableCreated) reply).table().tableId()).isEqualTo(1);
    assertThat(state.buckets().keySet()).containsExactly(T0, T1);
    refused(Commands.createTable("t", 1), ErrorCode.TABLE_EXISTS);
    refused(
        new Command.CreateTable(new TablePath("none", "t"), Commands.descriptor(1), 1),
        ErrorCode.DATABASE_NOT_FOUND);
    assertThat(apply(new Command.DropTable(path("t"), 1, 1))).isEqualTo(new Reply.Done());
    assertThat(state.buckets()).isEmpty();
    refused(new Command.DropTable(path("t"), 1, 1), ErrorCode.TABLE_NOT_FOUND);
    reply = apply(Commands.createTable("t", 1));
    assertThat(((Reply.TableCreated) reply).table().tableId()).isEqualTo(3);
    assertThat(((Reply.TableCreated) reply).table().storage()).isEqualTo(new StorageId(4));
    // A late copy of the first drop.
    refused(new Command.DropTable(path("t"), 1, 1), ErrorCode.TABLE_NOT_FOUND);
    assertThat(state.catalog().table(path("t"))).isPresent();
  }

  @Test
  void limitsAreKept() {
    state = new ClusterState(SMALL, CommitRules.STANDARD);
    apply(new Command.CreateDatabase("a", ""));
    apply(new Command.CreateDatabase("b", ""));
    refused(new Command.CreateDatabase("c", ""), ErrorCode.LIMIT_REACHED);
    refused(Commands.createTable("t", 7), ErrorCode.LIMIT_REACHED);
    apply(Commands.createTable("t", 5));
    refused(Commands.createTable("u", 2), ErrorCode.LIMIT_REACHED);
    apply(Commands.createTable("u", 1));
    apply(new Command.DropTable(path("t"), 1, 1));
    apply(Commands.createTable("t", 1));
    refused(Commands.createTable("v", 1), ErrorCode.LIMIT_REACHED);
    opened("s1");
    opened("s2");
    refused(Commands.open("s3"), ErrorCode.LIMIT_REACHED);
    assertThat(opened("s2")).isEqualTo(3);
  }

  @Test
  void anIncarnationClosesItsPredecessor() {
    long first = opened("s1");
    long second = opened("s1");
    assertThat(state.incarnations().isOpen(first)).isFalse();
    assertThat(state.incarnations().isOpen(second)).isTrue();
    refused(new Command.Heartbeat(first, 5), ErrorCode.INCARNATION_CLOSED);
    assertThat(apply(new Command.Heartbeat(second, 9_000))).isEqualTo(new Reply.Done());
    assertThat(state.clusterTimeMillis()).isEqualTo(9_000);
    apply(new Command.Heartbeat(second, 8_000));
    assertThat(state.clusterTimeMillis()).isEqualTo(9_000);
    refused(new Command.Heartbeat(77, 5), ErrorCode.INCARNATION_CLOSED);
    assertThat(apply(new Command.CloseIncarnation(77, false, 5))).isEqualTo(new Reply.Done());
    refused(Commands.open(""), ErrorCode.INVALID_REQUEST);
    refused(Commands.open("x".repeat(1_001)), ErrorCode.INVALID_REQUEST);
  }

  @Test
  void closedIncarnationsAreForgottenPastALimit() {
    state = new ClusterState(SMALL, CommitRules.STANDARD);
    for (int i = 0; i < 20; i++) {
      opened("s1");
    }
    assertThat(state.incarnations().find(20)).isPresent();
    assertThat(state.incarnations().find(1)).isEmpty();
    assertThat(IntStream.rangeClosed(1, 20).filter(i -> state.incarnations().find(i).isPresent()))
        .hasSizeLessThanOrEqualTo(5);
  }

  @Test
  void anAssignmentCountsOnlyInTheEpochItKnowsAndForTheLiving() {
    state.apply(1, Commands.createTable("t", 2));
    state.apply(2, Commands.open("s1"));
    state.apply(3, Commands.open("s2"));
    assertThat(owner(T0)).isZero();
    assertThat(state.owners().of(0)).containsExactly(T0, T1);
    state.apply(4, assign(T0, 1, 0));
    assertThat(owner(T0)).isEqualTo(1);
    assertThat(epoch(T0)).isEqualTo(1);
    assertThat(state.owners().of(0)).containsExactly(T1);
    assertThat(state.owners().of(1)).containsExactly(T0);
    state.apply(5, assign(T0, 2, 0));
    assertThat(owner(T0)).as("the sender did not know epoch 1").isEqualTo(1);
    state.apply(6, assign(T0, 1, 1));
    assertThat(epoch(T0)).as("it is the owner already").isEqualTo(1);
    state.apply(7, assign(T0, 77, 1));
    assertThat(owner(T0)).as("nobody is 77").isEqualTo(1);
    state.apply(8, new Command.CloseIncarnation(2, false, 1));
    state.apply(9, assign(T0, 2, 1));
    assertThat(owner(T0)).as("2 is closed").isEqualTo(1);
    state.apply(10, new Command.CloseIncarnation(1, true, 1));
    assertThat(owner(T0)).as("it stays until somebody else is given it").isEqualTo(1);
    state.apply(11, Commands.open("s3"));
    state.apply(12, assign(new TableBucket(9, 0), 3, 0));
    state.apply(13, assign(T0, 3, 1));
    assertThat(owner(T0)).isEqualTo(3);
    assertThat(epoch(T0)).isEqualTo(2);
    assertThat(state.owners().all()).containsOnlyKeys(0L, 3L);
  }

  private static Command assign(TableBucket bucket, long owner, int ifEpoch) {
    return new Command.AssignOwners(List.of(new Command.Assignment(bucket, owner, ifEpoch)));
  }

  @Test
  void theFeatureLevelIsKeptAndNeverSinks() {
    assertThat(state.level()).isEqualTo(FeatureLevel.FIRST);
    assertThat(apply(new Command.RaiseFeatureLevel(FeatureLevel.latest())))
        .isEqualTo(new Reply.Done());
    ClusterState copy = new ClusterState(Limits.STANDARD, CommitRules.STANDARD);
    copy.restore(ByteBuffer.wrap(state.snapshot()));
    assertThat(copy.level()).isEqualTo(FeatureLevel.latest());
  }

  @Test
  void theRulesCanBeBrokenOnPurpose() {
    ClusterState broken =
        new ClusterState(
            Limits.STANDARD,
            new CommitRules() {
              @Override
              public boolean mayCommit(boolean open) {
                return true;
              }
            });
    broken.apply(1, Commands.createTable("t", 1));
    broken.apply(2, Commands.open("s1"));
    broken.apply(3, new Command.CloseIncarnation(1, false, 1));
    assertThat(broken.apply(4, Commands.inline(1, 1, 10, Commands.entry(T0, 1, 0, 10))))
        .isInstanceOf(Committed.class);
  }

  @Test
  void entriesComeInOrder() {
    apply(new Command.OpenWriter());
    assertThatThrownBy(() -> state.apply(1, new Command.OpenWriter()))
        .isInstanceOf(IllegalStateException.class);
  }
}
