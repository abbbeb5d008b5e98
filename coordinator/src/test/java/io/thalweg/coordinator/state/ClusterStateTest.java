package io.thalweg.coordinator.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.coordinator.state.Reply.Committed;
import io.thalweg.coordinator.state.Reply.NotStored;
import io.thalweg.coordinator.state.Reply.Refused;
import io.thalweg.coordinator.state.Reply.Stored;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.segment.SegmentFile;
import io.thalweg.format.wal.WalObject;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Each command and each refusal. */
final class ClusterStateTest {
  private static final TableBucket T0 = new TableBucket(1, 0);
  private static final TableBucket T1 = new TableBucket(1, 1);
  private static final Limits SMALL =
      new Limits(3, 2, 6, 8, 100, 2, 10_000, 2, 3, 2, 100, 100, 100);

  private ClusterState state = new ClusterState(Limits.STANDARD, CommitRules.STANDARD);
  private long index;

  private Reply apply(Command command) {
    Reply reply = Commands.applyAndAssign(state, command);
    index = state.appliedIndex();
    return reply;
  }

  private void refused(Command command, ErrorCode code) {
    Reply reply = apply(command);
    assertThat(reply).isInstanceOf(Refused.class);
    assertThat(((Refused) reply).code()).as("%s", reply).isEqualTo(code);
    assertThat(((Refused) reply).message()).isNotBlank();
  }

  private long opened(String serverId) {
    return ((Reply.IncarnationOpened) apply(Commands.open(serverId))).incarnation();
  }

  private List<Reply.EntryResult> committed(Command.Commit commit) {
    Reply reply = apply(commit);
    assertThat(reply).isInstanceOf(Committed.class);
    return ((Committed) reply).results();
  }

  private void notStored(Command.Commit commit, ErrorCode code) {
    assertThat(committed(commit))
        .singleElement()
        .satisfies(result -> assertThat(((NotStored) result).code()).isEqualTo(code));
  }

  private static TablePath path(String name) {
    return new TablePath("default", name);
  }

  private long owner(TableBucket bucket) {
    return state.bucket(bucket).orElseThrow().owner();
  }

  private int epoch(TableBucket bucket) {
    return state.bucket(bucket).orElseThrow().ownerEpoch();
  }

  private List<Run> runs(TableBucket bucket) {
    return state.bucket(bucket).orElseThrow().log().runs();
  }

  // ---- catalog

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
    assertThat(((Reply.TableCreated) reply).table().tableId()).isEqualTo(2);
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

  // ---- incarnations and owners

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

  // ---- commits

  @Test
  void offsetsAreAssignedAndBackToBackBatchesAreOneRun() {
    apply(Commands.createTable("t", 2));
    long server = opened("s1");
    assertThat(
            committed(
                Commands.inline(
                    server,
                    1,
                    40,
                    Commands.entry(T0, 3, 0, 10),
                    Commands.entry(T0, 2, 10, 10),
                    Commands.entry(T1, 1, 20, 10),
                    Commands.entry(T0, 1, 30, 10))))
        .containsExactly(
            new Stored(0, false), new Stored(3, false), new Stored(0, false), new Stored(5, false));
    Payload payload = new Payload.Inline(index);
    assertThat(runs(T0))
        .containsExactly(new Run(0, 5, 500, payload, 0, 20), new Run(5, 1, 500, payload, 30, 10));
    assertThat(state.payloads().counts()).containsExactly(Map.entry(payload, 3));
    assertThat(state.payloads().inlineBytes()).isEqualTo(40);
    assertThat(committed(Commands.wal(server, 1, 10, Commands.entry(T0, 4, 32, 10))))
        .containsExactly(new Stored(6, false));
    assertThat(runs(T0)).hasSize(3);
    assertThat(state.bucket(T0).orElseThrow().log().endOffset()).isEqualTo(10);
    assertThat(state.payloads().runs()).isEqualTo(4);
  }

