package io.thalweg.coordinator.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.OwnerClaim;
import io.thalweg.coordinator.command.Payload;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.command.Reply.NotStored;
import io.thalweg.coordinator.command.Reply.Stored;
import io.thalweg.coordinator.command.TransactionPart;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TablePath;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Transactions: their ends in all buckets at once, fencing, what comes late, and their bounds. */
final class TransactionsTest extends StateFixture {
  private long server;
  private long group;

  @BeforeEach
  void begin() {
    apply(Commands.createTable("t", 2));
    server = opened("s1");
    group = 0;
  }

  private WriterStamp open(String name) {
    return stamp(apply(new Command.OpenTransactions(name, 60_000, null)));
  }

  private static WriterStamp stamp(Reply reply) {
    Reply.WriterOpened opened = (Reply.WriterOpened) reply;
    return new WriterStamp(opened.writerId(), opened.epoch(), 0);
  }

  private long number(String name) {
    return state.transactions().find(name).orElseThrow().number();
  }

  private Command.Entry entry(TableBucket bucket, WriterStamp writer, int sequence, long number) {
    return entry(bucket, writer, sequence, number, true);
  }

  private static Command.Entry entry(
      TableBucket bucket, WriterStamp writer, int sequence, long number, boolean joins) {
    return new Command.Entry(
        bucket,
        1,
        null,
        2,
        0,
        10,
        500,
        new WriterStamp(writer.writerId(), writer.epoch(), sequence),
        new TransactionPart(writer.writerId(), writer.epoch(), number, joins));
  }

  private List<Reply.EntryResult> commit(Command.Entry... entries) {
    return committed(Commands.inline(server, ++group, 10, entries));
  }

  private Reply end(String name, WriterStamp writer, boolean commits, boolean bumps) {
    return apply(
        new Command.EndTransaction(
            name, writer.writerId(), writer.epoch(), number(name), commits, bumps));
  }

  private BucketState bucket(TableBucket id) {
    return state.bucket(id).orElseThrow();
  }

  @Test
  void oneEntryEndsATransactionInAllItsBuckets() {
    WriterStamp writer = open("w");
    commit(entry(T0, writer, 0, 1), entry(T1, writer, 0, 1), Commands.entry(T1, 1, 0, 10));
    assertThat(bucket(T0).lastStableOffset()).isZero();
    assertThat(bucket(T1).lastStableOffset()).isZero();
    assertThat(bucket(T1).log().endOffset()).isEqualTo(3);

    WriterStamp next = stamp(end("w", writer, true, true));
    assertThat(next).isEqualTo(new WriterStamp(writer.writerId(), (short) 1, 0));
    assertThat(bucket(T0).log().endOffset()).isEqualTo(3);
    assertThat(bucket(T0).lastStableOffset()).isEqualTo(3);
    assertThat(bucket(T1).lastStableOffset()).isEqualTo(4);
    assertThat(bucket(T1).log().runs().get(bucket(T1).log().runs().size() - 1).payload())
        .isEqualTo(new Payload.Marker(writer.writerId(), (short) 1, true));
    assertThat(bucket(T0).transactions().aborted()).isEmpty();
    assertThat(state.payloads().runs()).isEqualTo(5);

    commit(entry(T0, next, 0, 2));
    end("w", next, false, true);
    assertThat(bucket(T0).transactions().aborted())
        .containsExactly(new BucketTransactions.Aborted(writer.writerId(), 3, 5));
    assertThat(bucket(T0).transactions().isAborted(writer.writerId(), 4)).isTrue();
    assertThat(bucket(T0).transactions().isAborted(writer.writerId(), 2)).isFalse();
    assertThat(bucket(T1).transactions().aborted()).isEmpty();
  }

  @Test
  void anEndThatComesAgainGetsTheSameAnswerAndChangesNothing() {
    WriterStamp writer = open("w");
    commit(entry(T0, writer, 0, 1));
    Reply first = end("w", writer, true, true);
    byte[] after = state.snapshot();
    assertThat(end("w", writer, true, true)).isEqualTo(first);
    ClusterState before = new ClusterState(Limits.STANDARD, CommitRules.STANDARD);
    before.restore(ByteBuffer.wrap(after));
    assertThat(bucket(T0).log().endOffset()).isEqualTo(before.bucket(T0).get().log().endOffset());
    assertThat(((Reply.Refused) end("w", writer, false, true)).code())
        .as("the other way round")
        .isEqualTo(ErrorCode.WRITER_FENCED);
    WriterStamp next = stamp(first);
    commit(entry(T0, next, 0, 2));
    assertThat(((Reply.Refused) end("w", writer, true, true)).code())
        .as("once the next one has begun")
        .isEqualTo(ErrorCode.WRITER_FENCED);
  }

