package io.thalweg.coordinator.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.type.TypeText;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which cluster and history a state belongs to, and how it judges places in other logs. */
final class LineageTest {
  private static final TableBucket T0 = new TableBucket(2, 0);

  private ClusterState state = new ClusterState(Limits.STANDARD, CommitRules.STANDARD);

  private Reply apply(Command command) {
    return state.apply(state.appliedIndex() + 1, command);
  }

  private void refused(Command command, ErrorCode code) {
    assertThat(apply(command))
        .isInstanceOfSatisfying(
            Reply.Refused.class, reply -> assertThat(reply.code()).isEqualTo(code));
  }

  private static ClusterState copy(ClusterState original) {
    ClusterState copy = new ClusterState(Limits.STANDARD, CommitRules.STANDARD);
    copy.restore(ByteBuffer.wrap(original.snapshot()));
    return copy;
  }

  @Test
  void theFirstOpeningNamesTheCluster() {
    refused(new Command.OpenLog("", false), ErrorCode.INVALID_REQUEST);
    refused(new Command.OpenLog("n".repeat(65), false), ErrorCode.INVALID_REQUEST);
    assertThat(state.lineage().clusterId()).isEmpty();
    apply(new Command.OpenLog("one", false));
    apply(new Command.OpenLog("two", false));
    assertThat(state.lineage().clusterId()).isEqualTo("one");
    assertThat(state.position()).isEqualTo(new LogPosition(0, 4, "two"));
    assertThat(copy(state).position()).isEqualTo(state.position());
    refused(new Command.OpenIncarnation("s", Map.of(), "another", 1), ErrorCode.WRONG_CLUSTER);
    assertThat(apply(new Command.OpenIncarnation("s", Map.of(), "one", 1)))
        .isInstanceOf(Reply.IncarnationOpened.class);
  }

  @Test
  void theFirstStoreStaysTheClusters() {
    apply(new Command.OpenLog("one", false));
    assertThat(apply(new Command.BindStore("s1"))).isEqualTo(new Reply.Done());
    assertThat(apply(new Command.BindStore("s1"))).isEqualTo(new Reply.Done());
    refused(new Command.BindStore("s2"), ErrorCode.WRONG_CLUSTER);
    refused(new Command.BindStore(""), ErrorCode.INVALID_REQUEST);
    assertThat(copy(state).lineage().storeId()).isEqualTo("s1");
  }

  @Test
  void anotherHistoryIsRecognised() {
    apply(new Command.OpenLog("one", false));
    apply(Commands.createTable("t", 1));
    ClusterState backup = copy(state);
    apply(Commands.createTable("u", 1));
    LogPosition seen = state.position();
    assertThat(state.lineage().whyForeign(seen, state.appliedIndex())).isEmpty();
    // The backup ends before that place; later it has other entries there.
    assertThat(backup.lineage().whyForeign(seen, backup.appliedIndex())).isPresent();
    backup.apply(3, new Command.OpenLog("two", false));
    assertThat(backup.lineage().whyForeign(seen, backup.appliedIndex())).isPresent();
    assertThat(state.lineage().whyForeign(backup.position(), state.appliedIndex())).isPresent();
    // A place before they parted belongs to both.
    assertThat(backup.lineage().whyForeign(new LogPosition(0, 2, "one"), 3)).isEmpty();
    assertThat(backup.lineage().whyForeign(new LogPosition(0, 2, "else"), 3)).isPresent();
  }

  private static Command numbered(String name, String type, int buckets) {
    Schema schema =
        Schema.first(
            List.of(Column.of("k", TypeText.parse("INT")), Column.of("n", TypeText.parse(type))),
            List.of("k"));
    return new Command.CreateTable(
        new TablePath(TablePath.DEFAULT_DATABASE, name),
        new TableDescriptor(
            schema, buckets, List.of(), Map.of("table.auto-increment.column", "n"), ""),
        1_000);
  }

  private long firstNumber(long table) {
    return ((Reply.IdsAllocated) apply(new Command.AllocateIds(table, 1))).first();
  }