  @Test
  void aGroupThatComesAgainGetsItsFirstReply() {
    apply(Commands.createTable("t", 1));
    long server = opened("s1");
    Command.Commit first = Commands.inline(server, 1, 10, Commands.entry(T0, 3, 0, 10));
    Reply reply = apply(first);
    apply(Commands.inline(server, 2, 10, Commands.entry(T0, 1, 0, 10)));
    assertThat(apply(first)).isEqualTo(reply);
    assertThat(state.bucket(T0).orElseThrow().log().endOffset()).isEqualTo(4);
    assertThat(apply(Commands.inline(server, 4, 10))).isEqualTo(new Reply.GroupGap(3));
    apply(new Command.CloseIncarnation(server, false, 1));
    assertThat(apply(first)).as("it was applied before the close").isEqualTo(reply);
    refused(
        Commands.inline(server, 3, 10, Commands.entry(T0, 1, 0, 10)), ErrorCode.INCARNATION_CLOSED);
    refused(Commands.inline(99, 1, 10, Commands.entry(T0, 1, 0, 10)), ErrorCode.INCARNATION_CLOSED);
  }

  @Test
  void theTwoLanesCountTheirGroupsApart() {
    apply(Commands.createTable("t", 1));
    long server = opened("s1");
    committed(Commands.inline(server, 1, 10, Commands.entry(T0, 1, 0, 10)));
    committed(Commands.wal(server, 1, 10, Commands.entry(T0, 1, 32, 10)));
    committed(Commands.inline(server, 2, 10, Commands.entry(T0, 1, 0, 10)));
    assertThat(apply(Commands.wal(server, 3, 10))).isEqualTo(new Reply.GroupGap(2));
    assertThat(apply(Commands.inline(server, 4, 10))).isEqualTo(new Reply.GroupGap(3));
    assertThat(state.bucket(T0).orElseThrow().log().endOffset()).isEqualTo(3);
  }

  @Test
  void onlySoManyGroupsAreRemembered() {
    state = new ClusterState(SMALL, CommitRules.STANDARD);
    apply(Commands.createTable("t", 1));
    long server = opened("s1");
    for (int group = 1; group <= 5; group++) {
      committed(Commands.wal(server, group, 10, Commands.entry(T0, 1, 32, 10)));
    }
    assertThat(apply(Commands.wal(server, 3, 10))).isInstanceOf(Committed.class);
    assertThat(apply(Commands.wal(server, 2, 10))).isEqualTo(new Reply.GroupGap(6));
  }

  @Test
  void aBatchForABucketThatIsGoneOrNotOwnedIsNotStored() {
    apply(Commands.createTable("t", 1));
    long one = opened("s1");
    long two = opened("s2");
    notStored(
        Commands.inline(one, 1, 10, Commands.entry(new TableBucket(9, 0), 1, 0, 10)),
        ErrorCode.TABLE_NOT_FOUND);
    notStored(Commands.inline(two, 1, 10, owned(1)), ErrorCode.STALE_OWNER);
    notStored(Commands.inline(one, 2, 10, owned(0)), ErrorCode.STALE_OWNER);
    assertThat(committed(Commands.inline(one, 3, 10, owned(1)))).hasSize(1);
    assertThat(state.payloads().inlineBytes()).as("only one is kept").isEqualTo(10);
  }

  private static Command.Entry owned(int epoch) {
    OwnerClaim claim = new OwnerClaim(epoch, 0, 1);
    return new Command.Entry(T0, 1, claim, 1, 0, 10, 5, WriterStamp.NONE);
  }

  @Test
  void aBatchWithoutRecordsIsNotStored() {
    apply(Commands.createTable("t", 1));
    long server = opened("s1");
    notStored(
        Commands.inline(server, 1, 10, Commands.entry(T0, 0, 0, 10)), ErrorCode.INVALID_REQUEST);
    assertThat(runs(T0)).isEmpty();
  }