  @Test
  void whatComesAfterItsTransactionGetsIntoNoOther() {
    WriterStamp writer = open("w");
    commit(entry(T0, writer, 0, 1, true));
    // By the older protocol the epoch stays, so only the number tells the transactions apart.
    end("w", writer, true, false);
    commit(entry(T0, writer, 2, 2, true));
    assertThat(commit(entry(T1, writer, 0, 1, true)))
        .allSatisfy(late -> assertThat(((NotStored) late).code()).isEqualTo(ErrorCode.UNAVAILABLE));
    assertThat(
            ((Reply.Refused)
                    apply(
                        new Command.EndTransaction(
                            "w", writer.writerId(), writer.epoch(), 1, false, false)))
                .code())
        .isEqualTo(ErrorCode.UNAVAILABLE);
    assertThat(bucket(T0).lastStableOffset()).as("the second is open").isEqualTo(3);
  }

  @Test
  void olderProducersDeclareTheirBuckets() {
    WriterStamp writer = open("w");
    assertThat(commit(entry(T0, writer, 0, 1, false)))
        .allSatisfy(
            each -> assertThat(((NotStored) each).code()).isEqualTo(ErrorCode.INVALID_TRANSACTION));
    apply(new Command.JoinTransaction("w", writer.writerId(), writer.epoch(), 1, List.of(T0, T1)));
    assertThat(commit(entry(T0, writer, 0, 1, false))).containsExactly(new Stored(0, false));
    end("w", writer, true, false);
    assertThat(bucket(T1).log().endOffset()).as("marked though it got nothing").isEqualTo(1);
    assertThat(end("w", writer, true, false)).isInstanceOf(Reply.WriterOpened.class);
    assertThat(((Reply.Refused) end("w", writer, false, false)).code())
        .isEqualTo(ErrorCode.INVALID_TRANSACTION);
  }

  @Test
  void whoeverOpensTheNameFencesAndAborts() {
    WriterStamp zombie = open("w");
    commit(entry(T0, zombie, 0, 1));
    WriterStamp next = open("w");
    assertThat(next).isEqualTo(new WriterStamp(zombie.writerId(), (short) 1, 0));
    assertThat(bucket(T0).transactions().aborted()).hasSize(1);
    assertThat(commit(entry(T0, zombie, 2, number("w"))))
        .allSatisfy(
            each -> assertThat(((NotStored) each).code()).isEqualTo(ErrorCode.WRITER_FENCED));
    assertThat(((Reply.Refused) end("w", zombie, true, true)).code())
        .isEqualTo(ErrorCode.WRITER_FENCED);
    Command mine =
        new Command.OpenTransactions("w", 60_000, new WriterStamp(next.writerId(), (short) 1, 0));
    WriterStamp third = stamp(apply(mine));
    assertThat(third.epoch()).isEqualTo((short) 2);
    assertThat(stamp(apply(mine))).as("the same request again").isEqualTo(third);
    refused(
        new Command.OpenTransactions("w", 60_000, new WriterStamp(next.writerId(), (short) 0, 0)),
        ErrorCode.WRITER_FENCED);
    refused(new Command.OpenTransactions("w", 0, null), ErrorCode.INVALID_REQUEST);
    refused(new Command.OpenTransactions("w", 900_001, null), ErrorCode.INVALID_REQUEST);
  }

  @Test
  void whoeverWasFencedDoesNotGetTheEpochOfWhoeverFencedIt() {
    WriterStamp zombie = open("w");
    WriterStamp next = open("w");
    Command back =
        new Command.OpenTransactions(
            "w", 60_000, new WriterStamp(zombie.writerId(), zombie.epoch(), 0));
    refused(back, ErrorCode.WRITER_FENCED);
    commit(entry(T0, next, 0, 1));
    open("w");
    refused(back, ErrorCode.WRITER_FENCED);
    refused(
        new Command.OpenTransactions("w", 60_000, new WriterStamp(next.writerId(), (short) 1, 0)),
        ErrorCode.WRITER_FENCED);
  }