  @Test
  void theSameBackupIsRestoredTwice() {
    apply(new Command.OpenLog("one", false));
    apply(Commands.createTable("t", 1));
    apply(numbered("long", "BIGINT", 1));
    ClusterState backup = copy(state);

    state = copy(backup);
    apply(new Command.OpenLog("two", true, 30_000_000));
    Reply.IncarnationOpened first = (Reply.IncarnationOpened) apply(Commands.open("s"));
    Reply.WriterOpened writer = (Reply.WriterOpened) apply(new Command.OpenWriter());
    long number = firstNumber(3);
    LogPosition seen = state.position();

    state = copy(backup);
    apply(new Command.OpenLog("three", true, 30_000_060));
    assertThat(state.lineage().whyForeign(seen, state.appliedIndex())).isEmpty();
    Reply.IncarnationOpened second = (Reply.IncarnationOpened) apply(Commands.open("s"));
    assertThat(second.incarnation()).isGreaterThan(first.incarnation() + 100_000);
    assertThat(state.lineage().opened(first.incarnation())).isFalse();
    assertThat(((Reply.WriterOpened) apply(new Command.OpenWriter())).writerId())
        .isGreaterThan(writer.writerId() + 100_000);
    assertThat(firstNumber(3)).isGreaterThan(number + 100_000);
    // The clock was set back: the timeline still gets a higher number.
    apply(new Command.OpenLog("four", true, 7));
    assertThat(state.lineage().timeline()).isEqualTo(30_000_061);
  }

  @Test
  void aRestoreBeginsATimelineInWhichNothingIsGivenOutAgain() {
    apply(new Command.OpenLog("one", false));
    apply(Commands.createTable("t", 1));
    Reply.IncarnationOpened server = (Reply.IncarnationOpened) apply(Commands.open("s"));
    Reply.WriterOpened writer = (Reply.WriterOpened) apply(new Command.OpenWriter());
    apply(numbered("long", "BIGINT", 1));
    apply(numbered("fresh", "BIGINT", 1));
    apply(numbered("narrow", "INT", 150));
    assertThat(apply(new Command.AllocateIds(3, 10))).isEqualTo(new Reply.IdsAllocated(1));
    ClusterState backup = copy(state);
    LogPosition lost = state.position();

    state = backup;
    apply(new Command.OpenLog("two", true));
    apply(new Command.OpenLog("two", true));
    assertThat(state.lineage().timeline()).as("told twice, restored once").isEqualTo(1);
    assertThat(state.lineage().whyForeign(lost, state.appliedIndex())).isEmpty();
    assertThat(state.incarnations().isOpen(server.incarnation())).isFalse();
    assertThat(state.incarnations().isOpen(state.bucket(T0).orElseThrow().owner())).isFalse();
    Reply.IncarnationOpened next = (Reply.IncarnationOpened) apply(Commands.open("s"));
    assertThat(next.incarnation()).isGreaterThan(server.incarnation() + 100_000);
    assertThat(state.lineage().opened(server.incarnation())).isFalse();
    assertThat(state.lineage().opened(server.incarnation() + 1)).as("given out since").isFalse();
    assertThat(state.lineage().opened(next.incarnation())).isTrue();
    assertThat(((Reply.WriterOpened) apply(new Command.OpenWriter())).writerId())
        .isGreaterThan(writer.writerId() + 100_000);
    assertThat(firstNumber(3)).isGreaterThan(1L << 39);
    assertThat(firstNumber(5)).as("had given none out").isGreaterThan(1L << 39);
    // Each bucket may have had ten blocks since.
    assertThat(firstNumber(7)).isBetween(150L * 10 * 10_000, Integer.MAX_VALUE / 10L);
    apply(Commands.createTable("u", 1));
    assertThat(
            state
                .catalog()
                .table(new TablePath(TablePath.DEFAULT_DATABASE, "u"))
                .orElseThrow()
                .tableId())
        .isGreaterThan(100_000);
    // A follower that has seen this timeline knows that an earlier copy is older, however long it
    // grows.
    ClusterState older = new ClusterState(Limits.STANDARD, CommitRules.STANDARD);
    older.apply(1, new Command.OpenLog("one", false));
    assertThat(older.lineage().whyForeign(state.position(), Long.MAX_VALUE)).isPresent();
  }
}