  @Test
  void runsAndInlineBytesAreLimited() {
    state = new ClusterState(SMALL, CommitRules.STANDARD);
    apply(Commands.createTable("t", 1));
    long server = opened("s1");
    committed(Commands.inline(server, 1, 100, Commands.entry(T0, 1, 0, 10)));
    refused(Commands.inline(server, 2, 1, Commands.entry(T0, 1, 0, 1)), ErrorCode.OVERLOADED);
    for (int group = 1; group <= 7; group++) {
      committed(Commands.wal(server, group, 10, Commands.entry(T0, 1, 32, 10)));
    }
    notStored(Commands.wal(server, 8, 10, Commands.entry(T0, 1, 32, 10)), ErrorCode.OVERLOADED);
    assertThat(state.payloads().garbage().keySet())
        .containsExactly(new Payload.Wal(new WalObject(server, 8)));
  }

  // ---- writers

  private Reply.EntryResult write(long server, long group, int records, WriterStamp stamp) {
    return committed(Commands.wal(server, group, 10, Commands.entry(T0, records, stamp))).get(0);
  }

  private static void code(Reply.EntryResult result, ErrorCode code) {
    assertThat(result).isInstanceOf(NotStored.class);
    assertThat(((NotStored) result).code()).isEqualTo(code);
  }

  private long writer() {
    return ((Reply.WriterOpened) apply(new Command.OpenWriter())).writerId();
  }

  @Test
  void aWritersBatchesAreStoredOnceAndInOrder() {
    apply(Commands.createTable("t", 1));
    long server = opened("s1");
    long id = writer();
    WriterStamp first = new WriterStamp(id, (short) 0, 0);
    assertThat(write(server, 1, 3, first)).isEqualTo(new Stored(0, false));
    assertThat(write(server, 2, 3, first)).isEqualTo(new Stored(0, true));
    code(write(server, 3, 2, first), ErrorCode.UNKNOWN_OUTCOME);
    code(write(server, 4, 1, new WriterStamp(id, (short) 0, 4)), ErrorCode.OUT_OF_ORDER_SEQUENCE);
    int group = 5;
    // As many as docs/reliability.md promises, and no more.
    for (int i = 0; i < 16; i++) {
      assertThat(write(server, group++, 1, new WriterStamp(id, (short) 0, 3 + i)))
          .isEqualTo(new Stored(3 + i, false));
    }
    assertThat(write(server, group++, 1, new WriterStamp(id, (short) 0, 3)))
        .isEqualTo(new Stored(3, true));
    // It is stored, though nobody remembers: not a gap.
    code(write(server, group, 3, first), ErrorCode.UNKNOWN_OUTCOME);
  }

  @Test
  void aNewerEpochFencesAndUnknownWritersAreRefused() {
    apply(Commands.createTable("t", 1));
    long server = opened("s1");
    long id = writer();
    write(server, 1, 1, new WriterStamp(id, (short) 0, 0));
    code(write(server, 2, 1, new WriterStamp(id, (short) 1, 1)), ErrorCode.OUT_OF_ORDER_SEQUENCE);
    assertThat(write(server, 3, 1, new WriterStamp(id, (short) 1, 0)))
        .isEqualTo(new Stored(1, false));
    code(write(server, 4, 1, new WriterStamp(id, (short) 0, 1)), ErrorCode.WRITER_FENCED);
    code(write(server, 5, 1, new WriterStamp(id + 1, (short) 0, 0)), ErrorCode.UNKNOWN_WRITER);
    long second = writer();
    code(write(server, 6, 1, new WriterStamp(second, (short) 0, 5)), ErrorCode.UNKNOWN_WRITER);
  }