  @Test
  void epochsEndAndTheWriterGoesOnUnderAnotherId() {
    WriterStamp writer = open("w");
    for (int i = 1; i < TransactionalWriter.MAX_EPOCH - 1; i++) {
      writer = open("w");
    }
    assertThat(writer.epoch()).isEqualTo((short) (TransactionalWriter.MAX_EPOCH - 2));
    writer = open("w");
    commit(entry(T0, writer, 0, number("w")));
    WriterStamp next = stamp(end("w", writer, true, true));
    assertThat(next.writerId()).isNotEqualTo(writer.writerId());
    assertThat(next.epoch()).isZero();
    assertThat(bucket(T0).lastStableOffset()).isEqualTo(3);
    assertThat(end("w", writer, true, true))
        .isEqualTo(new Reply.WriterOpened(next.writerId(), (short) 0));
    assertThat(commit(entry(T0, next, 0, number("w")))).containsExactly(new Stored(3, false));
  }

  @Test
  void overdueTransactionsAreAbortedAndIdleWritersForgotten() {
    apply(new Command.Heartbeat(server, 1_000_000));
    WriterStamp writer = open("w");
    open("idle");
    commit(entry(T0, writer, 0, 1));
    assertThat(state.transactions().isExpireDue(state.clusterTimeMillis())).isFalse();
    apply(new Command.Heartbeat(server, 1_060_001));
    assertThat(state.transactions().isExpireDue(state.clusterTimeMillis())).isTrue();
    apply(new Command.ExpireTransactions());
    assertThat(bucket(T0).transactions().aborted()).hasSize(1);
    assertThat(((Reply.Refused) end("w", writer, true, true)).code())
        .isEqualTo(ErrorCode.WRITER_FENCED);
    apply(new Command.Heartbeat(server, 1_000_001 + Transactions.IDLE_MILLIS));
    apply(new Command.ExpireTransactions());
    assertThat(state.transactions().find("idle")).isEmpty();
    assertThat(state.transactions().find("w")).isPresent();
  }

  @Test
  void aWriterWithAnOpenTransactionWritesNothingBesideItThere() {
    WriterStamp writer = open("w");
    commit(entry(T0, writer, 0, 1));
    assertThat(commit(Commands.entry(T0, 1, new WriterStamp(writer.writerId(), writer.epoch(), 2))))
        .allSatisfy(
            each -> assertThat(((NotStored) each).code()).isEqualTo(ErrorCode.INVALID_TRANSACTION));
  }

  @Test
  void openTransactionsKeepTheirRecordsAndDroppedTablesEndThem() {
    apply(Commands.assign(state));
    WriterStamp writer = open("w");
    commit(Commands.entry(T0, 2, 0, 10));
    commit(entry(T0, writer, 0, 1));
    int epoch = bucket(T0).ownerEpoch();
    refused(new Command.TrimLog(T0, server, epoch, 4, 1), ErrorCode.OVERLOADED);
    assertThat(apply(new Command.TrimLog(T0, server, epoch, 2, 1))).isEqualTo(new Reply.Done());
    end("w", writer, false, true);
    assertThat(apply(new Command.TrimLog(T0, server, epoch, 5, 1))).isEqualTo(new Reply.Done());
    assertThat(bucket(T0).transactions().aborted()).isEmpty();
    commit(entry(T0, new WriterStamp(writer.writerId(), (short) 1, 0), 0, 2));
    apply(new Command.DropTable(new TablePath("default", "t"), T0.storage().value() - 1, 1));
    end("w", new WriterStamp(writer.writerId(), (short) 1, 0), true, true);
  }

