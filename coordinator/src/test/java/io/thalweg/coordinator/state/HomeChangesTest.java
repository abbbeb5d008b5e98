package io.thalweg.coordinator.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Payload;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.command.Run;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.segment.SegmentFile;
import io.thalweg.format.segment.SegmentForm;
import io.thalweg.format.wal.WalObject;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * What happens to records after their commit: runs are replaced, trimmed, pinned, and become
 * garbage.
 */
final class HomeChangesTest extends StateFixture {
  private Command.ReplaceRuns replace(
      long server, int epoch, long from, long to, WalObject object, Payload... seen) {
    Run run = new Run(from, (int) (to - from), 500, new Payload.Wal(object), 32, 50);
    return replace(server, move(epoch, from, to, run, seen));
  }

  private static Command.ReplaceRuns replace(long server, Command.Move... moves) {
    return new Command.ReplaceRuns(server, List.of(moves), 4_000);
  }

  private static Command.Move move(int epoch, long from, long to, Run run, Payload... seen) {
    return new Command.Move(T0, epoch, from, to, List.of(seen), run, 82);
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
    Payload other = new Payload.Segment(new SegmentFile(new TableBucket(7, 0), server, 50, 100, 1));
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
    Payload segment = new Payload.Segment(new SegmentFile(T0, server, 50, 100, -1));
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

  private static Command.DeleteRecords delete(long before) {
    return new Command.DeleteRecords(T0, before);
  }

  private BucketLog log() {
    return state.bucket(T0).orElseThrow().log();
  }

  private void checkCopy() {
    ClusterState copy = new ClusterState(Limits.STANDARD, CommitRules.STANDARD);
    copy.restore(ByteBuffer.wrap(state.snapshot()));
    assertThat(copy.snapshot()).isEqualTo(state.snapshot());
    assertThat(copy.bucket(T0).orElseThrow().log().startOffset()).isEqualTo(log().startOffset());
    assertThat(copy.payloads().counts()).isEqualTo(state.payloads().counts());
  }

  @Test
  void recordsAreDeletedUpToAnyOffset() {
    threeRuns();
    List<Run> before = List.copyOf(runs(T0));
    assertThat(apply(delete(1))).isEqualTo(new Reply.Done());
    assertThat(log().startOffset()).isEqualTo(1);
    assertThat(runs(T0)).as("its first run has records after that").isEqualTo(before);
    checkCopy();
    assertThat(apply(delete(3))).isEqualTo(new Reply.Done());
    assertThat(log().startOffset()).isEqualTo(3);
    assertThat(log().firstRunOffset()).isEqualTo(2);
    assertThat(runs(T0)).isEqualTo(before.subList(1, 3));
    assertThat(state.payloads().inlineBytes()).isZero();
    assertThat(state.payloads().garbage()).isEmpty();
    checkCopy();
    assertThat(apply(delete(2))).as("a late copy").isEqualTo(new Reply.Done());
    assertThat(log().startOffset()).isEqualTo(3);
    refused(delete(10), ErrorCode.OFFSET_OUT_OF_RANGE);
    refused(new Command.DeleteRecords(new TableBucket(9, 0), 1), ErrorCode.TABLE_NOT_FOUND);
    assertThat(apply(delete(5))).as("a run's end").isEqualTo(new Reply.Done());
    assertThat(runs(T0)).isEqualTo(before.subList(2, 3));
    assertThat(apply(delete(9))).as("all of it").isEqualTo(new Reply.Done());
    assertThat(runs(T0)).isEmpty();
    assertThat(log().startOffset()).isEqualTo(9);
    assertThat(log().looseBytes()).isZero();
    assertThat(state.payloads().garbage().keySet())
        .containsExactly(before.get(1).payload(), before.get(2).payload());
    checkCopy();
    committed(Commands.inline(1, 2, 10, Commands.entry(T0, 2, 0, 10)));
    assertThat(log().endOffset()).as("offsets go on").isEqualTo(11);
  }

  @Test
  void aLogBeginsInsideWhatItsFirstRunsBecame() {
    long server = threeRuns();
    apply(delete(3));
    Payload[] seen = {runs(T0).get(0).payload(), runs(T0).get(1).payload()};
    Payload segment = new Payload.Segment(new SegmentFile(T0, server, 50, 100, -1));
    Run cut = new Run(3, 6, 500, segment, 0, 4_711);
    refused(replace(server, move(1, 3, 9, cut, seen)), ErrorCode.INVALID_REQUEST);
    Payload other = new Payload.Segment(new SegmentFile(T0, server, 51, 100, -1));
    Run whole = new Run(2, 7, 500, other, 0, 4_711);
    assertThat(apply(replace(server, move(1, 2, 9, whole, seen)))).isEqualTo(new Reply.Done());
    assertThat(log().startOffset()).isEqualTo(3);
    assertThat(runs(T0)).containsExactly(whole);
    assertThat(log().settledRuns()).isOne();
    checkCopy();
    refused(trim(server, 4), ErrorCode.INVALID_REQUEST);
    assertThat(apply(trim(server, 9))).as("it expires as a whole").isEqualTo(new Reply.Done());
    assertThat(log().startOffset()).isEqualTo(9);
    checkCopy();
  }

  @Test
  void whatWasMadeOfRunsThatWereDeletedMeanwhileIsRefused() {
    long server = threeRuns();
    Payload[] seen = {runs(T0).get(0).payload(), runs(T0).get(1).payload()};
    Run made = new Run(0, 5, 500, new Payload.Wal(new WalObject(server, 50)), 32, 50);
    apply(delete(3));
    refused(replace(server, move(1, 0, 5, made, seen)), ErrorCode.INVALID_REQUEST);
    assertThat(log().startOffset()).isEqualTo(3);
    assertThat(state.payloads().garbage().keySet()).containsExactly(made.payload());
  }

  @Test
  void recordsThatAPinKeepsAreNotDeleted() {
    long server = threeRuns();
    Reply.PinOpened pin = (Reply.PinOpened) apply(new Command.OpenPin(server, Map.of(T0, 3L)));
    assertThat(apply(delete(3))).isEqualTo(new Reply.Done());
    refused(delete(4), ErrorCode.OVERLOADED);
    apply(new Command.ClosePin(pin.pin()));
    assertThat(apply(delete(4))).isEqualTo(new Reply.Done());
  }

  @Test
  void recordsOfAPrimaryKeyTableAreNotDeleted() {
    apply(new Command.CreateTable(path("k"), Commands.keyed(1), 1));
    refused(new Command.DeleteRecords(T0, 0), ErrorCode.INVALID_REQUEST);
  }

  @Test
  void aSnapshotWhoseLogBeginsOutsideItsFirstRunIsRefused() {
    threeRuns();
    BucketLog log = log();
    for (long start : new long[] {0, 1}) {
      BytesWriter out = new BytesWriter();
      apply(delete(start));
      log.write(out);
      BytesReader in = new BytesReader(ByteBuffer.wrap(out.toBytes()));
      assertThat(BucketLog.read(in, StateForm.VERSION).startOffset()).isEqualTo(start);
    }
    BytesWriter inside = new BytesWriter();
    log.write(inside);
    byte[] bytes = inside.toBytes();
    corrupt(bytes, StateForm.WITH_DELETED_RECORDS - 1);
    bytes[0] = 2; // The first run ends there.
    corrupt(bytes, StateForm.VERSION);
  }

  private static void corrupt(byte[] log, int version) {
    assertThatThrownBy(() -> BucketLog.read(new BytesReader(ByteBuffer.wrap(log)), version))
        .isInstanceOfSatisfying(
            ThalwegException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.CORRUPT_DATA));
  }