  @Test
  void sequencesWrapAround() {
    apply(Commands.createTable("t", 1));
    long server = opened("s1");
    long id = writer();
    int half = 1 << 30;
    assertThat(write(server, 1, half, new WriterStamp(id, (short) 0, 0)))
        .isEqualTo(new Stored(0, false));
    assertThat(write(server, 2, half - 1, new WriterStamp(id, (short) 0, half)))
        .isEqualTo(new Stored(half, false));
    assertThat(write(server, 3, 3, new WriterStamp(id, (short) 0, Integer.MAX_VALUE)))
        .isEqualTo(new Stored(Integer.MAX_VALUE, false));
    WriterStamp wrapped = new WriterStamp(id, (short) 0, 2);
    assertThat(write(server, 4, 1, wrapped)).isEqualTo(new Stored((1L << 31) + 2, false));
    assertThat(write(server, 5, 1, wrapped)).isEqualTo(new Stored((1L << 31) + 2, true));
  }

  @Test
  void aWindowThatGoesRoundAllSequencesTakesNoBatchForAnother() {
    apply(Commands.createTable("t", 1));
    long server = opened("s1");
    long id = writer();
    int rows = Integer.MAX_VALUE / 16 + 1;
    for (int i = 0; i < 20; i++) {
      WriterStamp stamp = new WriterStamp(id, (short) 0, (i * rows) & Integer.MAX_VALUE);
      assertThat(write(server, 1 + i, rows, stamp)).isEqualTo(new Stored((long) i * rows, false));
    }
  }

  @Test
  void idleAndSurplusWritersAreForgotten() {
    state = new ClusterState(SMALL, CommitRules.STANDARD);
    apply(Commands.createTable("t", 1));
    long server = opened("s1");
    long a = writer();
    long b = writer();
    long c = writer();
    write(server, 1, 1, new WriterStamp(a, (short) 0, 0));
    write(server, 2, 1, new WriterStamp(b, (short) 0, 0));
    write(server, 3, 1, new WriterStamp(a, (short) 0, 1));
    write(server, 4, 1, new WriterStamp(c, (short) 0, 0));
    code(write(server, 5, 1, new WriterStamp(b, (short) 0, 1)), ErrorCode.UNKNOWN_WRITER);
    assertThat(write(server, 6, 1, new WriterStamp(a, (short) 0, 2))).isInstanceOf(Stored.class);
    apply(new Command.Heartbeat(server, 2_000 + 10_001));
    write(server, 7, 1, new WriterStamp(c, (short) 0, 1));
    code(write(server, 8, 1, new WriterStamp(a, (short) 0, 3)), ErrorCode.UNKNOWN_WRITER);
  }

  // ---- replacing runs

  private Command.ReplaceRuns replace(
      long server, int epoch, long from, long to, WalObject object, Payload... seen) {
    Run run = new Run(from, (int) (to - from), 500, new Payload.Wal(object), 32, 50);
    return replace(server, move(epoch, from, to, run, seen));
  }

  private static Command.Move move(int epoch, long from, long to, Run run, Payload... seen) {
    return new Command.Move(T0, epoch, from, to, List.of(seen), run, 82);
  }

  private static Command.ReplaceRuns replace(long server, Command.Move... moves) {
    return new Command.ReplaceRuns(server, List.of(moves), 4_000);
  }

  private long threeRuns() {
    apply(Commands.createTable("t", 1));
    long server = opened("s1");
    committed(Commands.inline(server, 1, 10, Commands.entry(T0, 2, 0, 10)));
    committed(Commands.wal(server, 1, 10, Commands.entry(T0, 3, 32, 10)));
    committed(Commands.wal(server, 2, 10, Commands.entry(T0, 4, 32, 10)));
    return server;
  }

  @Test
  void replacedRunsLeaveGarbageAndInlinePayloadsGo() {
    long server = threeRuns();
    Payload inline = runs(T0).get(0).payload();
    Payload wal = runs(T0).get(1).payload();
    WalObject made = new WalObject(server, 50);
    Command.ReplaceRuns replace = replace(server, 1, 0, 5, made, inline, wal);
    assertThat(apply(replace)).isEqualTo(new Reply.Done());
    assertThat(runs(T0)).hasSize(2);
    assertThat(runs(T0).get(0)).isEqualTo(replace.moves().get(0).run());
    assertThat(state.payloads().inlineBytes()).isZero();
    assertThat(state.payloads().isInlineLive(((Payload.Inline) inline).index())).isFalse();
    assertThat(state.payloads().garbage())
        .containsExactly(Map.entry(wal, new PayloadRefs.Since(state.appliedIndex(), 4_000)));
    assertThat(apply(replace)).as("tried again").isEqualTo(new Reply.Done());
    assertThat(state.payloads().garbage().keySet()).containsExactly(wal);
    apply(new Command.ForgetObjects(List.of((Payload.Wal) wal)));
    assertThat(state.payloads().garbage()).isEmpty();
  }

