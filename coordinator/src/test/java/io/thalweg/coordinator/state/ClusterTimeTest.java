package io.thalweg.coordinator.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Payload;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.command.Run;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.wal.WalObject;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which commands move cluster time, and which time a record's arrival gets. */
final class ClusterTimeTest {
  private static final TableBucket T0 = new TableBucket(2, 0);
  private static final long YEAR = 365L * 24 * 3_600_000;

  private final ClusterState state = new ClusterState(Limits.STANDARD, CommitRules.STANDARD);

  private Reply apply(Command command) {
    return Commands.applyAndAssign(state, command);
  }

  @Test
  void onlyAcceptedCommandsOfOpenIncarnationsMoveTime() {
    apply(Commands.createTable("t", 1));
    long old = ((Reply.IncarnationOpened) apply(Commands.open("s"))).incarnation();
    long now = ((Reply.IncarnationOpened) apply(Commands.open("s"))).incarnation();
    assertThat(state.clusterTimeMillis()).isEqualTo(1_000);
    apply(new Command.Heartbeat(99, YEAR));
    apply(new Command.Heartbeat(old, YEAR));
    apply(new Command.CloseIncarnation(99, false, YEAR));
    apply(new Command.OpenIncarnation("", Map.of(), "", YEAR));
    apply(new Command.TrimLog(T0, now, 7, 5, YEAR));
    apply(new Command.ReplaceRuns(old, List.of(), YEAR));
    apply(new Command.DropTable(new TablePath(TablePath.DEFAULT_DATABASE, "none"), 5, YEAR));
    apply(((Command.CreateTable) Commands.createTable("t2", 1)).at(YEAR));
    apply(Commands.wal(old, 1, 10, Commands.entry(T0, 1, 0, 10)).at(YEAR));
    apply(Commands.wal(now, 7, 10, Commands.entry(T0, 1, 0, 10)).at(YEAR)); // a gap
    assertThat(state.clusterTimeMillis()).isEqualTo(1_000);
    Command.Commit commit = Commands.wal(now, 1, 10, Commands.entry(T0, 1, 0, 10)).at(5_000);
    apply(commit);
    apply(commit.at(YEAR)); // the same group once more
    assertThat(state.clusterTimeMillis()).isEqualTo(5_000);
  }

  @Test
  void aRunArrivesAtClusterTimeWhateverItIsStampedWith() {
    apply(Commands.createTable("t", 1));
    long server = ((Reply.IncarnationOpened) apply(Commands.open("s"))).incarnation();
    apply(Commands.wal(server, 1, 10, Commands.entry(T0, 1, 0, 10)).at(10_000));
    apply(Commands.wal(server, 2, 10, Commands.entry(T0, 2, 0, 10)).at(9_000));
    apply(Commands.wal(server, 3, 10, Commands.entry(T0, 1, 0, 10)).at(20_000));
    BucketLog log = state.bucket(T0).orElseThrow().log();
    assertThat(log.runs()).extracting(Run::maxTimestamp).containsOnly(500L);
    assertThat(log.arrivedMillis(0)).isEqualTo(10_000);
    assertThat(log.arrivedMillis(1)).isEqualTo(10_000);
    assertThat(log.arrivedMillis(2)).isEqualTo(20_000);
    // Moving records does not change their age.
    Run moved = new Run(1, 3, 500, new Payload.Wal(new WalObject(server, 99)), 32, 50);
    List<Payload> seen = log.runs().subList(1, 3).stream().map(Run::payload).toList();
    apply(
        new Command.ReplaceRuns(
            server, List.of(new Command.Move(T0, 1, 1, 4, seen, moved, 82)), 30_000));
    assertThat(log.runs()).hasSize(2);
    assertThat(log.arrivedMillis(1)).isEqualTo(20_000);
    ClusterState copy = new ClusterState(Limits.STANDARD, CommitRules.STANDARD);
    copy.restore(ByteBuffer.wrap(state.snapshot()));
    assertThat(copy.bucket(T0).orElseThrow().log().arrivedMillis(1)).isEqualTo(20_000);
    assertThat(apply(new Command.TrimLog(T0, server, 1, 1, 30_000))).isEqualTo(new Reply.Done());
    assertThat(log.arrivedMillis(0)).isEqualTo(20_000);
  }
}