  @Test
  void recordsOfAnOpenTransactionMayBeDeleted() {
    WriterStamp writer = open("w");
    commit(entry(T0, writer, 0, 1));
    commit(Commands.entry(T0, 3, 0, 10));
    assertThat(apply(new Command.DeleteRecords(T0, 3))).isEqualTo(new Reply.Done());
    assertThat(bucket(T0).lastStableOffset()).as("not before the start").isEqualTo(3);
    ClusterState copy = new ClusterState(Limits.STANDARD, CommitRules.STANDARD);
    copy.restore(ByteBuffer.wrap(state.snapshot()));
    assertThat(copy.bucket(T0).orElseThrow().lastStableOffset()).isEqualTo(3);
    end("w", writer, false, true);
    assertThat(bucket(T0).lastStableOffset()).isEqualTo(6);
    assertThat(bucket(T0).transactions().abortedBetween(3, 6))
        .as("its end can still be read")
        .containsExactly(new BucketTransactions.Aborted(writer.writerId(), 0, 5));
    assertThat(apply(new Command.DeleteRecords(T0, 5))).isEqualTo(new Reply.Done());
    assertThat(bucket(T0).transactions().aborted()).hasSize(1);
    assertThat(apply(new Command.DeleteRecords(T0, 6))).isEqualTo(new Reply.Done());
    assertThat(bucket(T0).transactions().aborted()).isEmpty();
  }

  @Test
  void theOwnerHearsHowTransactionsWithItsOffsetsEnded() {
    apply(Commands.assign(state));
    WriterStamp writer = open("w");
    int epoch = bucket(T1).ownerEpoch();
    Command.Entry offsets =
        new Command.Entry(
            T1,
            1,
            new OwnerClaim(epoch, 0, 1),
            1,
            0,
            10,
            500,
            WriterStamp.NONE,
            new TransactionPart(writer.writerId(), writer.epoch(), 1, true));
    assertThat(commit(offsets)).containsExactly(new Stored(0, false));
    assertThat(state.transactions().find("w").orElseThrow().isOpen()).isTrue();
    assertThat(bucket(T1).lastStableOffset()).as("no marker will come").isEqualTo(1);
    end("w", writer, true, true);
    assertThat(bucket(T1).log().endOffset()).isEqualTo(1);
    Transactions.End end = new Transactions.End(writer.writerId(), 1);
    assertThat(state.transactions().ends(T1))
        .containsOnlyKeys(end)
        .containsValue(new Transactions.Outcome((short) 1, true));
    // Offsets that come after their transaction are refused: its end may be written already.
    Command.Entry late =
        new Command.Entry(
            T1,
            1,
            new OwnerClaim(epoch, 1, 1),
            1,
            0,
            10,
            500,
            WriterStamp.NONE,
            new TransactionPart(writer.writerId(), (short) 1, 1, true));
    notStored(Commands.inline(server, ++group, 10, late), ErrorCode.UNAVAILABLE);
    assertThat(state.transactions().ends(T1))
        .as("and change nothing of how it ended")
        .containsValue(new Transactions.Outcome((short) 1, true));
    apply(new Command.SettleTransaction(T1, writer.writerId(), 1));
    assertThat(state.transactions().ends(T1)).isEmpty();
  }

  /** A writer may have got epochs after the backup that the backup does not know. */
  @Test
  void aRestoredLogGivesEveryWriterAnotherId() {
    WriterStamp writer = open("w");
    commit(entry(T0, writer, 0, 1));
    apply(new Command.OpenLog("first", false));
    apply(new Command.OpenLog("second", true, 1));
    assertThat(bucket(T0).transactions().aborted()).hasSize(1);
    assertThat(((Reply.Refused) end("w", writer, true, true)).code())
        .isEqualTo(ErrorCode.UNKNOWN_WRITER);
    WriterStamp next = open("w");
    assertThat(next.writerId()).isGreaterThan(1_000_000);
    assertThat(next.epoch()).isEqualTo((short) 1);
  }

  @Test
  void aWriterThatNobodyKnowsIsRefused() {
    refused(
        new Command.OpenTransactions("w", 1_000, new WriterStamp(5, (short) 0, 0)),
        ErrorCode.UNKNOWN_WRITER);
    refused(new Command.EndTransaction("w", 1, (short) 0, 1, true, true), ErrorCode.UNKNOWN_WRITER);
    refused(new Command.JoinTransaction("w", 1, (short) 0, 1, List.of()), ErrorCode.UNKNOWN_WRITER);
    assertThat(commit(entry(T0, new WriterStamp(1, (short) 0, 0), 0, 1)))
        .allSatisfy(
            each -> assertThat(((NotStored) each).code()).isEqualTo(ErrorCode.UNKNOWN_WRITER));
  }
}