  @Test
  void movesOfTheSameRecordsAreRefusedAsAWhole() {
    long server = threeRuns();
    List<Run> before = List.copyOf(runs(T0));
    Payload inline = before.get(0).payload();
    Payload wal = before.get(1).payload();
    Payload made = new Payload.Wal(new WalObject(server, 50));
    Command.Move both = move(1, 0, 5, new Run(0, 5, 500, made, 32, 50), inline, wal);
    Command.Move second = move(1, 2, 5, new Run(2, 3, 500, made, 82, 50), wal);
    refused(replace(server, both, both), ErrorCode.INVALID_REQUEST);
    refused(replace(server, second, both), ErrorCode.INVALID_REQUEST);
    assertThat(runs(T0)).isEqualTo(before);
    assertThat(state.payloads().garbage()).containsOnlyKeys(made);
  }

  @Test
  void runsThatChangedOrAreNotOwnedAreNotReplaced() {
    long server = threeRuns();
    Payload inline = runs(T0).get(0).payload();
    Payload wal = runs(T0).get(1).payload();
    WalObject made = new WalObject(server, 50);
    refused(replace(server, 2, 0, 5, made, inline, wal), ErrorCode.STALE_OWNER);
    refused(replace(server + 1, 1, 0, 5, made, inline, wal), ErrorCode.STALE_OWNER);
    refused(replace(server, 1, 0, 4, made, inline, wal), ErrorCode.INVALID_REQUEST);
    refused(replace(server, 1, 1, 5, made, inline, wal), ErrorCode.INVALID_REQUEST);
    refused(replace(server, 1, 0, 5, made, wal, inline), ErrorCode.INVALID_REQUEST);
    refused(replace(server, 1, 0, 5, made, inline), ErrorCode.INVALID_REQUEST);
    assertThat(state.payloads().garbage().keySet()).containsExactly(new Payload.Wal(made));
    assertThat(runs(T0)).hasSize(3);
    apply(new Command.DropTable(path("t"), 1, 1));
    refused(replace(server, 1, 0, 5, made, inline, wal), ErrorCode.TABLE_NOT_FOUND);
  }

  @Test
  void newRunsMustCoverTheSameOffsetsWithRecords() {
    long server = threeRuns();
    Payload inline = runs(T0).get(0).payload();
    Payload wal = new Payload.Wal(new WalObject(server, 50));
    Payload other = new Payload.Segment(new SegmentFile(7, 0, server, 50, 100, 1));
    for (Run wrong :
        List.of(
            new Run(0, 1, 5, wal, 32, 5),
            new Run(0, 3, 5, wal, 32, 5),
            new Run(1, 1, 5, wal, 32, 5),
            new Run(0, 0, 5, wal, 32, 5),
            new Run(0, 2, 5, new Payload.Inline(3), 32, 5),
            new Run(0, 2, 5, other, 0, 5))) {
      refused(replace(server, move(1, 0, 2, wrong, inline)), ErrorCode.INVALID_REQUEST);
    }
    assertThat(runs(T0)).hasSize(3);
  }