  @Test
  void aPinKeepsRecordsAndObjects() {
    long server = threeRuns();
    refused(
        new Command.OpenPin(server, Map.of(new TableBucket(9, 0), 0L)), ErrorCode.TABLE_NOT_FOUND);
    refused(new Command.OpenPin(server + 1, Map.of(T0, 0L)), ErrorCode.INCARNATION_CLOSED);
    Reply.PinOpened pin = (Reply.PinOpened) apply(new Command.OpenPin(server, Map.of(T0, 3L)));
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
    apply(new Command.OpenPin(server, Map.of(T0, 3L)));
    assertThat(state.payloads().garbage().values())
        .as("garbage before the pin was taken")
        .noneMatch(state.pins()::hold);
    assertThat(apply(trim(server, 9))).as("refused").isInstanceOf(Reply.Refused.class);
    apply(new Command.CloseIncarnation(server, false, 1));
    assertThat(state.pins().open()).isEmpty();
  }

  @Test
  void recordsThatAPinKeepsDoNotGiveWayToOthers() {
    long server = threeRuns();
    Payload inline = runs(T0).get(0).payload();
    Payload second = runs(T0).get(1).payload();
    Reply.PinOpened pin = (Reply.PinOpened) apply(new Command.OpenPin(server, Map.of(T0, 2L)));
    assertThat(apply(replace(server, move(1, 0, 2, cleaned(server, 50, 0, 2), inline))))
        .as("the scan does not read these")
        .isEqualTo(new Reply.Done());
    Command compaction = replace(server, move(1, 2, 5, cleaned(server, 51, 2, 3), second));
    refused(compaction, ErrorCode.OVERLOADED);
    assertThat(runs(T0).get(1).payload()).isEqualTo(second);
    apply(new Command.ClosePin(pin.pin()));
    compaction = replace(server, move(1, 2, 5, cleaned(server, 52, 2, 3), second));
    assertThat(apply(compaction)).isEqualTo(new Reply.Done());
    apply(new Command.OpenPin(server, Map.of(T0, 0L)));
    assertThat(apply(compaction)).as("a repetition").isEqualTo(new Reply.Done());
  }

  private static Run cleaned(long server, long sequence, long from, int count) {
    SegmentFile file = new SegmentFile(SegmentForm.CLEANED, T0, server, sequence, 100, 1);
    return new Run(from, count, 500, new Payload.Segment(file), 0, 50);
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
}
