package io.thalweg.coordinator.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.OwnerClaim;
import io.thalweg.coordinator.command.Payload;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.command.Reply.Committed;
import io.thalweg.coordinator.command.Reply.NotStored;
import io.thalweg.coordinator.command.Reply.Stored;
import io.thalweg.coordinator.command.Run;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.wal.WalObject;
import java.nio.ByteBuffer;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Commits: offsets, repeated groups, lanes, limits, and writers that send a batch twice. */
final class CommitTest extends StateFixture {
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
    // The state remembers as many batches as docs/reliability.md promises, and no more.
    for (int i = 0; i < 16; i++) {
      assertThat(write(server, group++, 1, new WriterStamp(id, (short) 0, 3 + i)))
          .isEqualTo(new Stored(3 + i, false));
    }
    assertThat(write(server, group++, 1, new WriterStamp(id, (short) 0, 3)))
        .isEqualTo(new Stored(3, true));
    // The batch is stored but no longer remembered: this is not a gap.
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

  /** No bucket forgets a writer that has just written, however many others are remembered. */
  @Test
  void beyondTheLimitOfAllBucketsTheLongestIdleWriterOfAllIsForgotten() {
    state =
        new ClusterState(
            new Limits(3, 2, 6, 4, 100, 1000, 5, 10_000, 2, 100, 2, 3, 100, 100),
            CommitRules.STANDARD);
    apply(Commands.createTable("t", 2));
    long server = opened("s1");
    long now = 2_000;
    long group = 1;
    long[] ids = {writer(), writer(), writer()};
    for (long id : ids) {
      committed(Commands.wal(server, group++, 10, Commands.entry(T1, 1, stamp(id, 0))));
      apply(new Command.Heartbeat(server, ++now));
    }
    long a = writer();
    long b = writer();
    assertThat(write(server, group++, 1, stamp(a, 0))).isEqualTo(new Stored(0, false));
    apply(new Command.Heartbeat(server, ++now));
    assertThat(write(server, group++, 1, stamp(b, 0))).isEqualTo(new Stored(1, false));
    assertThat(write(server, group++, 1, stamp(a, 0))).isEqualTo(new Stored(0, true));
    assertThat(write(server, group++, 1, stamp(b, 1))).isEqualTo(new Stored(2, false));
    assertThat(state.rememberedWriters()).isEqualTo(3);
    assertThat(
            committed(Commands.wal(server, group++, 10, Commands.entry(T1, 1, stamp(ids[2], 1)))))
        .containsExactly(new Stored(3, false));
    code(
        committed(Commands.wal(server, group++, 10, Commands.entry(T1, 1, stamp(ids[0], 1))))
            .get(0),
        ErrorCode.UNKNOWN_WRITER);
    ClusterState again = new ClusterState(Limits.STANDARD, CommitRules.STANDARD);
    again.restore(ByteBuffer.wrap(state.snapshot()));
    assertThat(again.rememberedWriters()).isEqualTo(3);
    long table = state.catalog().tableOf(T0.storage()).orElseThrow().tableId();
    apply(new Command.DropTable(path("t"), table, 5_000));
    assertThat(state.rememberedWriters()).isZero();
  }

  private static WriterStamp stamp(long id, int sequence) {
    return new WriterStamp(id, (short) 0, sequence);
  }
}