  @Test
  void allMovesAreMadeOrNone() {
    long server = threeRuns();
    Payload inline = runs(T0).get(0).payload();
    Payload wal = runs(T0).get(1).payload();
    Run first = new Run(0, 2, 5, new Payload.Wal(new WalObject(server, 50)), 32, 5);
    Run second = new Run(2, 3, 5, new Payload.Wal(new WalObject(server, 50)), 37, 5);
    refused(
        replace(server, move(1, 0, 2, first, inline), move(2, 2, 5, second, wal)),
        ErrorCode.STALE_OWNER);
    assertThat(runs(T0).get(0).payload()).isEqualTo(inline);
    Payload made = new Payload.Wal(new WalObject(server, 51));
    Run firstAgain = new Run(0, 2, 5, made, 32, 5);
    Run secondAgain = new Run(2, 3, 5, made, 37, 5);
    Command.ReplaceRuns good =
        replace(server, move(1, 0, 2, firstAgain, inline), move(1, 2, 5, secondAgain, wal));
    assertThat(apply(good)).isEqualTo(new Reply.Done());
    assertThat(apply(good)).as("tried again").isEqualTo(new Reply.Done());
    assertThat(runs(T0).subList(0, 2)).containsExactly(firstAgain, secondAgain);
    assertThat(state.payloads().counts()).containsEntry(made, 2);
  }

  @Test
  void whatMayBeDeletedAlreadyBecomesNobodysHome() {
    long server = threeRuns();
    Payload inline = runs(T0).get(0).payload();
    WalObject made = new WalObject(server, 50);
    refused(replace(server, 9, 0, 2, made, inline), ErrorCode.STALE_OWNER);
    assertThat(state.payloads().garbage().keySet()).containsExactly(new Payload.Wal(made));
    refused(replace(server, 1, 0, 2, made, inline), ErrorCode.INVALID_REQUEST);
    assertThat(state.payloads().garbage().keySet()).containsExactly(new Payload.Wal(made));
  }

  @Test
  void aSegmentIsAHomeLikeAnyOther() {
    long server = threeRuns();
    Payload segment = new Payload.Segment(new SegmentFile(1, 0, server, 50, 100, -1));
    Run run = new Run(0, 5, 500, segment, 0, 4_711);
    Payload[] seen = {runs(T0).get(0).payload(), runs(T0).get(1).payload()};
    assertThat(apply(replace(server, move(1, 0, 5, run, seen)))).isEqualTo(new Reply.Done());
    assertThat(runs(T0).get(0)).isEqualTo(run);
    ClusterState copy = new ClusterState(Limits.STANDARD, CommitRules.STANDARD);
    copy.restore(ByteBuffer.wrap(state.snapshot()));
    assertThat(copy.snapshot()).isEqualTo(state.snapshot());
    assertThat(copy.bucket(T0).orElseThrow().log().runs()).isEqualTo(runs(T0));
    assertThat(Payload.ofKey(((Payload.Segment) segment).key()).orElseThrow())
        .isEqualByComparingTo((Payload.Stored) segment);
  }

  // ---- the end of records' lives

  private Command.TrimLog trim(long server, long to) {
    return new Command.TrimLog(T0, server, 1, to, 5_000);
  }

  @Test
  void trimmingEndsAtARunsEnd() {
    long server = threeRuns();
    List<Payload> payloads = runs(T0).stream().map(Run::payload).toList();
    refused(trim(server, 3), ErrorCode.INVALID_REQUEST);
    refused(trim(server, 10), ErrorCode.INVALID_REQUEST);
    refused(new Command.TrimLog(T0, server, 2, 5, 5_000), ErrorCode.STALE_OWNER);
    refused(
        new Command.TrimLog(new TableBucket(9, 0), server, 1, 5, 5_000), ErrorCode.TABLE_NOT_FOUND);
    assertThat(apply(trim(server, 5))).isEqualTo(new Reply.Done());
    assertThat(apply(trim(server, 2))).as("earlier").isEqualTo(new Reply.Done());
    BucketLog log = state.bucket(T0).orElseThrow().log();
    assertThat(log.startOffset()).isEqualTo(5);
    assertThat(log.runs()).hasSize(1);
    assertThat(state.payloads().garbage().keySet()).containsExactly(payloads.get(1));
    assertThat(state.payloads().inlineBytes()).isZero();
    assertThat(apply(trim(server, 9))).as("all of it").isEqualTo(new Reply.Done());
    assertThat(log.startOffset()).isEqualTo(9);
    ClusterState copy = new ClusterState(Limits.STANDARD, CommitRules.STANDARD);
    copy.restore(ByteBuffer.wrap(state.snapshot()));
    assertThat(copy.bucket(T0).orElseThrow().log().startOffset()).isEqualTo(9);
  }

  @Test
  void aPinKeepsRecordsAndObjects() {
    long server = threeRuns();
    refused(new Command.OpenPin(server, 9, Map.of(0, 0L)), ErrorCode.TABLE_NOT_FOUND);
    refused(new Command.OpenPin(server + 1, 1, Map.of(0, 0L)), ErrorCode.INCARNATION_CLOSED);
    Reply.PinOpened pin = (Reply.PinOpened) apply(new Command.OpenPin(server, 1, Map.of(0, 3L)));
    assertThat(apply(trim(server, 2))).isEqualTo(new Reply.Done());
    refused(trim(server, 5), ErrorCode.OVERLOADED);
    Payload[] seen = {runs(T0).get(0).payload(), runs(T0).get(1).payload()};
    Run merged = new Run(2, 7, 500, new Payload.Wal(new WalObject(server, 50)), 32, 50);
    assertThat(apply(replace(server, move(1, 2, 9, merged, seen)))).isEqualTo(new Reply.Done());
    assertThat(state.payloads().garbage().values()).allMatch(state.pins()::hold);
    ClusterState copy = new ClusterState(Limits.STANDARD, CommitRules.STANDARD);
    copy.restore(ByteBuffer.wrap(state.snapshot()));
    assertThat(copy.pins().open()).isEqualTo(state.pins().open());
    apply(new Command.ClosePin(pin.pin()));
    assertThat(state.payloads().garbage().values()).noneMatch(state.pins()::hold);
    apply(new Command.OpenPin(server, 1, Map.of(0, 3L)));
    assertThat(state.payloads().garbage().values())
        .as("garbage before the pin was taken")
        .noneMatch(state.pins()::hold);
    assertThat(apply(trim(server, 9))).as("refused").isInstanceOf(Reply.Refused.class);
    apply(new Command.CloseIncarnation(server, false, 1));
    assertThat(state.pins().open()).isEmpty();
  }

  @Test
  void nobodyOwnsABucketWithoutAnOwner() {
    long server = threeRuns();
    Payload inline = runs(T0).get(0).payload();
    apply(new Command.CloseIncarnation(server, false, 1));
    assertThat(owner(T0)).as("nobody was given it").isEqualTo(server);
    refused(
        replace(server, epoch(T0), 0, 2, new WalObject(server, 50), inline), ErrorCode.STALE_OWNER);
    refused(replace(0, epoch(T0), 0, 2, new WalObject(server, 50), inline), ErrorCode.STALE_OWNER);
  }

  @Test
  void aDroppedTablesPayloadsAreGarbage() {
    long server = threeRuns();
    apply(new Command.DropTable(path("t"), 1, 6_000));
    assertThat(state.payloads().runs()).isZero();
    assertThat(state.payloads().inlineBytes()).isZero();
    assertThat(state.payloads().garbage().keySet())
        .containsExactly(
            new Payload.Wal(new WalObject(server, 1)), new Payload.Wal(new WalObject(server, 2)));
  }

  @Test
  void theLogIndexFindsOffsetsAndTimes() {
    threeRuns();
    BucketLog log = state.bucket(T0).orElseThrow().log();
    assertThat(log.startOffset()).isZero();
    assertThat(log.endOffset()).isEqualTo(9);
    assertThat(IntStream.range(0, 10).map(log::indexOf))
        .containsExactly(0, 0, 1, 1, 1, 2, 2, 2, 2, 3);
    assertThat(log.firstRunAt(500).orElseThrow().baseOffset()).isZero();
    assertThat(log.firstRunAt(501)).isEmpty();
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
